"""Format the report as workflow commands, which GitHub Actions shows beside the lines of a pull request."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FileReport, Remark
from krmfn.krm.results import Severity, visible

_COMMANDS = {Severity.ERROR.value: "error", CHANGE: "error", Severity.WARNING.value: "warning"}
"""The command for each severity, worst first. Infos have none: GitHub shows only a few commands."""
_SHOWN = 10
"""How many of each command GitHub shows for a step. It silently drops the rest."""


def github(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """Commands for the worst findings, a notice with the number of the others, and a plain line for each other."""
    lines: list[str] = []
    rest: list[str] = []
    counts: Counter[str] = Counter()
    for report, remark in _worst_first(reports):
        command = _COMMANDS[remark.severity]
        counts[command] += 1
        if counts[command] <= _SHOWN:
            lines.append(_line(command, report, remark))
        else:
            rest.append(report_lines.line(report, remark))
    if rest:
        left = {command: number - _SHOWN for command, number in counts.items() if number > _SHOWN}
        told = " and ".join(f"{number} more {command}{'s' * (number != 1)}" for command, number in left.items())
        lines.append(f"::notice title=krmfn::{told}: the log of this step has them")
    return "".join(f"{line}\n" for line in (*lines, *rest)).encode("utf-8", "surrogateescape")


def _worst_first(reports: Sequence[FileReport]) -> list[tuple[FileReport, Remark]]:
    ranks = {severity: rank for rank, severity in enumerate(_COMMANDS)}
    found = [(report, remark) for report in reports for remark in report.remarks if remark.severity in ranks]
    return sorted(found, key=lambda pair: ranks[pair[1].severity])


def _line(command: str, report: FileReport, remark: Remark) -> str:
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in _properties(report, remark))
    return f"::{command} {properties}::{_escaped(report_lines.said(remark))}"


def _properties(report: FileReport, remark: Remark) -> Iterator[tuple[str, str]]:
    yield "file", visible(repository.path_in(report.path))
    if remark.line:
        yield "line", str(remark.line)
        yield "col", str(remark.column)
    yield "title", f"krmfn {remark.rule_id}"


def _escaped(text: str, more: str = "") -> str:
    """Escape text as the runner unescapes it; `%` first, because the other escapes contain it."""
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text
