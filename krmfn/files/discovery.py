"""PATHs to files: what of a tree is looked at, in an order that is always the same."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files.ignoring import KRMIGNORE, Ignoring, krmignores
from krmfn.files.reasons import Reason
from krmfn.krm.opening import SUFFIXES


class FoundFile(NamedTuple):
    """A file to look at: `path` as the user can write it, and the absolute path it really has."""

    path: Path
    real: Path
    size: int


class PassedOver(NamedTuple):
    """A file or folder that is not looked at. Of what is no folder and has another suffix nobody speaks."""

    path: Path
    why: Reason


Found = FoundFile | PassedOver


def find(paths: Sequence[str | os.PathLike[str]]) -> list[Found]:
    """The files at and below `paths`, each once, sorted by path.

    Of a folder those named `*.yaml`, `*.yml` and `*.json` that neither `.gitignore`, `.git/info/exclude` nor
    `.krmignore` is about, here or above up to the root of the repository; no hidden folders, no symbolic links: what
    they lead to is found where it is, or is outside. A file that Git tracks is found whatever `.gitignore` says. A path
    given is taken whatever its name and `.gitignore` say; `.krmignore` holds for it too.

    Raises:
        InputError: a path that does not exist or is neither file nor folder, or something that cannot be read.
    """
    found: dict[Path, Found] = {}
    seen: set[Path] = set()
    if any(not os.fspath(path) for path in paths):
        raise InputError("a PATH is empty, as of a variable that is not set; `.` is the current folder")
    for given in map(Path, paths):
        for one in _at(given):
            real = one.real if isinstance(one, FoundFile) else one.path.absolute()
            if real not in seen:
                seen.add(real)
                found[one.path] = one
    return sorted(found.values(), key=lambda one: sort_key(one.path))


def neighbours(folder: Path) -> list[Path]:
    """The absolute paths of what would be looked at in an absolute folder, nothing below it; sorted.

    Raises:
        InputError: something cannot be read.
    """
    ignoring = Ignoring.at(folder)
    if ignoring.is_krm_against(folder):
        return []
    paths = [folder / entry.name for entry in _entries(folder, folder) if _is_named_right(entry)]
    return sorted((path for path in paths if not ignoring.of(path, is_folder=False).by), key=sort_key)


def _is_named_right(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)


def sort_key(path: Path) -> tuple[bytes, ...]:
    """Sorts by folder first, bytewise, the same on every machine."""
    return tuple(map(os.fsencode, path.parts))


def _at(given: Path) -> Iterator[Found]:
    try:
        real = given.resolve(strict=True)
        status = real.stat()
    except FileNotFoundError:
        raise InputError(f"{given}: there is no such file or folder") from None
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise the latter for a loop of links
        raise InputError(f"{given}: {getattr(error, 'strerror', None) or error}") from None
    if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
        raise InputError(f"{given}: is neither a file nor a folder")
    if krmignores(real, stat.S_ISDIR(status.st_mode)):
        yield PassedOver(given, Reason.KRMIGNORE)
    elif stat.S_ISREG(status.st_mode):
        yield FoundFile(given, real, status.st_size)
    else:
        around = Ignoring.at(real)
        # Below a folder that Git ignores, its patterns have nothing more to say.
        yield from _below(given, real, around._replace(git=(), only_tracked=False) if around.only_tracked else around)


def _below(given: Path, real: Path, around: Ignoring) -> Iterator[Found]:
    """The files below a folder; on a stack, since trees may be deeper than Python recurses."""
    stack = [(given, real, around)]
    while stack:
        shown, folder, ignoring = stack.pop()
        for entry in _entries(shown, folder):
            path, inner = shown / entry.name, folder / entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.is_symlink():
                # A link to a folder may be one of any name.
                if entry.name.endswith(SUFFIXES) or entry.is_dir():
                    yield PassedOver(path, Reason.SYMLINK)
            elif entry.name == ".git" or not (is_folder or entry.name.endswith(SUFFIXES)):
                continue
            elif (verdict := ignoring.of(inner, is_folder)).by:
                yield PassedOver(path, Reason.KRMIGNORE if verdict.by == KRMIGNORE else Reason.GITIGNORE)
            elif is_folder and entry.name.startswith("."):
                yield PassedOver(path, Reason.HIDDEN)
            elif is_folder:
                stack.append((path, inner, ignoring.below(inner, only_tracked=verdict.only_tracked)))
            elif entry.is_file():
                yield FoundFile(path, inner, entry.stat().st_size)
            else:
                yield PassedOver(path, Reason.SPECIAL)


def _entries(shown: Path, folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}") from None
