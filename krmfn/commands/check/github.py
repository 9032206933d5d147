"""The report as workflow commands of GitHub Actions, which it shows beside the lines of a pull request."""

import argparse
from collections.abc import Iterator, Sequence

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FileReport, Remark
from krmfn.krm.results import Severity, visible

_COMMANDS = {CHANGE: "error", Severity.ERROR.value: "error", Severity.WARNING.value: "warning"}


def github(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """A line for each change, error and warning; infos would use up the few that GitHub shows."""
    lines = [_line(report, remark) for report in reports for remark in report.remarks if remark.severity in _COMMANDS]
    return "".join(f"{line}\n" for line in lines).encode()


def _line(report: FileReport, remark: Remark) -> str:
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in _properties(report, remark))
    return f"::{_COMMANDS[remark.severity]} {properties}::{_escaped(report_lines.said(remark))}"


def _properties(report: FileReport, remark: Remark) -> Iterator[tuple[str, str]]:
    yield "file", visible(repository.path_in(report.path))
    if remark.line:
        yield "line", str(remark.line)
        yield "col", str(remark.column)
    yield "title", f"krmfn {remark.rule_id}"


def _escaped(text: str, more: str = "") -> str:
    """As the runner takes it back: `%` first, since it is what stands for the others."""
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text
