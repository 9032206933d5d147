"""The Git repository around a folder, as far as it matters to what is read in it."""

import os
from contextlib import suppress
from pathlib import Path

from krmfn.errors import InputError
from krmfn.krm import opening

_POINTER = 1 << 16
"""The most bytes of a file of Git that holds nothing but a path."""


_roots: dict[Path, Path | None] = {}
"""What `root_of` has found: it is asked for each folder of a tree, from the outermost inwards."""


def root_of(folder: Path) -> Path | None:
    """The nearest folder with a `.git` at or above an absolute folder; None outside of any repository."""
    passed = [folder]
    while passed[-1] not in _roots:
        last = passed[-1]
        if is_root(last) or last.parent == last:
            _roots[last] = last if is_root(last) else None
        else:
            passed.append(last.parent)
    _roots.update(dict.fromkeys(passed, _roots[passed[-1]]))
    return _roots[folder]


def is_root(folder: Path) -> bool:
    """Whether a repository, a worktree or a submodule begins here: in the last two `.git` is a file."""
    try:
        return (folder / ".git").exists()
    except OSError:  # a folder above that we may not enter
        return False


def tree_of(folder: Path) -> Path:
    """What counts as the tree around an absolute folder: its repository, or else the current folder or itself."""
    if root := root_of(folder):
        return root
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder


def exclude_file(root: Path) -> Path:
    """Where the repository at `root` keeps the ignore patterns that are not committed: all its worktrees share them."""
    return _shared_folder(_git_folder(root)) / "info" / "exclude"


def commit_of(root: Path) -> str:
    """The hash of the commit that is checked out at `root`; empty when its files do not tell. No program is run."""
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
    """Where the worktree at `root` keeps its index."""
    return _git_folder(root) / "index"


def _git_folder(root: Path) -> Path:
    """The folder in which Git keeps what it knows of the repository, worktree or submodule at `root`."""
    git = root / ".git"
    with suppress(OSError, InputError):
        if not git.is_dir() and (pointer := _path_in(git)):
            return root / pointer.removeprefix("gitdir:").strip()
    return git


def _shared_folder(git: Path) -> Path:
    """Where Git keeps what all worktrees of a repository share."""
    # A broken one makes a repository that Git cannot read either.
    with suppress(OSError, InputError):
        return git / _path_in(git / "commondir")
    return git


def _text_in(file: Path) -> str:
    """What is in a small file of Git; empty when it cannot be read."""
    with suppress(OSError, InputError):
        return _path_in(file)
    return ""


def _path_in(file: Path) -> str:
    """The path in a file of Git, which may stand outside of the tree: it does for a worktree. Empty without a file."""
    data = opening.read_anywhere(file, _POINTER) or b""
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape").strip()


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
