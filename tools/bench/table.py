"""The report as text: a block of lines for each row, with the goals beside the ratios."""

from collections.abc import Iterator

from bench.goals import INPUT, Verdict, verdicts
from bench.measured import Measured, Report
from bench.sides import OURS

HEADINGS = f"{'':<28}{'CPU s':>9}{'wall s':>9}{'MB/s':>8}{'MiB':>7}{'beyond start':>14}{'krmfn is':>11}"


def lines(report: Report, row: Measured) -> Iterator[str]:
    """The lines of a row: its input, its sides, and its goals."""
    judged = {verdict.goal.of: verdict for verdict in verdicts(report, row)}
    yield ""
    yield f"{row.title}, {size(row.size)} ({row.name}, {len(row.runs[OURS])} runs)"
    yield HEADINGS
    for side in (OURS, *(side for side in row.runs if side != OURS)):
        yield f"  {side:<26}{_quantities(report, row, side)}{_ratio(row, side, judged.get(side))}".rstrip()
    if verdict := judged.get(INPUT):
        yield f"  krmfn's memory beyond its start is {verdict.ratio:.1f} x the input ({verdict})"


def summary(report: Report) -> Iterator[str]:
    """The number of reached goals, and a line for each missed one."""
    judged = [(row, verdict) for row in report.rows for verdict in verdicts(report, row)]
    missed = [(row, verdict) for row, verdict in judged if not verdict.met]
    yield ""
    yield f"{len(judged) - len(missed)} of {len(judged)} goals are reached"
    for row, verdict in missed:
        yield f"  {row.name}: {verdict.ratio:.2f} of {verdict.goal.of} ({verdict})"


def size(count: int) -> str:
    """A number of bytes as text."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"


def _quantities(report: Report, row: Measured, side: str) -> str:
    run = row.median(side)
    beyond = report.beyond_start(row, side)
    memory = f"{beyond / row.size:.1f} x input" if beyond is not None and row.size > 1e6 else ""
    speed = row.size / 1e6 / run.cpu
    return f"{run.cpu:9.3f}{run.wall:9.3f}{speed:8.1f}{run.kilobytes / 1024:7.0f}{memory:>14}"


def _ratio(row: Measured, side: str, verdict: Verdict | None) -> str:
    if side == OURS:
        return ""
    return f"{row.ratio(side):9.3f} x" + (f"  ({verdict})" if verdict else "")
