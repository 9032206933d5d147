"""Read a file, and replace it as a whole or not at all, and only if nobody has written to it since."""

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
"""The prefix of temporary files. They are in the folder of the file, because a rename needs the same file system."""


class Snapshot(NamedTuple):
    """Data to check that a file is unchanged. A digest, because keeping the file's data would double the memory."""

    digest: bytes
    status: os.stat_result


def read(file: Path) -> tuple[bytes, Snapshot]:
    """Read the file at an absolute path that is not a link; raise `InputError` when it cannot be read."""
    try:
        with opening.open_regular(file) as stream:
            data = opening.read_all(stream, opening.MANIFESTS)
            return data, Snapshot(sha256(data).digest(), os.fstat(stream.fileno()))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None


def replace(file: Path, before: Snapshot, parts: Iterable[bytes]) -> None:
    """Replace the file at an absolute path that is not a link by `parts`, if it is still as in `before`.

    The new file has the mode, owner and extended attributes of the old one. It is on disk before it gets the name, so
    even if the machine stops, either the old or the new file is there, whole. Signals that end krmfn wait until the
    replacement is done. Only SIGKILL can leave a temporary file behind; later runs ignore it, because its name has no
    suffix.

    Raises:
        InputError: the file or its folder is read-only, the file has other names too (hard links), its owner cannot be
            kept, it has changed since it was read, or the disk is full. The file is then left as it is.
    """
    _check_unchanged(file, before)
    if not before.status.st_mode & 0o222 or not os.access(file, os.W_OK):
        raise InputError("is read-only: make it writable, or exclude it")
    if before.status.st_nlink > 1:
        raise InputError(
            f"has {before.status.st_nlink} names (hard links), and replacing it would change only one: "
            "`krmfn < FILE` prints the content that it should have"
        )

    def take_over(descriptor: int) -> None:
        _like(before.status, file, descriptor)

    def check() -> None:
        _check_unchanged(file, before)

    _exchange(file, parts, take_over, check)


def write(file: Path, data: bytes) -> None:
    """Write an output file as a whole; raise `InputError` when that fails, and leave an existing file unchanged.

    An existing file keeps its mode; if it is a link, the target of the link is written.
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
    """Write a temporary file, `prepare` it by its descriptor, and rename it to `file` unless `check` raises."""
    with put_off():
        _replace(file, parts, prepare, check)
    _sync_folder(file.parent)


def _replace(file: Path, parts: Iterable[bytes], prepare: Callable[[int], None], check: Callable[[], None]) -> None:
    try:
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=file.parent)
    except OSError as error:
        raise InputError(f"cannot be replaced, because its folder accepts no new file: {error.strerror}") from None
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
            raise InputError(f"cannot be written: {error.strerror}; it is unchanged") from None
        raise


def _like(status: os.stat_result, file: Path, descriptor: int) -> None:
    """Give an open file the owner, mode and extended attributes of `file`, whose status is `status`."""
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        except PermissionError:
            raise InputError("cannot be replaced, because it would lose its owner or group") from None
    if hasattr(os, "listxattr"):  # they include access lists; not every file system supports them
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(file):
                os.setxattr(descriptor, attribute, os.getxattr(file, attribute))
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))  # after the owner, because changing the owner clears mode bits


def _check_unchanged(file: Path, before: Snapshot) -> None:
    """Raise `InputError` when the file has been replaced or has changed since it was read."""
    try:
        with opening.open_regular(file) as stream:
            now = Snapshot(file_digest(stream, "sha256").digest(), os.fstat(stream.fileno()))
    except (OSError, InputError):
        now = None
    if now is None or (now.status.st_dev, now.status.st_ino) != (before.status.st_dev, before.status.st_ino):
        raise InputError("was replaced or removed while krmfn worked on it: krmfn left it alone, run it again")
    if now.digest != before.digest:
        raise InputError("was changed while krmfn worked on it: krmfn left it alone, run it again")


def _sync_folder(folder: Path) -> None:
    # Not every file system supports this. The file itself is on disk already, under its old or its new name.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
