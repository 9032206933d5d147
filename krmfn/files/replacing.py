"""A file read, and put in the place of what was read: as a whole or not at all, and only if nobody else wrote to it."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files.signals import put_off
from krmfn.krm import opening

_TEMPORARY = ".krmfn-"
"""How the name of a temporary file begins, in the folder of the file itself: a rename reaches no further."""


class Snapshot(NamedTuple):
    """By what to tell whether a file is still as it was read; its data would double what a large file takes."""

    digest: bytes
    status: os.stat_result


def read(file: Path) -> tuple[bytes, Snapshot]:
    """Read an absolute path that is no link; raise `InputError` that says why it cannot be."""
    try:
        with opening.open_regular(file) as stream:
            data = opening.read_all(stream, opening.MANIFESTS)
            return data, Snapshot(sha256(data).digest(), os.fstat(stream.fileno()))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None


def replace(file: Path, before: Snapshot, parts: Iterable[bytes]) -> None:
    """Put some parts of data in the place of what `before` has of an absolute path that is no link.

    The new file has the mode, owner and extended attributes of the old one, and is on disk before it gets the name; so
    whenever the machine stops, the one or the other is there, whole. Signals that end krmfn wait until it is done; only
    SIGKILL can leave a temporary file behind, which no later run looks at, since its name has no suffix.

    Raises:
        InputError: the file or its folder is read-only, it has other names too (hard links), its owner cannot be kept,
            it has changed since it was read, or there is no room. It is as it was then.
    """
    _check_unchanged(file, before)
    if not before.status.st_mode & 0o222 or not os.access(file, os.W_OK):
        raise InputError("is read-only: make it writable, or leave it out")
    if before.status.st_nlink > 1:
        raise InputError(
            f"has {before.status.st_nlink} names (hard links), and replacing it would part them: "
            "`krmfn < FILE` prints what should be in it"
        )

    def take_over(descriptor: int) -> None:
        _like(before.status, file, descriptor)

    def check() -> None:
        _check_unchanged(file, before)

    _exchange(file, parts, take_over, check)


def write(file: Path, data: bytes) -> None:
    """Write a file of krmfn's own, whole, or leave what is there; raise `InputError` that says why it cannot be.

    What is there keeps its mode; where it is a link, the file that the link leads to is written.
    """
    real = Path(os.path.realpath(file))
    try:
        status = real.stat()
    except OSError:  # what else is wrong than that nothing is there, the attempt tells
        status = None
    if status and not stat.S_ISREG(status.st_mode):
        raise InputError("is there and is no regular file; nothing was written")
    umask = os.umask(0)
    os.umask(umask)
    mode = stat.S_IMODE(status.st_mode) if status else 0o666 & ~umask
    if not mode & 0o222:
        raise InputError("is read-only: make it writable, or name another file")
    _exchange(real, [data], lambda descriptor: os.fchmod(descriptor, mode), lambda: None)


def _exchange(file: Path, parts: Iterable[bytes], prepare: Callable[[int], None], check: Callable[[], None]) -> None:
    """Write a temporary file, `prepare` it by its descriptor, and give it the name of `file` unless `check` raises."""
    with put_off():
        _replace(file, parts, prepare, check)
    _sync_folder(file.parent)


def _replace(file: Path, parts: Iterable[bytes], prepare: Callable[[int], None], check: Callable[[], None]) -> None:
    try:
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=file.parent)
    except OSError as error:
        raise InputError(f"cannot be replaced, since its folder takes no new file: {error.strerror}") from None
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            prepare(descriptor)
            os.fsync(descriptor)
        check()
        temporary.replace(file)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(f"cannot be written: {error.strerror}; it is as it was") from None
        raise


def _like(status: os.stat_result, file: Path, descriptor: int) -> None:
    """Give an open file owner, mode and extended attributes of another one."""
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        except PermissionError:
            raise InputError("cannot be replaced, since it would lose its owner or group") from None
    if hasattr(os, "listxattr"):  # access lists are among them; not every file system has any
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(file):
                os.setxattr(descriptor, attribute, os.getxattr(file, attribute))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))  # after the owner, whose change takes bits away


def _check_unchanged(file: Path, before: Snapshot) -> None:
    """Raise `InputError` when the file is not the one that was read any more, or holds something else."""
    try:
        with opening.open_regular(file) as stream:
            now = Snapshot(file_digest(stream, "sha256").digest(), os.fstat(stream.fileno()))
    except (OSError, InputError):
        now = None
    if now is None or (now.status.st_dev, now.status.st_ino) != (before.status.st_dev, before.status.st_ino):
        raise InputError("was replaced or removed while krmfn worked on it: left as it is now, run krmfn again")
    if now.digest != before.digest:
        raise InputError("was changed while krmfn worked on it: left as it is now, run krmfn again")


def _sync_folder(folder: Path) -> None:
    # Not every file system can; the file itself is on disk, under the one name or the other.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
