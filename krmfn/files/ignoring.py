"""`.gitignore` and `.krmignore`: what their owners do not want looked at.

The patterns are those of Git, and so is how files of several folders go together: the deepest one that has something to
say counts, and below an ignored folder nobody is asked any more.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from krmfn.errors import InputError
from krmfn.files import repository

GITIGNORE, KRMIGNORE = ".gitignore", ".krmignore"


class _Patterns(NamedTuple):
    """The patterns of one file, for all that is below `folder`."""

    folder: str
    spec: GitIgnoreSpec


class Ignoring(NamedTuple):
    """The ignore files that count in one folder, each kind from the outermost to the folder's own."""

    git: tuple[_Patterns, ...] = ()
    krm: tuple[_Patterns, ...] = ()

    @classmethod
    def at(cls, folder: Path) -> "Ignoring":
        """What counts in an absolute folder: its own files and those above it, up to the root of the repository.

        Outside of a repository only the folder's own count. Raises `InputError` for an ignore file that cannot be read.
        """
        root = repository.root_of(folder) or folder
        ignoring = cls()
        for above in (*reversed(folder.parents), folder):
            if above.is_relative_to(root):
                ignoring = ignoring.below(above)
        return ignoring

    def below(self, folder: Path) -> "Ignoring":
        """What counts in a folder when `self` counts in the one above it."""
        is_root = repository.is_root(folder)
        git = () if is_root else self.git  # a submodule has ignore files of its own
        own = [repository.exclude_file(folder)] * is_root + [folder / GITIGNORE]
        return Ignoring(
            (*git, *(_Patterns(str(folder), spec) for file in own if (spec := _read(file)))),
            (*self.krm, *(_Patterns(str(folder), spec) for spec in [_read(folder / KRMIGNORE)] if spec)),
        )

    def of(self, path: Path, is_folder: bool) -> str:
        """The name of the kind of file that ignores an absolute path in the folder; empty when none does."""
        name = f"{path}/" if is_folder else str(path)
        kinds = ((GITIGNORE, self.git), (KRMIGNORE, self.krm))
        return next((kind for kind, chain in kinds if _ignores(chain, name)), "")


def ignoring_given(path: Path, is_folder: bool) -> set[str]:
    """The kinds of ignore files that are about an absolute path or what is above it in its repository."""
    if repository.is_root(path):
        return set()
    root = repository.root_of(path.parent) or path.parent
    inside = [above for above in path.parents if above != root and above.is_relative_to(root)]
    asked = [(path, is_folder), *((above, True) for above in inside)]
    return {by for one, is_folder in asked if (by := Ignoring.at(one.parent).of(one, is_folder))}


def _ignores(chain: tuple[_Patterns, ...], name: str) -> bool:
    return next(_verdicts(chain, name), False)


def _verdicts(chain: tuple[_Patterns, ...], name: str) -> Iterator[bool]:
    """What those files say that say something, the deepest first."""
    for patterns in reversed(chain):
        below = name[len(patterns.folder.rstrip("/")) + 1 :]
        verdict = patterns.spec.check_file(below).include
        if verdict is not None:
            yield verdict


@cache
def _read(file: Path) -> GitIgnoreSpec | None:
    """The patterns of a file, None when there are none."""
    try:
        text = file.read_bytes().decode("utf-8", "surrogateescape")  # as file names are
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}, so it is not known what to leave out") from None
    # Not `splitlines`: Git knows one line end, and other ones may be in names.
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    taken = [line for line in lines if _is_pattern(line)]
    return GitIgnoreSpec.from_lines(taken) if any(taken) else None


def _is_pattern(line: str) -> bool:
    """Whether a line is one that can match; Git passes the others over too."""
    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True
