"""The goals for krmfn, and the verdicts on measurements."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.measured import Measured, Report
from bench.sides import GO, GO_PRINTS, IMPORTS, KPT, KUSTOMIZE, OURS, SCAN, UNCOLLECTED, USUAL

INPUT = "the input's size"
"""Used instead of a side: memory beyond the start, as a multiple of the bytes read."""


@dataclass(frozen=True)
class Goal:
    """A limit for a ratio in a row: krmfn's CPU seconds divided by those of another side, or its memory."""

    row: str
    of: str
    """A side, or `INPUT`."""
    limit: float
    strictly: bool = False
    """Whether the ratio must be below the limit, not equal to it."""

    def met_by(self, ratio: float) -> bool:
        """Whether a ratio reaches the goal."""
        return ratio < self.limit if self.strictly else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'below' if self.strictly else 'at most'} {self.limit:.3g}"


GOALS = (
    Goal("cold-flags", IMPORTS, 2.0),
    Goal("cold-configmap", IMPORTS, 2.0),
    Goal("cold-imagepull", IMPORTS, 2.5),
    Goal("100", USUAL, 0.7),
    Goal("100", GO, 1.2),
    Goal("200", GO, 1.0, strictly=True),
    Goal("2000", USUAL, 0.13),
    Goal("2000", UNCOLLECTED, 0.22),
    Goal("2000", GO, 0.5),
    Goal("2000", INPUT, 3.0),
    Goal("10000", USUAL, 0.08),
    Goal("10000", GO, 1 / 3),
    Goal("10000", INPUT, 3.0),
    Goal("argo", USUAL, 0.25),
    Goal("argo", GO_PRINTS, 1.0, strictly=True),
    Goal("argo", INPUT, 3.0),
    Goal("crds-items", SCAN, 2.0),
    Goal("crds-items", INPUT, 3.0),
    Goal("crds-bytes", SCAN, 2.3),
    Goal("crds-bytes", INPUT, 3.0),
    Goal("kustomize", KUSTOMIZE, 0.05),
    Goal("kpt", KPT, 0.05),
)


@dataclass(frozen=True)
class Verdict:
    """A goal and the measured ratio."""

    goal: Goal
    ratio: float

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal.met_by(self.ratio)

    def __str__(self) -> str:
        return f"{self.goal}" + ("" if self.met else ": MISSED")


def verdicts(report: Report, row: Measured) -> Iterator[Verdict]:
    """The verdicts on the goals of a row whose sides were measured."""
    for goal in GOALS:
        if goal.row != row.name:
            continue
        if goal.of == INPUT:
            beyond = report.beyond_start(row, OURS)
            if beyond is not None:
                yield Verdict(goal, beyond / row.size)
        elif goal.of in row.runs:
            yield Verdict(goal, row.ratio(goal.of))
