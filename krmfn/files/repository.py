"""Find the Git repository around a folder, and read the few things that krmfn needs from it."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from krmfn.errors import InputError
from krmfn.krm import opening

_POINTER = 1 << 16
"""The maximum size, in bytes, of a file of Git that holds only a path."""


_roots: dict[Path, Path | None] = {}
"""The results of `root_of`, which is called for each folder of a tree, from the outermost inwards."""


def root_of(folder: Path) -> Path | None:
    """The nearest folder with a `.git` at or above an absolute folder; None outside a repository."""
    if folder in _roots:
        return _roots[folder]
    passed = [folder]
    while passed[-1] not in _roots:
        last = passed[-1]
        if is_root(last) or last.parent == last:
            _roots[last] = last if is_root(last) else None
        else:
            passed.append(last.parent)
    _roots.update(dict.fromkeys(passed, _roots[passed[-1]]))
    return _roots[folder]


@cache
def is_root(folder: Path) -> bool:
    """Whether a folder is the root of a repository, a worktree or a submodule. In the last two, `.git` is a file."""
    try:
        return (folder / ".git").exists()
    except OSError:  # a folder that krmfn may not enter
        return False


def tree_of(folder: Path) -> Path:
    """The tree that contains an absolute folder: its repository, else the current folder, else the folder itself."""
    if root := root_of(folder):
        return root
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder


def read_inside(file: Path, limit: int) -> bytes | None:
    """As `opening.read_inside`, in the tree that contains an absolute file."""
    if not os.path.lexists(file):  # as in most folders: to look for the tree would take longer
        return None
    return opening.read_inside(tree_of(file.parent), file, limit)


def exclude_file(root: Path) -> Path:
    """The file with ignore patterns that are not committed, which all worktrees of the repository at `root` share."""
    return _shared_folder(_git_folder(root)) / "info" / "exclude"


def commit_of(root: Path) -> str:
    """The hash of the commit that is checked out at `root`, read without running Git; empty when it cannot be found."""
    git = _git_folder(root)
    shared = _shared_folder(git)
    kind, _, name = _text_in(git / "HEAD").partition(" ")
    if kind != "ref:":
        return kind
    if commit := _text_in(shared / name):
        return commit
    with suppress(OSError, InputError):
        packed = opening.read_anywhere(shared / "packed-refs", opening.INDEX) or b""
        for line in packed.decode("utf-8", "surrogateescape").splitlines():
            if line.partition(" ")[2] == name:
                return line.partition(" ")[0]
    return ""


def index_file(root: Path) -> Path:
    """The index file of the worktree at `root`."""
    return _git_folder(root) / "index"


def _git_folder(root: Path) -> Path:
    """Git's own folder for the repository, worktree or submodule at `root`."""
    git = root / ".git"
    with suppress(OSError, InputError):
        if not git.is_dir() and (pointer := _path_in(git)):
            return root / pointer.removeprefix("gitdir:").strip()
    return git


def _shared_folder(git: Path) -> Path:
    """Git's own folder with what all worktrees of a repository share."""
    # If `commondir` cannot be read, Git cannot read the repository either.
    with suppress(OSError, InputError):
        return git / _path_in(git / "commondir")
    return git


def _text_in(file: Path) -> str:
    """The text of a small file of Git; empty when it cannot be read."""
    with suppress(OSError, InputError):
        return _path_in(file)
    return ""


def _path_in(file: Path) -> str:
    """The path in a file of Git; empty without a file. The file of a worktree is outside the tree."""
    data = opening.read_anywhere(file, _POINTER) or b""
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape").strip()


def path_in(path: str) -> str:
    """A path relative to the root from `root_for`; outside a repository, the path as it is."""
    absolute = Path(os.path.normpath(Path.cwd() / path))  # not `resolve`: the repository contains the links
    root = root_for(absolute)
    return str(absolute.relative_to(root)) if root else path


def root_for(file: Path) -> Path | None:
    """The root for the relative path of an absolute file: the current repository if it contains the file, else its own.

    Paths relative to a nested repository, such as a submodule, would be ambiguous.
    """
    here = root_of(Path.cwd().resolve())
    return here if here and file.is_relative_to(here) else root_of(file.parent)
