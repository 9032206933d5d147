"""`.gitignore`, `.krmignore` and `--exclude`: what is not to be looked at.

The patterns are those of Git, and so is how files of several folders go together: the deepest one that has something to
say counts, and below an ignored folder nobody is asked any more. As with Git, a file that it tracks counts whatever
`.gitignore` says; `.krmignore` holds for those too. What `--exclude` is about, no file takes back.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import git_index, repository
from krmfn.files.git_patterns import Patterns
from krmfn.krm import opening

GITIGNORE, KRMIGNORE, EXCLUDE = ".gitignore", ".krmignore", "--exclude"


class _Patterns(NamedTuple):
    """The patterns of one file, for all that is below `folder`."""

    folder: str
    patterns: Patterns


Excluded = tuple[_Patterns, ...]
"""What `--exclude` says, for each folder that it is read in."""


class Verdict(NamedTuple):
    """What the ignore files say of a path.

    Attributes:
        by: the name of the kind of file that ignores it, or `--exclude`; empty when none does.
        only_tracked: whether Git's patterns do, and it counts since it is tracked, or something below it is.
    """

    by: str = ""
    only_tracked: bool = False


class Ignoring(NamedTuple):
    """The ignore files that count in one folder, each kind from the outermost to the folder's own.

    Attributes:
        git: those of Git.
        krm: those of krmfn.
        excluded: what `--exclude` says.
        only_tracked: whether Git ignores the folder, so that only tracked files count in it.
    """

    git: tuple[_Patterns, ...] = ()
    krm: tuple[_Patterns, ...] = ()
    excluded: Excluded = ()
    only_tracked: bool = False

    @classmethod
    def at(cls, folder: Path, excluded: Excluded = ()) -> "Ignoring":
        """What counts in an absolute folder: its own files and those above it, up to the root of the repository.

        Outside of a repository only the folder's own count. Raises `InputError` for an ignore file that cannot be read.
        """
        root = repository.root_of(folder) or folder
        ignoring = cls(excluded=excluded)
        for above in (*reversed(folder.parents), folder):
            if above.is_relative_to(root):
                ignoring = ignoring.below(above, only_tracked=ignoring._is_git_against(str(above), is_folder=True))
        return ignoring

    def below(self, folder: Path, *, only_tracked: bool) -> "Ignoring":
        """What counts in a folder when `self` counts in the one above it, and Git's patterns ignore it or not."""
        is_root = repository.is_root(folder)
        git = () if is_root else self.git  # a submodule has ignore files of its own
        own = [_read(folder / GITIGNORE)]
        if is_root:
            own.insert(0, _read(repository.exclude_file(folder), anywhere=True))
        return Ignoring(
            (*git, *(_Patterns(str(folder), patterns) for patterns in own if patterns)),
            (*self.krm, *(_Patterns(str(folder), patterns) for patterns in [_read(folder / KRMIGNORE)] if patterns)),
            self.excluded,
            only_tracked and not is_root,
        )

    def of(self, path: Path, is_folder: bool) -> Verdict:
        """What is to be done with an absolute path in the folder."""
        text = str(path)
        if _ignores(self.excluded, text, is_folder):
            return Verdict(EXCLUDE)
        is_git_against = self._is_git_against(text, is_folder)
        if is_git_against and not _is_tracked(path, is_folder):
            return Verdict(GITIGNORE)
        if _ignores(self.krm, text, is_folder):
            return Verdict(KRMIGNORE)
        return Verdict(only_tracked=is_git_against)

    def is_krm_against(self, folder: Path) -> bool:
        """Whether a `.krmignore` here or `--exclude` ignores this absolute folder itself or one above it."""
        return excludes((*self.krm, *self.excluded), folder, is_folder=True)

    def _is_git_against(self, path: str, is_folder: bool) -> bool:
        return self.only_tracked or _ignores(self.git, path, is_folder)


def exclusions(patterns: Sequence[str], folders: Iterable[Path]) -> Excluded:
    """The patterns of `--exclude`, as a `.krmignore` in the current folder would have them.

    For paths elsewhere they count from the absolute folders that hold these.
    """
    here = Path.cwd().resolve()
    own = Patterns(b"\n".join(os.fsencode(pattern.removeprefix("./")) for pattern in patterns))
    others = (folder for folder in folders if not folder.is_relative_to(here))
    return tuple(_Patterns(str(folder), own) for folder in dict.fromkeys((here, *others))) if own else ()


def excludes(patterns: tuple[_Patterns, ...], path: Path, is_folder: bool) -> bool:
    """Whether some patterns are about an absolute path itself or a folder above it."""
    asked = [(path, is_folder), *((above, True) for above in path.parents)]
    return any(_ignores(patterns, str(one), is_folder) for one, is_folder in asked)


def krmignores(path: Path, is_folder: bool) -> bool:
    """Whether a `.krmignore` is about an absolute path or what is above it in its repository."""
    if repository.is_root(path):
        return False
    root = repository.root_of(path.parent) or path.parent
    inside = [above for above in path.parents if above != root and above.is_relative_to(root)]
    asked = [(path, is_folder), *((above, True) for above in inside)]
    return any(_ignores(Ignoring.at(one.parent).krm, str(one), is_folder) for one, is_folder in asked)


def _is_tracked(path: Path, is_folder: bool) -> bool:
    root = repository.root_of(path.parent)  # of a submodule, the repository that it is in
    if root is None:
        return False
    return git_index.of_repository(root).tracks(os.fsencode(path.relative_to(root)), is_folder)


def _ignores(chain: tuple[_Patterns, ...], path: str, is_folder: bool) -> bool:
    return next(_verdicts(chain, path, is_folder), False)


def _verdicts(chain: tuple[_Patterns, ...], path: str, is_folder: bool) -> Iterator[bool]:
    """What those files say that say something, the deepest first."""
    for own in reversed(chain):
        folder = own.folder.rstrip("/") + "/"
        if path.startswith(folder):
            verdict = own.patterns.ignores(path[len(folder) :], is_folder)
            if verdict is not None:
                yield verdict


@cache
def _read(file: Path, anywhere: bool = False) -> Patterns | None:
    """The patterns of a file, None when there are none; one that may stand `anywhere` is Git's own."""
    try:
        read = opening.read_anywhere(file, opening.PATTERNS) if anywhere else _read_inside(file)
    except InputError as error:
        raise InputError(f"{file}: {error}; krmfn has to know what to leave out") from None
    return (Patterns(read) or None) if read else None


def _read_inside(file: Path) -> bytes | None:
    return opening.read_inside(repository.tree_of(file.parent), file, opening.PATTERNS)
