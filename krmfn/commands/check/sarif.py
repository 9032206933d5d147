"""The report as SARIF 2.1.0, for code scanning.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import argparse
import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FAILED_BUILD, FileReport, Remark, Status
from krmfn.imagepull import overlooked
from krmfn.imagepull.causes import CAUSES, Cause
from krmfn.imagepull.rules import all_rules
from krmfn.krm.results import visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {CHANGE: "error", "error": "error", "warning": "warning", "info": "note"}
_OTHERS = {
    "error": "krmfn cannot edit this, and says why.",
    "warning": "Something that is probably not meant to be so.",
    "info": "What krmfn left undone, and why.",
    overlooked.NAME: overlooked.DESCRIPTION,
    FAILED_BUILD: "A kustomization that could not be built, so nothing is known of what it deploys.",
}


def sarif(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """All that is to say; paths count from the root of the repository."""
    described = {rule.NAME: rule.DESCRIPTION for rule in all_rules()} | _OTHERS
    rules: list[dict[str, Any]] = [{"id": rule, "shortDescription": {"text": text}} for rule, text in described.items()]
    found = {remark.rule for report in reports for remark in report.remarks}
    rules += [_cause(cause) for cause in CAUSES if cause.name in found]
    ids = [rule["id"] for rule in rules]
    driver = {"name": "krmfn", "version": version("krmfn"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": all(report.status is not Status.BUG for report in reports)}],
        "results": [_result(report, remark, ids) for report in reports for remark in report.remarks],
    }
    return f"{report_lines.json_text({'$schema': _SCHEMA, 'version': '2.1.0', 'runs': [run]}, indent=1)}\n".encode()


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.name,
        "shortDescription": {"text": cause.description},
        "fullDescription": {"text": cause.why},
        "help": {"text": cause.fix},
    }


def _result(report: FileReport, remark: Remark, rules: Sequence[str]) -> dict[str, Any]:
    uri = quote(os.fsencode(repository.path_in(report.path)))
    where: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if remark.line:
        where["region"] = {"startLine": remark.line, "startColumn": remark.column}
    location: dict[str, Any] = {"physicalLocation": where}
    if remark.field:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(f"{remark.resource}: {remark.field}")}]
    return {
        "ruleId": remark.rule_id,
        "ruleIndex": rules.index(remark.rule_id),
        "level": _LEVELS[remark.severity],
        "message": {"text": report_lines.said(remark)},
        "locations": [location],
    }
