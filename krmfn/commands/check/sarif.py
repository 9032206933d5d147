"""Format the report as SARIF 2.1.0, for code scanning.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import argparse
import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FileReport, Remark, Status
from krmfn.imagepull.causes import Cause
from krmfn.imagepull.rules import all_causes
from krmfn.krm.results import visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {CHANGE: "error", "error": "error", "warning": "warning", "info": "note"}
_OTHERS = {
    "error": "krmfn cannot edit this file or object.",
    "warning": "Probably a mistake.",
    "info": "What krmfn left alone, and why.",
}


def sarif(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """A result for each remark; paths are relative to the root of the repository."""
    rules = [{"id": severity, "shortDescription": {"text": text}} for severity, text in _OTHERS.items()]
    rules += map(_cause, all_causes().values())
    ids = [*_OTHERS, *all_causes()]
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
        location["logicalLocations"] = [
            {"fullyQualifiedName": visible(": ".join(filter(None, (remark.resource, remark.field))))}
        ]
    return {
        "ruleId": remark.rule_id,
        "ruleIndex": rules.index(remark.rule_id),
        "level": _LEVELS[remark.severity],
        "message": {"text": report_lines.said(remark)},
        "locations": [location],
    }
