"""Format the report for people: a line for each remark, with its place; remarks of one cause are grouped."""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from krmfn.files import coloring, report_lines
from krmfn.files.report import CHANGE, FileReport, Remark, without_repeats
from krmfn.imagepull.rules import all_causes
from krmfn.krm.results import Severity

_COLORS = {Severity.ERROR.value: 31, Severity.WARNING.value: 33, CHANGE: 36, Severity.INFO.value: 34}


def human(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:
    """Lines such as `deploy/web.yaml:12:9: change: Deployment web: spec.…: should be Always`, maybe coloured."""
    shown = reports if arguments.verbose else without_repeats(reports)
    ranks = {name: rank for rank, name in enumerate(all_causes(), 1)}
    color = coloring.wanted(arguments)
    lines = [ranked for report in shown for ranked in _lines(report, ranks, arguments.verbose, color)]
    lines.sort(key=lambda ranked: ranked[0])
    return "".join(f"{line}\n" for _, line in lines).encode("utf-8", "surrogateescape")


def _lines(report: FileReport, ranks: Mapping[str, int], verbose: bool, color: bool) -> Iterator[tuple[int, str]]:
    """The lines of a report with their ranks: 0 for changes and remarks without a cause, which keep their order."""
    for remark in report.remarks:
        if verbose or remark.severity != Severity.INFO:
            rank = 0 if remark.severity == CHANGE else ranks.get(remark.rule, 0)
            yield rank, _line(report, remark, color)
    if verbose:
        yield from ((0, line) for line in report_lines.skips(report))


def _line(report: FileReport, remark: Remark, color: bool) -> str:
    place, severity = report_lines.place(report, remark), remark.severity
    if color:
        place, severity = coloring.bold(place), coloring.colored(severity, _COLORS[severity])
    return f"{place}: {severity}: {report_lines.said(remark)}{report_lines.rule(remark)}"
