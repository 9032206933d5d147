"""What an archive made by `archive.py` runs first: it unpacks itself once, and starts the krmfn it unpacked.

Compiled modules cannot be imported from a zip file. So the first start puts all packages, and of the compiled modules
those that fit this Python, into a folder of a cache. Its name tells contents and Python apart; later starts find it.
"""

# A Python that is too old has to get as far as being told so: no syntax here that is newer than 3.6.

import os
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
        sys.stderr.write(f"krmfn.pyz: error: {error}\n")
        return FAILED
    return krmfn()


def packages(archive: str) -> str:
    """The folder with the packages of the archive, which are unpacked when they are in none yet."""
    digest: bytes = __loader__.get_data(os.path.join(archive, DIGEST))  # type: ignore[name-defined]
    name = f"{digest.decode()}-{target(EXTENSION_SUFFIXES[0])}"
    refusals = []
    for cache, is_shared in caches():
        try:
            if is_shared:
                take(cache)
            folder = os.path.join(cache, name)
            if not os.path.isdir(folder):
                unpack(archive, cache, folder)
            return folder
        except OSError as error:
            refusals.append(f"{cache}: {error.strerror or error}")
    raise Unusable(f"nowhere to unpack to ({'; '.join(refusals)}); name a writable folder in {VARIABLE}")


def caches() -> "Iterator[tuple[str, bool]]":
    """The folders to try in turn, and whether each stands among those of others."""
    named = os.environ.get(VARIABLE)
    if named:
        # There and nowhere else.
        yield os.path.abspath(named), False
        return
    home = os.path.expanduser("~")
    if os.path.isdir(home):  # of nobody it often is not; to make it is not ours
        yield os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "krmfn"), False
    if hasattr(os, "getuid"):
        import tempfile

        try:
            yield os.path.join(tempfile.gettempdir(), f"krmfn-{os.getuid()}"), True
        except FileNotFoundError as error:
            raise Unusable(f"{error.strerror}; name one in {VARIABLE}") from None


def take(folder: str) -> None:
    """Make a folder beside those of others ours. Who got there first could have us run what is in it: OSError then."""
    import stat

    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        status = os.lstat(folder)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise PermissionError(f"{folder} is there and not ours alone") from None


def unpack(archive: str, cache: str, folder: str) -> None:
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
        os.makedirs(cache, exist_ok=True)
        work = tempfile.mkdtemp(prefix=".krmfn-", dir=cache)
        try:
            file.extractall(work, [n for n in names if n not in compiled or compiled[n] in EXTENSION_SUFFIXES])
            # mkdtemp lets nobody else in; a folder that someone fills for others is to be read by them.
            os.chmod(os.path.join(work, PACKAGES), 0o777 & ~umask())
            os.rename(os.path.join(work, PACKAGES), folder)
        except OSError:
            # Somebody else was faster, and has put the same there.
            if not os.path.isdir(folder):
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)


def umask() -> int:
    """The permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def suffix(name: str) -> str:
    """`.cpython-311-x86_64-linux-gnu.so` of `…/_yaml.cpython-311-x86_64-linux-gnu.so`."""
    return "." + name.rpartition("/")[2].partition(".")[2]


def target(suffix: str) -> str:
    """The Python and platform in it: `cpython-311-x86_64-linux-gnu`."""
    return suffix.split(".")[1]


if __name__ == "__main__":
    sys.exit(main())
