"""Measure a row: one run of each side to check its output, then all sides in turns."""

from pathlib import Path

from bench.measured import Measured
from bench.processes import run
from bench.rows import Row, Workshop


def measure(row: Row, workshop: Workshop, runs: int) -> Measured:
    """Run each side `runs` times, or a multiple that the row sets, in turns, so that other load affects all sides."""
    input_ = row.prepare(workshop)
    outputs: dict[str, Path] = {}
    for side, call in input_.calls.items():
        outputs[side] = workshop.folder / f"{row.name}.{len(outputs)}.out"
        run(call, outputs[side], workshop.folder / "stderr")  # fills the caches of the file system too
        if input_.check:
            input_.check(side, outputs)
    turns = [{side: run(call) for side, call in input_.calls.items()} for _ in range(max(1, round(runs * row.times)))]
    for output in outputs.values():
        output.unlink()
    return Measured(
        row.name,
        input_.title,
        input_.size,
        input_.resources,
        input_.from_stdin,
        {side: [turn[side] for turn in turns] for side in input_.calls},
    )


def starts(workshop: Workshop, runs: int, prepare_one: Row) -> dict[str, float]:
    """The kilobytes of each side on one Deployment."""
    measured = measure(prepare_one, workshop, runs)
    return {side: measured.median(side).kilobytes for side in measured.runs}
