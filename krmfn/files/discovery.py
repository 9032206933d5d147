"""Find the files at and below PATHs, in an order that is always the same."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import ignoring
from krmfn.files.ignoring import EXCLUDE, GITIGNORE, KRMIGNORE, Excluded, Ignoring, krmignores
from krmfn.files.reasons import Reason
from krmfn.krm.opening import SUFFIXES


class FoundFile(NamedTuple):
    """A file to examine.

    Attributes:
        path: the path as the user can write it.
        real: the absolute path without links.
        size: the size in bytes.
        is_named: whether the user named the file itself, and not only a folder above.
    """

    path: Path
    real: Path
    size: int
    is_named: bool = False


class PassedOver(NamedTuple):
    """A file or folder that is skipped. Files with other suffixes than those of manifests are not reported."""

    path: Path
    why: Reason


Found = FoundFile | PassedOver
_REASONS = {GITIGNORE: Reason.GITIGNORE, KRMIGNORE: Reason.KRMIGNORE, EXCLUDE: Reason.EXCLUDED}


def unreachable(paths: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
    """The error for each path that does not exist or cannot be read."""
    errors: dict[str, str] = {}
    for path in paths:
        try:
            _reached(Path(path))
        except InputError as error:
            errors[os.fspath(path)] = str(error)
    return errors


def exclusions(patterns: Sequence[str], paths: Iterable[str | os.PathLike[str]]) -> Excluded:
    """The patterns of `--exclude` for what is at and below some paths."""
    reached = [_reached(Path(path)) for path in paths] if patterns else []
    return ignoring.exclusions(
        patterns, (real if stat.S_ISDIR(status.st_mode) else real.parent for real, status in reached)
    )


def find(paths: Sequence[str | os.PathLike[str]], excluded: Excluded = ()) -> list[Found]:
    """The files at and below `paths`, each once, sorted by path.

    In a folder, these are the files named `*.yaml`, `*.yml` and `*.json` that no `.gitignore`, `.git/info/exclude` or
    `.krmignore` ignores, there or above up to the root of the repository. Hidden folders and symbolic links are
    skipped: the target of a link is found at its own place, or is outside. A file that Git tracks is found even if
    `.gitignore` matches it. A path in `paths` is found whatever its name and even if `.gitignore` matches it, but not
    if `.krmignore` or `excluded` does.

    Raises:
        InputError: a path does not exist or is neither a file nor a folder, or something cannot be read.
    """
    found: dict[Path, Found] = {}
    seen: set[Path] = set()
    refuse_empty(paths)
    for given in map(Path, paths):
        for one in _at(given, excluded):
            real = one.real if isinstance(one, FoundFile) else one.path.absolute()
            if real not in seen:
                seen.add(real)
                found[one.path] = one
    return sorted(found.values(), key=lambda one: sort_key(one.path))


def refuse_empty(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Raise `InputError` when one of some PATHs is empty."""
    if any(not os.fspath(path) for path in paths):
        raise InputError("a PATH is empty: a variable in the command may not be set. `.` is the current folder")


def neighbours(folder: Path, excluded: Excluded = ()) -> list[Path]:
    """The absolute paths of the files that `find` would find directly in an absolute folder, sorted.

    Raises:
        InputError: something cannot be read.
    """
    around = Ignoring.at(folder, excluded)
    if around.is_krm_against(folder):
        return []
    paths = [folder / entry.name for entry in _entries(folder, folder) if _is_named_right(entry)]
    return sorted((path for path in paths if not around.of(path, is_folder=False).by), key=sort_key)


def _is_named_right(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)


def sort_key(path: Path) -> tuple[bytes, ...]:
    """A key to sort paths by folder first, bytewise, the same on every machine."""
    return tuple(map(os.fsencode, path.parts))


def _reached(given: Path) -> tuple[Path, os.stat_result]:
    """The real path and the status of a path; raise `InputError` when it is neither a file nor a folder."""
    try:
        real = given.resolve(strict=True)
        status = real.stat()
    except FileNotFoundError:
        raise InputError(f"{given}: there is no such file or folder") from None
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise the latter for a loop of links
        raise InputError(f"{given}: {getattr(error, 'strerror', None) or error}") from None
    if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
        raise InputError(f"{given}: is neither a file nor a folder")
    return real, status


def _at(given: Path, excluded: Excluded) -> Iterator[Found]:
    real, status = _reached(given)
    is_folder = stat.S_ISDIR(status.st_mode)
    if ignoring.excludes(excluded, real, is_folder):
        yield PassedOver(given, Reason.EXCLUDED)
    elif krmignores(real, is_folder):
        yield PassedOver(given, Reason.KRMIGNORE)
    elif not is_folder:
        yield FoundFile(given, real, status.st_size, is_named=True)
    else:
        around = Ignoring.at(real, excluded)
        # The user named a folder that Git ignores, so Git's patterns do not apply in it.
        yield from _below(given, real, around._replace(git=(), only_tracked=False) if around.only_tracked else around)


def _below(given: Path, real: Path, around: Ignoring) -> Iterator[Found]:
    """The files below a folder. A stack, not recursion, because trees may be deeper than Python can recurse."""
    stack = [(given, real, around)]
    while stack:
        shown, folder, here = stack.pop()
        for entry in _entries(shown, folder):
            path, inner = shown / entry.name, folder / entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.is_symlink():
                # A link to a folder is reported whatever its name.
                if entry.name.endswith(SUFFIXES) or entry.is_dir():
                    yield PassedOver(path, Reason.SYMLINK)
            elif entry.name == ".git" or not (is_folder or entry.name.endswith(SUFFIXES)):
                continue
            elif (verdict := here.of(inner, is_folder)).by:
                yield PassedOver(path, _REASONS[verdict.by])
            elif is_folder and entry.name.startswith("."):
                yield PassedOver(path, Reason.HIDDEN)
            elif is_folder:
                stack.append((path, inner, here.below(inner, only_tracked=verdict.only_tracked)))
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
