"""Decide what `.gitignore`, `.krmignore` and `--exclude` ignore.

Patterns, and files in several folders, work as in Git: the deepest file with a matching pattern decides, and everything
below an ignored folder is ignored. As in Git, `.gitignore` does not apply to tracked files; `.krmignore` does. No file
can include again what `--exclude` matches.
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
    """The patterns of one file; they apply to everything below `folder`."""

    folder: str
    patterns: Patterns


Excluded = tuple[_Patterns, ...]
"""The patterns of `--exclude`, for each folder that they are relative to."""


class Verdict(NamedTuple):
    """Whether a path is ignored.

    Attributes:
        by: what ignores the path: `.gitignore`, `.krmignore` or `--exclude`; empty when nothing does.
        only_tracked: whether Git's patterns match, and the path counts because it, or something below it, is tracked.
    """

    by: str = ""
    only_tracked: bool = False


class Ignoring(NamedTuple):
    """The ignore files that apply in one folder, each kind from the outermost folder to this one.

    Attributes:
        git: the patterns of Git.
        krm: the patterns in `.krmignore` files.
        excluded: the patterns of `--exclude`.
        only_tracked: whether Git ignores the folder, so that only tracked files count in it.
    """

    git: tuple[_Patterns, ...] = ()
    krm: tuple[_Patterns, ...] = ()
    excluded: Excluded = ()
    only_tracked: bool = False

    @classmethod
    def at(cls, folder: Path, excluded: Excluded = ()) -> "Ignoring":
        """The ignore files of an absolute folder and of the folders above, up to the root of the repository.

        Outside a repository, only the folder's own files apply. Raises `InputError` for a file that cannot be read.
        """
        root = repository.root_of(folder) or folder
        ignoring = cls(excluded=excluded)
        for above in (*reversed(folder.parents), folder):
            if above.is_relative_to(root):
                ignoring = ignoring.below(above, only_tracked=ignoring._is_git_against(str(above), is_folder=True))
        return ignoring

    def below(self, folder: Path, *, only_tracked: bool) -> "Ignoring":
        """The ignore files of a folder directly below; `only_tracked`: Git's patterns ignore that folder."""
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
        """The verdict on an absolute path in the folder."""
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
        """Whether a `.krmignore` or `--exclude` ignores this absolute folder or a folder above it."""
        return excludes((*self.krm, *self.excluded), folder, is_folder=True)

    def _is_git_against(self, path: str, is_folder: bool) -> bool:
        return self.only_tracked or _ignores(self.git, path, is_folder)


def exclusions(patterns: Sequence[str], folders: Iterable[Path]) -> Excluded:
    """The patterns of `--exclude`, which apply like a `.krmignore` in the current folder.

    For absolute `folders` outside the current one, they apply like a `.krmignore` in each of these. A pattern that is a
    path, absolute or with `..`, matches what is there.
    """
    here = Path.cwd().resolve()
    within = list(dict.fromkeys((here, *(folder for folder in folders if not folder.is_relative_to(here)))))
    lines: dict[Path, list[str]] = {}
    for pattern in patterns:
        for folder, line in _lines(pattern, within):
            lines.setdefault(folder, []).append(line)
    outermost_first = sorted(lines, key=lambda folder: len(folder.parts))
    own = ((folder, Patterns(os.fsencode("\n".join(lines[folder])))) for folder in outermost_first)
    return tuple(_Patterns(str(folder), found) for folder, found in own if found)


def _lines(pattern: str, within: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """A pattern of `--exclude` as lines of a `.krmignore`, each with the folder of that `.krmignore`.

    `within` are the folders that patterns are relative to, the current folder first.
    """
    sign = "!" * pattern.startswith("!")
    text = pattern.removeprefix("!")
    leads_up = ".." in text.split("/")
    tops: list[Path] = []
    if leads_up or text.startswith("/"):
        path = _path(text)
        path = real if (real := path.resolve()) in within[1:] else path  # a PATH that is a link
        tops = [folder for folder in within if folder in path.parents]
        # `/src` may count from the current folder even if that is /src itself.
        is_elsewhere = leads_up or not within[0].is_relative_to(path)
        above = tops or (_above(path) if is_elsewhere else [])
        yield from ((top, f"{sign}/{path.relative_to(top)}{'/' * text.endswith('/')}") for top in above)
    if not (leads_up or tops):
        yield from ((folder, sign + text.removeprefix("./")) for folder in within)


def _above(path: Path) -> list[Path]:
    """The nearest existing folder above a path, for a line about a folder as a whole, or about something elsewhere."""
    return [above for above in path.parents if opening.is_folder(above)][:1]


def _path(pattern: str) -> Path:
    """The absolute path that a pattern is; its last element may be a link or a wildcard."""
    path = Path(pattern)
    return path.resolve() if path.name == ".." else path.parent.resolve() / path.name


def excludes(patterns: tuple[_Patterns, ...], path: Path, is_folder: bool) -> bool:
    """Whether some patterns ignore an absolute path or a folder above it."""
    asked = [(path, is_folder), *((above, True) for above in path.parents)]
    return any(_ignores(patterns, str(one), is_folder) for one, is_folder in asked)


def krmignores(path: Path, is_folder: bool) -> bool:
    """Whether a `.krmignore` ignores an absolute path or a folder above it in its repository."""
    if repository.is_root(path):
        return False
    root = repository.root_of(path.parent) or path.parent
    inside = [above for above in path.parents if above != root and above.is_relative_to(root)]
    asked = [(path, is_folder), *((above, True) for above in inside)]
    return any(_ignores(Ignoring.at(one.parent).krm, str(one), is_folder) for one, is_folder in asked)


def _is_tracked(path: Path, is_folder: bool) -> bool:
    root = repository.root_of(path.parent)  # for a submodule: the repository that contains it
    if root is None:
        return False
    return git_index.of_repository(root).tracks(os.fsencode(path.relative_to(root)), is_folder)


def _ignores(chain: tuple[_Patterns, ...], path: str, is_folder: bool) -> bool:
    return next(_verdicts(chain, path, is_folder), False)


def _verdicts(chain: tuple[_Patterns, ...], path: str, is_folder: bool) -> Iterator[bool]:
    """The verdicts of the files with a matching pattern, the deepest file first."""
    for own in reversed(chain):
        folder = own.folder.rstrip("/") + "/"
        if path.startswith(folder):
            verdict = own.patterns.ignores(path[len(folder) :], is_folder)
            if verdict is not None:
                yield verdict


@cache
def _read(file: Path, anywhere: bool = False) -> Patterns | None:
    """The patterns of a file, None when there are none; `anywhere`: the file may be outside the tree, as Git's own."""
    try:
        read = (opening.read_anywhere if anywhere else repository.read_inside)(file, opening.PATTERNS)
    except InputError as error:
        raise InputError(f"{file}: {error}; without it, krmfn does not know which files to skip") from None
    return (Patterns(read) or None) if read else None
