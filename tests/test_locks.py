"""The locks: what krmfn is built, run, tested and checked with, in versions that pyproject.toml allows, with hashes."""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import hosts
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import building
import lock

PATHS = sorted(building.LOCKS.iterdir())
LOCKED = {path.stem: lock.entries(path) for path in PATHS}
each_lock = pytest.mark.parametrize("name", LOCKED)
INSTALLERS = ["Makefile", "Dockerfile", "action.yml", ".ci/run", ".github/workflows/checks.yaml", "tools/archive.py"]
INSTALLERS += [".github/workflows/release.yaml", ".github/workflows/site.yaml"]
INSTALLERS += ["tools/building.py", "tools/images.py", "tools/website/playground.py"]


def test_there_is_a_lock_for_each_purpose() -> None:
    assert set(LOCKED) == {*lock.NAMES, lock.LOWEST}


@each_lock
def test_a_lock_holds_versions_with_hashes_and_names_no_index(name: str) -> None:
    text = (building.LOCKS / f"{name}.txt").read_text(encoding="utf-8")
    assert text == lock.HEAD + "".join(lines for _, lines in LOCKED[name].values())
    assert "://" not in text
    assert "--index" not in text


@each_lock
def test_a_lock_satisfies_pyproject(name: str) -> None:
    for text in lock.requirements("test" if name == lock.LOWEST else name):
        wanted = Requirement(text)
        assert wanted.specifier.contains(LOCKED[name][canonicalize_name(wanted.name)][0]), text


@each_lock
def test_a_lock_has_all_that_its_packages_need(name: str) -> None:
    """As far as the packages here tell, which are those of a lock after `make test`."""
    for package, (version, _) in LOCKED[name].items():
        try:
            here = distribution(package)
        except PackageNotFoundError:
            continue
        for text in here.requires or () if here.version == version else ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                locked = LOCKED[name].get(canonicalize_name(wanted.name))
                assert locked, f"{package} needs {text}"
                assert wanted.specifier.contains(locked[0]), f"{package} needs {text}"


def test_locks_agree() -> None:
    for name in lock.NAMES[1:]:
        assert LOCKED[name].items() <= LOCKED[lock.NAMES[0]].items(), name


@pytest.mark.parametrize("file", INSTALLERS)
def test_nothing_is_installed_without_a_lock(file: str) -> None:
    text = Path(hosts.REPOSITORY, file).read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.search(r"""pip(\)|"|\[@\]}")?[ (].*\b(install|wheel|download)\b""", line, re.IGNORECASE):
            assert re.search(r"--require-hashes|--no-deps|locked\(", line), line


def test_a_package_without_a_lock_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOCKED, "run", {})
    with pytest.raises(KeyError, match="pydantic"):
        test_a_lock_satisfies_pyproject("run")
