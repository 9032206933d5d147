"""Checkouts of krmfn that differ in all that must not matter to what is built from them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import hosts
import pytest

NEEDED = ("krmfn", "locks", "tools", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
"""What is built from, and the tools that do it."""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""Which commit the sources are said to be of: they may have changes here, and Git knows nothing of a copy."""
PATIENCE = 300
"""Seconds until a build counts as hanging."""


class Checkout(NamedTuple):
    """A folder with the sources, and how somebody works there."""

    folder: Path
    umask: int = 0o022
    environment: tuple[tuple[str, str], ...] = ()

    def run(self, tool: str, *arguments: str | Path) -> str:
        """What one of `tools/` prints; skip the test when it needs packages that are out of reach."""
        command = [sys.executable, self.folder / "tools" / tool, *arguments]
        return run(command, dict(self.environment), umask=self.umask)


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path | None = None, umask: int = -1
) -> str:
    """What a program prints that gets packages from the index; skip the test when they are out of reach."""
    variables = {**os.environ, "PIP_RETRIES": "0", **environment}
    done = subprocess.run(
        command, cwd=folder, env=variables, umask=umask, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if done.returncode and "No matching distribution found" in done.stderr:
        pytest.skip("no package index in reach, or not all packages in it")
    assert done.returncode == 0, done.stderr
    return done.stdout


NAMED = (("KRMFN_COMMIT", COMMIT),)
HERE = Checkout(hosts.REPOSITORY, environment=NAMED)


def copy(folder: Path) -> Checkout:
    """A copy of what is needed, which has no history."""
    for path in map(hosts.REPOSITORY.joinpath, NEEDED):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder)
    return Checkout(folder, environment=NAMED)


def elsewhere(folder: Path) -> Checkout:
    """A copy of another name, another age and other modes, for somebody with another umask, date and time zone."""
    made = copy(folder / "an other place")
    for path in made.folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    environment = {
        **dict(NAMED),
        "SOURCE_DATE_EPOCH": "1234567890",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
    }
    return made._replace(umask=0o077, environment=tuple(environment.items()))
