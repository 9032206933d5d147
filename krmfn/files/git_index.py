"""Read the index of a Git repository, which lists the tracked files, without running Git.

The format is that of Git's `gitformat-index`: versions 2, 3 and 4, with SHA-1 or SHA-256.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.krm import opening

_SIGNATURE, _VERSIONS = b"DIRC", (2, 3, 4)
_HEADER = 12
_HASHES = (20, 32)
"""How many bytes a hash has. The index does not say which size it has; with the wrong one, it cannot be read."""
_MODE, _HASH = 24, 40
"""The offsets of the mode and the hash in an entry."""
_TYPE, _SUBMODULE = 0o170000, 0o160000
_EXTENDED, _LENGTH = 0x4000, 0x0FFF
_SPARSE = b"sdir"
"""The extension of a sparse index, which names a folder instead of its files that are not checked out."""
_SUFFIXES = tuple(suffix.encode() for suffix in opening.SUFFIXES)


class Index:
    """The tracked files that may hold manifests, and the submodules; paths are relative to the repository's root."""

    def __init__(self, files: Iterable[bytes] = (), submodules: Iterable[bytes] = ()) -> None:
        self._files = sorted(files)
        self._submodules = sorted(submodules)

    def tracks(self, path: bytes, is_folder: bool) -> bool:
        """Whether a file is tracked; whether a folder is a submodule, or contains a submodule or a tracked file."""
        if not is_folder:
            return _first_from(self._files, path) == path
        below = path + b"/"
        return self.is_submodule(path) or any(
            _first_from(names, below).startswith(below) for names in (self._files, self._submodules)
        )

    def is_submodule(self, path: bytes) -> bool:
        """Whether a path is a submodule, which has an index of its own."""
        return _first_from(self._submodules, path) == path


@cache
def of_repository(root: Path) -> Index:
    """The index of the repository at `root`; empty if it does not exist or cannot be read."""
    try:
        return read(opening.read_anywhere(repository.index_file(root), opening.INDEX) or b"")
    except InputError:
        return Index()


def read(data: bytes) -> Index:
    """Parse an index; raise `InputError` for bytes that are not an index, and for an unknown format."""
    for size in _HASHES:
        try:
            entries = list(_entries(data, size))
        except (ValueError, IndexError):
            continue
        files = (name for name, is_submodule in entries if not is_submodule)
        return Index(files, (name for name, is_submodule in entries if is_submodule))
    raise InputError("is no index of Git that krmfn can read")


def _entries(data: bytes, size: int) -> Iterator[tuple[bytes, bool]]:
    """The relevant names, each with whether it is a submodule; raise `ValueError` or `IndexError` for invalid data."""
    version, count = _number(data, 4), _number(data, 8)
    if not data.startswith(_SIGNATURE) or version not in _VERSIONS:
        raise ValueError("no signature, or an unknown version")
    stop, name, total = _HEADER, b"", 0
    for _ in range(count):
        at = stop
        flags = int.from_bytes(data[at + _HASH + size : at + _HASH + size + 2])
        start = at + _HASH + size + (4 if flags & _EXTENDED else 2)
        kept = 0
        if version == 4:  # a name is stored as its difference from the previous name
            dropped, start = _offset(data, start, len(name))
            kept = len(name) - dropped
        end = data.index(b"\0", start)
        name = name[:kept] + data[start:end]
        stop = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8
        total += len(name)
        if min(len(name), _LENGTH) != flags & _LENGTH or total > opening.INDEX:
            raise ValueError("a name of another length, or names that share more than anybody can store")
        is_submodule = _number(data, at + _MODE) & _TYPE == _SUBMODULE
        if is_submodule or name.endswith(_SUFFIXES):
            yield name, is_submodule
    _check_extensions(data, stop, len(data) - size)


def _check_extensions(data: bytes, at: int, end: int) -> None:
    """Raise an error unless the rest consists of extensions that do not change the meaning of the entries.

    The name of a mandatory extension begins with a lower-case letter, such as `link` of a split index.
    """
    while at < end:
        name = data[at : at + 4]
        if not name[:1].isupper() and name != _SPARSE:
            raise ValueError("an unknown extension")
        at += 8 + _number(data, at + 4)
    if at != end:
        raise ValueError("cut off")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4])


def _offset(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """A variable-length number, in groups of seven bits, and the position after it; at most `limit`."""
    number = data[at] & 0x7F
    while data[at] & 0x80 and number <= limit:
        at += 1
        number = (number + 1 << 7) + (data[at] & 0x7F)
    if number > limit:
        raise ValueError("a name that shares more than there is")
    return number, at + 1


def _first_from(names: Sequence[bytes], least: bytes) -> bytes:
    """The first of the sorted names that is not less than `least`; empty when there is none."""
    place = bisect_left(names, least)
    return names[place] if place < len(names) else b""
