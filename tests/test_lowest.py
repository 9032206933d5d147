"""The bounds of the libraries in pyproject.toml: each has them, and CI runs the tests on the lowest versions."""

import os
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import hosts
import pytest

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import building
import lock
import lowest

PROJECT = tomllib.loads((hosts.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def trimmed(text: str) -> str:
    """A version without zeros at its end, which do not count."""
    return re.sub(r"(\.0)+$", "", text)


def test_each_library_has_a_lowest_version_and_an_end_at_the_next_major_one() -> None:
    bounds = lowest.bounds()
    assert [f"{name}>={low},<{beyond}" for name, low, beyond in bounds] == PROJECT["dependencies"]
    assert all(numbers(low)[0] + 1 == int(beyond) for _, low, beyond in bounds)


def test_the_versions_here_are_within() -> None:
    for name, low, beyond in lowest.bounds():
        assert numbers(low) <= numbers(version(name)) < numbers(beyond), name


def test_their_lock_has_the_lowest_versions() -> None:
    locked = lock.entries(building.LOCKS / "lowest.txt")
    for name, low, _ in lowest.bounds():
        assert trimmed(locked[name][0]) == trimmed(low), name


def test_ci_runs_the_tests_on_them() -> None:
    assert "\nmake test-lowest\n" in (hosts.REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (hosts.REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert "\t.venv-lowest/bin/python $(PIP) install --require-hashes --requirement locks/lowest.txt\n" in makefile


@pytest.mark.skipif("KRMFN_LOWEST" not in os.environ, reason="only `make test-lowest` has the lowest versions")
def test_the_lowest_versions_are_here() -> None:
    for name, low, _ in lowest.bounds():
        assert trimmed(version(name)) == trimmed(low), name


def test_a_dependency_without_bounds_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["tqdm>=4.66"]\n')
    monkeypatch.setattr(lowest, "PROJECT", project)
    with pytest.raises(ValueError, match=r"'tqdm>=4.66': NAME>=LOWEST,<NEXT is expected"):
        lowest.bounds()
