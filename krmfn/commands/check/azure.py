"""Format the report as logging commands of Azure Pipelines, which shows them as issues of the run."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FileReport, Remark
from krmfn.krm.results import Severity, visible

_TYPES = {Severity.ERROR.value: "error", CHANGE: "error", Severity.WARNING.value: "warning"}
_CODES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
"""The escapes that the agent reverses. `%` comes first because the other escapes contain it."""
_PROPERTY_CODES = _CODES | {"]": "%5D", ";": "%3B"}


def azure(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """A command for each change, error and warning; infos get none."""
    lines = (_line(report, remark) for report in reports for remark in report.remarks if remark.severity in _TYPES)
    return "".join(f"{line}\n" for line in lines).encode()


def _line(report: FileReport, remark: Remark) -> str:
    properties = "".join(f"{key}={_escaped(value, _PROPERTY_CODES)};" for key, value in _properties(report, remark))
    return f"##vso[task.logissue {properties}]{_escaped(report_lines.said(remark), _CODES)}"


def _properties(report: FileReport, remark: Remark) -> Iterator[tuple[str, str]]:
    yield "type", _TYPES[remark.severity]
    yield "sourcepath", visible(repository.path_in(report.path))
    if remark.line:
        yield "linenumber", str(remark.line)
        yield "columnnumber", str(remark.column)
    yield "code", remark.rule_id


def _escaped(text: str, codes: Mapping[str, str]) -> str:
    for char, code in codes.items():
        text = text.replace(char, code)
    return text
