"""The floor of `make coverage`: each layer has to reach it, in lines and in branches."""

import json
import re
import sys
import tomllib
from pathlib import Path

import hosts
import pytest

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import coverage_floor

SETTINGS = tomllib.loads((hosts.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]


def report(folder: Path, **files: tuple[int, int]) -> Path:
    """What coverage.py reports of files, `__` for `/`, with so many lines and branches reached of 100 each."""
    path = folder / "coverage.json"
    made = {
        f"{name.replace('__', '/')}.py": {
            "summary": {
                "covered_lines": lines,
                "num_statements": 100,
                "covered_branches": branches,
                "num_branches": 100,
            },
            "missing_lines": list(range(lines, 100)),
            "missing_branches": [[7, -1]] * (100 - branches),
        }
        for name, (lines, branches) in files.items()
    }
    path.write_text(json.dumps({"files": made}))
    return path


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"krmfn__krm__a": (98, 95)}, 0),
        ({"krmfn__krm__a": (97, 95)}, 1),
        ({"krmfn__krm__a": (98, 94)}, 1),
        ({"krmfn__krm__a": (97, 94), "krmfn__krm__b": (99, 96)}, 0),
        ({"krmfn__krm__a": (97, 95), "krmfn__splice__b__c": (100, 100)}, 1),
        ({"krmfn__errors": (97, 95), "krmfn__imagepull__b": (100, 100)}, 1),
    ],
    ids=["enough", "lines", "branches", "together", "no-layer-makes-up-for-another", "neither-for-what-is-in-none"],
)
def test_each_layer_has_to_reach_it(tmp_path: Path, files: dict[str, tuple[int, int]], code: int) -> None:
    assert coverage_floor.main(report(tmp_path, **files)) == code


def test_it_says_what_is_missing_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coverage_floor.main(report(tmp_path, krmfn__krm__a=(97, 99)))
    assert capsys.readouterr().out.splitlines() == [
        "krm: 97.00 % of lines, below the floor of 98.0 %",
        "krm: 99.00 % of branches",
        "krmfn/krm/a.py: 97, 98, 99, 7->exit",
    ]


def test_branches_are_measured_and_no_line_is_left_out_without_a_reason() -> None:
    assert SETTINGS["run"]["branch"]
    (mark,) = [pattern for pattern in SETTINGS["report"]["exclude_lines"] if "no cover" in pattern]
    assert re.search(mark, "else:  # pragma: no cover - depends on how PyYAML was built")
    assert not re.search(mark, "else:  # pragma: no cover")


def test_only_what_talks_to_files_terminals_and_users_is_not_measured() -> None:
    omitted = SETTINGS["run"]["omit"]
    assert {path for path in omitted if not list(hosts.REPOSITORY.glob(path))} == set()
    left_out = {"__main__", "cli", "flags", "files", "commands", "streams"}
    assert {Path(path.removesuffix("/*")).stem for path in omitted} == left_out
