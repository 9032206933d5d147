"""A hook of hatchling: what it builds has its commit in `krmfn/commit.txt`, for `krmfn --version`.

In an archive that Git has made, and in an sdist, the file names the commit already. Else the variable KRMFN_COMMIT
does, as in the Dockerfile, or Git is asked. Where nobody knows, no commit is named. The same commit gives the same
bytes, wherever it is known from.
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
"""Behind the commit, when what is built differs from it."""
BUILT = ("krmfn", "locks", "pyproject.toml", "README.md", "LICENSE")
"""What the wheel and the archive are made of."""


class CommitHook(BuildHookInterface[BuilderConfig]):
    """Puts the commit in place of the file that stands in the sources."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file before wheel or sdist is built; an editable krmfn has its checkout to tell."""
        if version == "editable" or not (commit := commit_of(Path(self.root))):
            return
        self._folder = Path(tempfile.mkdtemp())
        file = self._folder / Path(FILE).name
        file.write_text(f"{commit}\n", encoding="utf-8")
        file.chmod(0o644)
        build_data["force_include"][str(file)] = FILE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clear away."""
        if hasattr(self, "_folder"):
            shutil.rmtree(self._folder)


def commit_of(root: Path) -> str:
    """The commit that the sources at `root` are of, and whether they have changes; empty when nobody knows."""
    written = (root / FILE).read_text(encoding="utf-8").strip()
    if COMMIT.fullmatch(written.removesuffix(CHANGED)):
        return written
    if named := os.environ.get(VARIABLE):
        if not COMMIT.fullmatch(named):
            raise ValueError(f"{VARIABLE}: {named!r} is not the whole hash of a commit")
        return named
    top, _, commit = git(root, "rev-parse", "--show-toplevel", "HEAD").partition("\n")
    # Not that of a repository in which somebody has unpacked the sources.
    if not commit or Path(top).resolve() != root.resolve():
        return ""
    return commit + (CHANGED if git(root, "status", "--porcelain", "--", *BUILT) else "")


def git(root: Path, *arguments: str) -> str:
    """What Git prints; empty when there is no Git, or it refuses."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return ""
    return "" if done.returncode else done.stdout.strip()
