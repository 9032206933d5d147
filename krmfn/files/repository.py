"""The Git repository around a folder, as far as it matters to what is read in it."""

import os
from functools import cache
from pathlib import Path


@cache
def root_of(folder: Path) -> Path | None:
    """The nearest folder with a `.git` at or above an absolute folder; None outside of any repository."""
    for candidate in (folder, *folder.parents):
        if is_root(candidate):
            return candidate
    return None


def is_root(folder: Path) -> bool:
    """Whether a repository, a worktree or a submodule begins here: in the last two `.git` is a file."""
    try:
        return (folder / ".git").exists()
    except OSError:  # a folder above that we may not enter
        return False


def exclude_file(root: Path) -> Path:
    """Where the repository at `root` keeps the ignore patterns that are not committed."""
    git = root / ".git"
    try:
        if git.is_file():
            git = root / git.read_text("utf-8", "surrogateescape").removeprefix("gitdir:").strip()
            common = git / "commondir"
            if common.is_file():
                git /= common.read_text("utf-8", "surrogateescape").strip()
    except OSError:
        pass  # a repository that Git cannot read either
    return git / "info" / "exclude"


def path_in(path: str) -> str:
    """A path as it counts from the root of the repository one is in, or else of its own; outside of any, as it is."""
    absolute = Path(os.path.normpath(Path.cwd() / path))  # links stay: the repository has them
    root = root_for(absolute)
    return str(absolute.relative_to(root)) if root else path


def root_for(file: Path) -> Path | None:
    """The root that the path of an absolute file counts from: of the current folder's repository, if it is in that.

    A repository inside, such as a submodule, has files of the same names.
    """
    here = root_of(Path.cwd().resolve())
    return here if here and file.is_relative_to(here) else root_of(file.parent)
