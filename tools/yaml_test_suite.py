"""Collect the inputs of the YAML test suite into the one file that tests read.

`python tools/yaml_test_suite.py FOLDER VERSION > tests/yaml_test_suite.jsonl`, where FOLDER is a checkout of the tag
VERSION, for example `data-2022-01-17`, of the repository below, with the file `License` of its branch `main` in it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = "https://github.com/yaml/yaml-test-suite"


def main(folder: Path, version: str) -> None:
    """Print a line about the suite, and a line for each input."""
    licence = (folder / "License").read_text(encoding="utf-8")
    for entry in ({"source": SOURCE, "version": version, "licence": licence}, *inputs(folder)):
        print(json.dumps(entry))


def inputs(folder: Path) -> Iterator[dict[str, Any]]:
    """The tests by id: the input, and whether it is valid YAML 1.2. The checkout also has each under other names."""
    for path in sorted(folder.rglob("in.yaml")):
        name = path.parent.relative_to(folder)
        if name.parts[0] not in ("name", "tags"):
            yield {"id": str(name), "valid": not (path.parent / "error").exists(), "text": path.read_bytes().decode()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
