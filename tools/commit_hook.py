"""A hatchling hook that writes the commit into `krmfn/commit.txt` of a build, for `krmfn --version`.

In an archive made by Git and in an sdist, the file has the commit already. Otherwise it comes from the variable
KRMFN_COMMIT, as in the Dockerfile, or from Git. If it is unknown, no commit is written. The same commit gives the same
bytes, whatever its source.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = "krmfn/commit.txt"
VARIABLE = "KRMFN_COMMIT"
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
CHANGED = " with changes"
"""Follows the commit if the built files differ from it."""
BUILT = ("krmfn", "locks", "pyproject.toml", "README.md", "LICENSE")
"""The files and folders in the wheel and the archive."""


class CommitHook(BuildHookInterface[BuilderConfig]):
    """Replaces the `commit.txt` of the sources in a build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file before wheel or sdist is built; an editable krmfn reads the commit from its checkout."""
        if version == "editable" or not (commit := commit_of(Path(self.root))):
            return
        self._folder = Path(tempfile.mkdtemp())
        file = self._folder / Path(FILE).name
        file.write_text(f"{commit}\n", encoding="utf-8")
        file.chmod(0o644)
        build_data["force_include"][str(file)] = FILE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete temporary files."""
        if hasattr(self, "_folder"):
            shutil.rmtree(self._folder)


def commit_of(root: Path) -> str:
    """The commit of the sources at `root`, with a mark if they have changes; empty if it is unknown."""
    written = (root / FILE).read_text(encoding="utf-8").strip()
    if COMMIT.fullmatch(written.removesuffix(CHANGED)):
        return written
    if named := os.environ.get(VARIABLE):
        if not COMMIT.fullmatch(named):
            raise ValueError(f"{VARIABLE}: {named!r} is not the whole hash of a commit")
        return named
    top, _, commit = git(root, "rev-parse", "--show-toplevel", "HEAD").partition("\n")
    # Ignore the commit of a repository in which somebody has unpacked the sources.
    if not commit or Path(top).resolve() != root.resolve():
        return ""
    return commit + (CHANGED if git(root, "status", "--porcelain", "--", *BUILT) else "")


def git(root: Path, *arguments: str) -> str:
    """The output of Git; empty if there is no Git, or if it fails."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return ""
    return "" if done.returncode else done.stdout.strip()
