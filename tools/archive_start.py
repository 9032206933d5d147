"""The entry point of an archive made by `archive.py`: unpack it once, and start the unpacked krmfn.

Compiled modules cannot be imported from a zip file. So the first start unpacks all packages, with the compiled modules
for this Python, into a folder of a cache. Its name depends on the contents and on Python; later starts use it.
"""

# An old Python must be able to print the message that it is too old: no syntax newer than 3.6 in this file.

import contextlib
import errno
import os
import stat
import sys
from importlib.machinery import EXTENSION_SUFFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST = "digest"
PACKAGES = "packages/"
VARIABLE = "KRMFN_CACHE"
FAILED = 1


class Unusable(Exception):
    """A folder or a Python that cannot be used."""


def main() -> int:
    """Start krmfn, which ends the process; return the exit code if it cannot be started."""
    try:
        if sys.version_info < (3, 11):
            raise Unusable(f"needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}")
        folder = sys.path[0] = packages(os.path.dirname(__file__))
        try:
            from krmfn.cli import program
        except ImportError as error:
            # The file system forbids to load compiled modules, or someone has deleted a part of the folder.
            raise Unusable(f"{folder}: {error}; remove it, or name another folder in {VARIABLE}") from None
    except Unusable as error:
        tell(f"krmfn.pyz: error: {error}\n")
        return FAILED
    return program()


def tell(line: str) -> None:
    """Write a message where krmfn writes its messages: to stderr, and to the file that a variable names."""
    sys.stderr.write(line)
    with contextlib.suppress(OSError, KeyError), open(os.environ["KRMFN_LOG"], "a") as log:
        log.write(line)


def packages(archive: str) -> str:
    """The folder with the packages of the archive; unpacks them if necessary."""
    digest: bytes = __loader__.get_data(os.path.join(archive, DIGEST))  # type: ignore[name-defined]
    name = f"{digest.decode()}-{target(EXTENSION_SUFFIXES[0])}"
    refusals = []
    for cache, is_named in caches():
        try:
            mode = mode_of_new(is_named)
            make(cache, mode)
            check_way(cache)
            folder = os.path.join(cache, name)
            if not os.path.lexists(folder):
                unpack(archive, cache, folder, mode)
            check_code(folder)
            return folder
        except OSError as error:
            refusals.append(f"{error.filename if is_refusal(error) else cache}: {error.strerror or error}")
    raise Unusable(f"nowhere to unpack to ({'; '.join(refusals)}); name a writable folder of your own in {VARIABLE}")


def caches() -> "Iterator[tuple[str, bool]]":
    """The folders to try in turn, each with whether the user has named it, perhaps to fill it for other users.

    Links are resolved here, once, so that nobody can redirect them after the checks.
    """
    named = os.environ.get(VARIABLE)
    if named:
        # Only this folder.
        yield os.path.realpath(named), True
        return
    home = os.path.expanduser("~")
    if os.path.isdir(home):  # system users often have none; do not create it
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
        yield os.path.realpath(os.path.join(base, "krmfn")), False
    if hasattr(os, "getuid"):
        import tempfile

        try:
            # Do not follow a link of that name, which any user could have made.
            yield os.path.join(os.path.realpath(tempfile.gettempdir()), f"krmfn-{os.getuid()}"), False
        except FileNotFoundError as error:
            raise Unusable(f"{error.strerror}; name one in {VARIABLE}") from None


# Whoever can write to the code, or to a folder above it, can make its user run anything. So each start checks owners
# and modes: a folder may be from another user, or from an older archive.


def mode_of_new(may_be_for_others: bool) -> int:
    """The mode of a new folder: private, or readable for other users if the user has named the folder.

    Private if the umask lets others write: Python adds folders of bytecode later, with only the umask.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o755 & ~mask if may_be_for_others and mask & 0o022 == 0o022 else 0o700


def make(folder: str, mode: int) -> None:
    """Make a folder and its missing parents."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another start was faster; the owner is checked later
            os.mkdir(path, mode)


def check_way(cache: str) -> None:
    """Raise `OSError` unless nobody else can write to the cache, or put another one in its place."""
    check(cache, os.lstat(cache), is_folder=True)
    above = os.path.dirname(cache)
    while above != cache:
        status = os.lstat(above)
        # In a sticky folder, such as /tmp, other users can replace only their own entries.
        check(above, status, is_folder=True, others_may=bool(status.st_mode & stat.S_ISVTX))
        above, cache = os.path.dirname(above), above


def check_code(folder: str) -> None:
    """Raise `OSError` unless nobody else can write to the folder or to anything in it."""
    status = os.lstat(folder)
    check(folder, status, is_folder=True)
    is_closed = not status.st_mode & 0o077  # other users cannot reach its entries, whatever their modes
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                check(entry.path, entry.stat(follow_symlinks=False), is_folder, others_may=is_closed)
                if is_folder:
                    folders.append(entry.path)


def check(path: str, status: os.stat_result, is_folder: bool, others_may: bool = False) -> None:
    """Raise `OSError` unless a folder or file belongs to this user or root, and no other user may write to it."""
    if not (stat.S_ISDIR if is_folder else stat.S_ISREG)(status.st_mode):
        raise refusal(path, "is no folder" if is_folder else "is no file")
    if not hasattr(os, "getuid"):
        return
    # In a rootless container, root may have another number; the owner of / can do anything.
    if status.st_uid not in (os.getuid(), 0, os.lstat("/").st_uid):
        raise refusal(path, "belongs to another user")
    if status.st_mode & 0o022 and not others_may:
        raise refusal(path, "other users can write to it")


def refusal(path: str, why: str) -> OSError:
    """An error for which `is_refusal` is true."""
    return PermissionError(errno.EPERM, why, path)


def is_refusal(error: OSError) -> bool:
    """Whether the error is from `refusal`, perhaps about another path than the cache."""
    return error.errno == errno.EPERM and error.filename is not None


def unpack(archive: str, cache: str, folder: str, mode: int) -> None:
    """Unpack the packages for this Python into a folder, completely or not at all, also with concurrent starts."""
    import shutil
    import tempfile
    from zipfile import ZipFile

    with ZipFile(archive) as file:
        names = [name for name in file.namelist() if name.startswith(PACKAGES)]
        compiled = {name: suffix(name) for name in names if name.endswith((".so", ".pyd"))}
        if not set(compiled.values()) & set(EXTENSION_SUFFIXES):
            targets = ", ".join(sorted({target(value) for value in compiled.values()}))
            raise Unusable(f"{sys.executable} is {target(EXTENSION_SUFFIXES[0])}; this archive is for {targets}")
        work = tempfile.mkdtemp(prefix=".krmfn-", dir=cache)
        try:
            mask = os.umask(0o022)
            try:
                file.extractall(work, [n for n in names if n not in compiled or compiled[n] in EXTENSION_SUFFIXES])
            finally:
                os.umask(mask)
            os.chmod(os.path.join(work, PACKAGES), mode)  # mkdtemp makes private folders
            os.rename(os.path.join(work, PACKAGES), folder)
        except OSError:
            # Another start was faster and has written the same.
            if not os.path.isdir(folder):
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)


def suffix(name: str) -> str:
    """`.cpython-311-x86_64-linux-gnu.so` of `…/_yaml.cpython-311-x86_64-linux-gnu.so`."""
    return "." + name.rpartition("/")[2].partition(".")[2]


def target(suffix: str) -> str:
    """The Python and platform in a suffix: `cpython-311-x86_64-linux-gnu`."""
    return suffix.split(".")[1]


if __name__ == "__main__":
    sys.exit(main())
