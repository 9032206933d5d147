"""Open files that the user has not named: only regular files, inside a tree, and bounded in size.

In CI, whoever opens a pull request decides what is in a tree. A named pipe would block, a device would never end,
and a link could lead to any file of the machine.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from krmfn.errors import InputError

SUFFIXES = (".yaml", ".yml", ".json")
"""The suffixes of files that may contain manifests."""
PATTERNS = CONFIG = 1 << 20
"""The maximum size of an ignore file and of a `krmfn.yaml`, in bytes."""
KUSTOMIZATION = 4 << 20
"""The maximum size of a kustomization and of the files that it names, in bytes."""
INDEX = 128 << 20
"""The maximum size of the index of a Git repository, and of the names in it, in bytes: enough for a million files."""
MANIFESTS = 256 << 20
"""The maximum size of a file with manifests or definitions, in bytes; its tree needs several times that memory."""

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
)
# Their files look regular, but some block or never end.
_PSEUDO = frozenset({"proc", "sys"})
_FLAGS = os.O_RDONLY
for _name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_NOFOLLOW", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


def is_folder(path: Path) -> bool:
    """Whether a folder is there, as far as anybody can tell.

    That of `Path` raises for a name that is too long, and for one in a folder that is closed to the user.
    """
    return _is(path, stat.S_ISDIR)


def is_file(path: Path) -> bool:
    """The same for a regular file."""
    return _is(path, stat.S_ISREG)


def _is(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):  # the latter for a null byte
        return False


def open_regular(file: Path) -> BufferedReader:
    """Open a regular file for reading.

    Raises:
        OSError: it does not exist, is a folder, or cannot be opened.
        InputError: it is not a regular file, or a link.
    """
    before = os.lstat(file)
    _check(before)
    descriptor = os.open(file, _FLAGS)
    try:
        now = os.fstat(descriptor)
        _check(now)  # a new file can reuse the inode number of a removed one
        if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
            raise InputError("was replaced while krmfn opened it: run krmfn again")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        # If a signal arrives directly after the stream is made, the stream has already closed the descriptor.
        with suppress(OSError):
            os.close(descriptor)
        raise


def read_all(stream: BufferedReader, limit: int) -> bytes:
    """The content of an open file; raise `InputError` if it has more than `limit` bytes."""
    size = os.fstat(stream.fileno()).st_size
    # Python reserves as many bytes as it is asked for, so only a file that has grown is read up to the limit.
    data = stream.read(size + 1) if size <= limit else b""
    if size < len(data) <= limit:
        data += stream.read(limit + 1 - len(data))
    if max(size, len(data)) > limit:
        raise InputError(f"is larger than {_shown(limit)} ({size:,} bytes), the most that krmfn reads of such a file")
    return data


def below(folder: Path, hidden: bool = True) -> Iterator[Path]:
    """All entries in and below a folder except folders, in no order. Links are included and not followed.

    A folder that does not exist has no entries.

    Args:
        folder: the folder.
        hidden: whether to include names that begin with a dot.

    Raises:
        InputError: a folder cannot be read.
    """
    stack = [folder]  # trees may be deeper than Python recurses
    while stack:
        here = stack.pop()
        try:
            with os.scandir(here) as found:
                entries = [entry for entry in found if hidden or not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise InputError(f"{here}: {error.strerror}") from None
        stack += (here / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        yield from (here / entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))


def read_inside(root: Path, file: Path, limit: int) -> bytes | None:
    """The bytes of a file in the tree below `root`, or None if it does not exist. Follows links inside the tree.

    Raises:
        InputError: it is not a regular file, is larger than `limit`, cannot be read, or is a link out of the tree. The
            message does not name the file.
    """
    return _read(root, file, limit)


def read_anywhere(file: Path, limit: int) -> bytes | None:
    """The same for a file that may be outside of the tree, such as Git's files for a worktree."""
    return _read(None, file, limit)


def _read(root: Path | None, file: Path, limit: int) -> bytes | None:
    try:
        os.lstat(file)  # fast, because most of these files do not exist
        real = file.resolve(strict=True)
        if root is not None and not real.is_relative_to(root.resolve()):
            raise InputError(f"leads to {real}, outside of {root}: krmfn follows links only inside; put a copy there")
        return _read_real(real, limit)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links in Python 3.11 and 3.12
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _read_real(real: Path, limit: int) -> bytes:
    if _PSEUDO.intersection(real.parts[1:2]):
        raise InputError(f"is in /{real.parts[1]}, and krmfn does not read files there")
    with open_regular(real) as stream:
        return read_all(stream, limit)


def _check(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "a device")
        raise InputError(f"is {kind}; a regular file is expected: replace or remove it")


def _shown(limit: int) -> str:
    return f"{limit >> 20} MiB"
