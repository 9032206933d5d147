"""Measure krmfn against simple alternatives, and compare the ratios with the goals: `make bench`.

Only ratios can be compared between machines. All sides take turns, so that other load affects each of them, and
medians of CPU seconds are compared. Inputs are generated; every output is checked.
"""

import argparse
import datetime
import tempfile
from pathlib import Path

from bench import facts, measuring, plot, table
from bench.measured import Report
from bench.rows import ROWS, START, Workshop
from bench.sides import Programs


def main() -> None:
    """Measure and print the requested rows, and write the requested files."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder))
        for side, reason in programs.absent.items():
            print(f"without {side}: {reason}")
        workshop = Workshop(Path(folder), programs, arguments.crds, arguments.corpus)
        date, machine, versions = arguments.date, facts.machine(), facts.versions(programs)
        report = Report(date, machine, versions, measuring.starts(workshop, arguments.runs, START))
        for row in ROWS:
            if row.needs in programs.commands and (not arguments.only or row.name in arguments.only):
                measured = measuring.measure(row, workshop, arguments.runs)
                report.rows.append(measured)
                print("\n".join(table.lines(report, measured)), flush=True)
                if arguments.json:  # after each row, in case a later row fails
                    arguments.json.write_text(report.to_json(), encoding="utf-8")
        print("\n".join(table.summary(report)))
    if arguments.svg:
        arguments.svg.write_text(plot.svg(report), encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, default=5, help="runs of each side; small inputs more, large ones fewer (default: 5)"
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help=f"repeatable: {', '.join(names)}"
    )
    parser.add_argument("--crds", type=Path, metavar="DIR", help="CustomResourceDefinitions instead of generated ones")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="Argo Workflows instead of generated ones")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine, versions and all runs there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the plot of docs/speed.md there")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="of the report (default: today)")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    return arguments


if __name__ == "__main__":
    main()
