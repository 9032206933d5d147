"""Compare the coverage that `make coverage` has measured with the required minimum, for each layer of krmfn.

`python tools/coverage_floor.py coverage.json` prints a line for each layer, and the lines and branches without a test.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FLOOR = {"lines": 98.0, "branches": 95.0}
"""Per cent. `[tool.coverage.run]` in pyproject.toml lists the measured files."""
COUNTS = {"lines": ("covered_lines", "num_statements"), "branches": ("covered_branches", "num_branches")}
"""The keys of coverage.py for covered lines and branches, and for all of them."""
LAYERS = ("splice", "krm", "imagepull")
REST = "the rest"


def main(report: Path) -> int:
    """Print the coverage of each layer; return 1 if one is below the floor."""
    files: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["files"]
    totals: dict[str, Counter[str]] = {}
    for path, file in files.items():
        totals.setdefault(layer(path), Counter()).update(file["summary"])
    code = 0
    for name, total in sorted(totals.items()):
        for what, share in shares(total):
            low = share < FLOOR[what]
            print(f"{name}: {share:.2f} % of {what}" + f", below the floor of {FLOOR[what]} %" * low)
            code |= low
    for path, file in files.items():
        if missing := missed(file):
            print(f"{path}: {missing}")
    return code


def layer(path: str) -> str:
    """The layer of a file."""
    folder = Path(path).parts[1]
    return folder if folder in LAYERS else REST


def shares(total: Counter[str]) -> Iterator[tuple[str, float]]:
    """The coverage of lines, and of branches if there are any, in per cent."""
    for what, (reached, whole) in COUNTS.items():
        if total[whole]:
            yield what, 100 * total[reached] / total[whole]


def missed(file: dict[str, Any]) -> str:
    """The lines and branches of a file that no test has run."""
    branches = [f"{start}->{'exit' if end < 0 else end}" for start, end in file["missing_branches"]]
    return ", ".join([*map(str, file["missing_lines"]), *branches])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
