"""Measurements as data: made by `measuring` or read from JSON."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.processes import Run
from bench.sides import OURS


@dataclass(frozen=True)
class Measured:
    """One row: an input and the runs of each side."""

    name: str
    title: str
    size: int
    """Bytes of the input."""
    resources: int
    """0 if they are not counted."""
    from_stdin: bool
    """Whether the sides read nothing else: then memory is compared with it."""
    runs: dict[str, list[Run]]

    def median(self, side: str) -> Run:
        """The median of each quantity."""
        runs = self.runs[side]
        return Run(
            median(run.cpu for run in runs), median(run.wall for run in runs), median(run.kilobytes for run in runs)
        )

    def ratio(self, side: str) -> float:
        """The CPU seconds of krmfn divided by those of another side."""
        return self.median(OURS).cpu / self.median(side).cpu


@dataclass(frozen=True)
class Report:
    """All rows of one call, and the circumstances of the measurement."""

    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    starts: dict[str, float]
    """The kilobytes of each side on one Deployment, mainly the interpreter and its imports."""
    rows: list[Measured] = field(default_factory=list)

    def row(self, name: str) -> Measured | None:
        """The row of a name."""
        return next((row for row in self.rows if row.name == name), None)

    def beyond_start(self, row: Measured, side: str) -> float | None:
        """The peak memory of a side beyond its start, in bytes."""
        if not row.from_stdin or side not in self.starts:
            return None
        return max(0.0, row.median(side).kilobytes - self.starts[side]) * 1024

    def to_json(self) -> str:
        """The report as JSON, with a line for each run; `from_json` reads it."""
        rows = [
            {**vars(row), "runs": {side: [_rounded(run) for run in runs] for side, runs in row.runs.items()}}
            for row in self.rows
        ]
        text = json.dumps({**vars(self), "rows": rows}, indent=1)
        return re.sub(r'\{\s+("cpu": \S+)\s+("wall": \S+)\s+("kilobytes": \S+)\s+\}', r"{\1 \2 \3}", text) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """The report that `to_json` has written."""
        made: dict[str, Any] = json.loads(text)
        rows = [
            Measured(**{**row, "runs": {side: [Run(**run) for run in runs] for side, runs in row["runs"].items()}})
            for row in made.pop("rows")
        ]
        return cls(**made, rows=rows)


KEPT = Path(__file__).with_name("result.json")
"""The measurement that docs/speed.md shows."""


def kept() -> Report:
    """Read the measurement that docs/speed.md shows."""
    return Report.from_json(KEPT.read_text(encoding="utf-8"))


def _rounded(run: Run) -> dict[str, float]:
    return {"cpu": round(run.cpu, 4), "wall": round(run.wall, 4), "kilobytes": round(run.kilobytes)}
