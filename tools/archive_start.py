"""What an archive made by `archive.py` runs first: it unpacks itself once, and starts the krmfn it unpacked.

Compiled modules cannot be imported from a zip file. So the first start puts all packages, and of the compiled modules
those that fit this Python, into a folder of a cache. Its name tells contents and Python apart; later starts find it.
"""

# A Python that is too old has to get as far as being told so: no syntax here that is newer than 3.6.

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
    """A folder, or a Python, with which it cannot go on."""


def main() -> int:
    """Start krmfn; return its exit code."""
    try:
        if sys.version_info < (3, 11):
            raise Unusable(f"needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}")
        folder = sys.path[0] = packages(os.path.dirname(__file__))
        try:
            from krmfn.cli import main as krmfn
        except ImportError as error:
            # A file system that lets no compiled module be loaded, or someone who has tidied up a part.
            raise Unusable(f"{folder}: {error}; remove it, or name another folder in {VARIABLE}") from None
    except Unusable as error:
        tell(f"krmfn.pyz: error: {error}\n")
        return FAILED
    return krmfn()


def tell(line: str) -> None:
    """Write a message where krmfn writes its own: to stderr, and to the file that a variable names."""
    sys.stderr.write(line)
    with contextlib.suppress(OSError, KeyError), open(os.environ["KRMFN_LOG"], "a") as log:
        log.write(line)


def packages(archive: str) -> str:
    """The folder with the packages of the archive, which are unpacked when they are in none yet."""
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
    """The folders to try in turn, and whether the user has named it, perhaps to fill it for others.

    Links are followed here, once and for all, so that nobody can turn one elsewhere after the look at what is there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        # There and nowhere else.
        yield os.path.realpath(named), True
        return
    home = os.path.expanduser("~")
    if os.path.isdir(home):  # of nobody it often is not; to make it is not ours
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
        yield os.path.realpath(os.path.join(base, "krmfn")), False
    if hasattr(os, "getuid"):
        import tempfile

        try:
            # A link of that name, which anybody can make there, is not followed.
            yield os.path.join(os.path.realpath(tempfile.gettempdir()), f"krmfn-{os.getuid()}"), False
        except FileNotFoundError as error:
            raise Unusable(f"{error.strerror}; name one in {VARIABLE}") from None


# Who can write to the code, or to a folder on the way to it, can have its user run anything. Each start looks at owners
# and modes: a folder may be from somebody else, or from an older archive.


def mode_of_new(may_be_for_others: bool) -> int:
    """The mode of a new folder: only for us, or also to be read by those for whom somebody fills a folder.

    Not where the umask lets others write: Python adds folders of bytecode later, and has nothing but the umask.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o755 & ~mask if may_be_for_others and mask & 0o022 == 0o022 else 0o700


def make(folder: str, mode: int) -> None:
    """Make a folder, and what is missing above it."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another start was faster; whose it is is asked later
            os.mkdir(path, mode)


def check_way(cache: str) -> None:
    """Raise `OSError` unless nobody else can write to the cache, or put another one in its place."""
    check(cache, os.lstat(cache), is_folder=True)
    above = os.path.dirname(cache)
    while above != cache:
        status = os.lstat(above)
        # In a sticky folder, such as /tmp, the others can do that with what is theirs only.
        check(above, status, is_folder=True, others_may=bool(status.st_mode & stat.S_ISVTX))
        above, cache = os.path.dirname(above), above


def check_code(folder: str) -> None:
    """Raise `OSError` unless nobody else can write to the folder or to anything in it."""
    status = os.lstat(folder)
    check(folder, status, is_folder=True)
    is_closed = not status.st_mode & 0o077  # so that nobody else gets at what is in it, whatever its mode
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                check(entry.path, entry.stat(follow_symlinks=False), is_folder, others_may=is_closed)
                if is_folder:
                    folders.append(entry.path)


def check(path: str, status: os.stat_result, is_folder: bool, others_may: bool = False) -> None:
    """Raise `OSError` unless it is a folder, or else a file, of us or root, and nobody else can write to it or may."""
    if not (stat.S_ISDIR if is_folder else stat.S_ISREG)(status.st_mode):
        raise refusal(path, "is no folder" if is_folder else "is no file")
    if not hasattr(os, "getuid"):
        return
    # In a container of an ordinary user root may be another number; who owns / can do anything.
    if status.st_uid not in (os.getuid(), 0, os.lstat("/").st_uid):
        raise refusal(path, "belongs to another user")
    if status.st_mode & 0o022 and not others_may:
        raise refusal(path, "other users can write to it")


def refusal(path: str, why: str) -> OSError:
    """An error that `is_refusal` knows."""
    return PermissionError(errno.EPERM, why, path)


def is_refusal(error: OSError) -> bool:
    """Whether the error is one of ours, about another path than the cache itself perhaps."""
    return error.errno == errno.EPERM and error.filename is not None


def unpack(archive: str, cache: str, folder: str, mode: int) -> None:
    """Unpack the packages for this Python into a folder, wholly or not at all, whoever else does so meanwhile."""
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
            os.chmod(os.path.join(work, PACKAGES), mode)  # mkdtemp lets nobody else in
            os.rename(os.path.join(work, PACKAGES), folder)
        except OSError:
            # Somebody else was faster, and has put the same there.
            if not os.path.isdir(folder):
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)


def suffix(name: str) -> str:
    """`.cpython-311-x86_64-linux-gnu.so` of `…/_yaml.cpython-311-x86_64-linux-gnu.so`."""
    return "." + name.rpartition("/")[2].partition(".")[2]


def target(suffix: str) -> str:
    """The Python and platform in it: `cpython-311-x86_64-linux-gnu`."""
    return suffix.split(".")[1]


if __name__ == "__main__":
    sys.exit(main())
