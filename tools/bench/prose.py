"""The generated part of docs/speed.md, from the stored measurement."""

from textwrap import fill

from bench.goals import INPUT, Verdict, verdicts
from bench.measured import Measured, Report
from bench.sides import GO, GO_PRINTS, HOSTS, OURS, SCAN, UNCOLLECTED, USUAL
from bench.table import size

PLOT = "docs/speed.svg"
"""The path of the plot, from the root of the repository."""
HEADINGS = (
    "input",
    "CPU",
    "wall",
    "MB/s",
    "÷ load and dump",
    "÷ without collector",
    "÷ Go on kyaml",
    "÷ libyaml's scan",
    "memory",
)
"""The columns of the table, all about krmfn; `÷`: its CPU seconds divided by those of another side."""


def part(report: Report) -> str:
    """The plot, a table of all rows with load-and-dump, and the circumstances of the measurement."""
    rows = [_row(report, row) for row in report.rows if USUAL in row.runs]
    return "\n".join(
        [
            f"![CPU seconds by number of Deployments, beside load-and-dump and Go]({PLOT})",
            "",
            f"| {' | '.join(HEADINGS)} |",
            "|---" * len(HEADINGS) + "|",
            *rows,
            "",
            *_others(report),
            _origin(report),
        ]
    )


def _row(report: Report, row: Measured) -> str:
    run = row.median(OURS)
    beyond = report.beyond_start(row, OURS)
    go = GO if GO in row.runs else GO_PRINTS
    cells = [
        f"{row.title}, {size(row.size)}",
        f"{run.cpu:.2f} s",
        f"{run.wall:.2f} s",
        f"{row.size / 1e6 / run.cpu:.1f}",
        *(f"{row.ratio(side):.2f}" if side in row.runs else "" for side in (USUAL, UNCOLLECTED, go, SCAN)),
        f"{run.kilobytes / 1024:.0f} MiB" + (f" ({beyond / row.size:.1f} x)" if beyond and row.size > 1e6 else ""),
    ]
    return f"| {' | '.join(cells)} |"


def _others(report: Report) -> list[str]:
    """Sentences about rows that have goals but not load-and-dump: a cold start, and hosts."""
    return [
        f"- {row.title}: {_share(verdict)}."
        for row in report.rows
        if USUAL not in row.runs
        for verdict in verdicts(report, row)
        if verdict.goal.of != INPUT
    ]


def _share(verdict: Verdict) -> str:
    if verdict.goal.of in HOSTS:
        return f"krmfn takes {verdict.ratio:.0%} of the CPU time of the call".replace("%", " %")
    return f"krmfn takes {verdict.ratio:.1f} times the CPU time of `{verdict.goal.of}`"


def _origin(report: Report) -> str:
    machine = report.machine
    names = ("Python", "PyYAML", "libyaml", "Go", "kyaml", "kustomize", "kpt")
    versions = ", ".join(f"{name} {report.versions[name]}" for name in names if name in report.versions)
    text = (
        f"Measured on {report.date}, on {machine['processor']} with {machine['cores']} cores ({machine['system']}, "
        f"load {machine['load']}), with {versions}."
    )
    return "\n" + fill(text, 120, break_long_words=False, break_on_hyphens=False)
