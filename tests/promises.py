"""The judge of SECURITY.md: what a run of krmfn did, by Python's audit events, against what it may do.

Python tells of its own functions only: what a compiled library does by itself it does not see.
"""

import fnmatch
import json
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import hosts

MARKER = "m4rker"
"""Stands in all that krmfn gets to read, and in nothing that is installed; the recorder knows it too."""
RECORDER = Path(__file__).parent / "recorder"
# Where Python looks for its own library, and what is installed.
_INSTALLED = [
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(path for path in sys.path if path.endswith(".zip")),
]
_LIBRARIES = (*_INSTALLED, str(RECORDER))
_KRMFN = str(hosts.SOURCES / "krmfn")
_NETWORK = re.compile(r"(socket|ssl|urllib|http|ftplib|imaplib|nntplib|poplib|smtplib|telnetlib)\.")
_PROGRAMS = re.compile(r"subprocess\.|fork_exec|os\.(system|exec|posix_spawn|spawn|fork|startfile)|pty\.|webbrowser\.")
_WRITES = re.compile(
    r"os\.(rename|remove|mkdir|rmdir|link|symlink|truncate|utime|chmod|chown|chflags|setxattr|removexattr)"
    r"|shutil\.|tempfile\.|sqlite3\."
)
_HANDED = re.compile(r"(krmfn|concurrent\.futures|multiprocessing)\.|(collections|pathlib(\._local)?)$")
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Event(NamedTuple):
    """What a process did: an audit event, the file of the code that did it, and the folder that it was in."""

    event: str
    arguments: list[Any]
    caller: str
    folder: str

    @property
    def paths(self) -> list[str]:
        """The paths among its arguments, absolute and without links above; a descriptor is none."""
        paths = self.arguments[: 1 if self.event == "open" else 2]
        joined = (Path(self.folder, text) for text in paths if isinstance(text, str))
        return [str(Path(os.path.realpath(path.parent), path.name)) for path in joined]

    @property
    def writes(self) -> bool:
        """Whether it opens a file to write, or changes a folder."""
        if self.event == "open":
            _, mode, flags = self.arguments
            return bool(set(mode or "") & set("wax+") or (flags or 0) & _TO_WRITE)
        return _WRITES.match(self.event) is not None


class Allowed(NamedTuple):
    """What a run may do besides reading its input and writing to its streams.

    Attributes:
        bytecode: the folder that Python keeps bytecode in.
        reads: what it may read, as globs, besides what is installed.
        writes: what it may write, as globs.
        programs: the programs that it may run.
        processes: whether it may start more processes of krmfn.
        scripts: folders whose code counts as krmfn's own.
    """

    bytecode: str
    reads: Sequence[str]
    writes: Sequence[str] = ()
    programs: Sequence[str] = ()
    processes: bool = False
    scripts: Sequence[str] = ()


class Verdict(NamedTuple):
    """What a run did: what is not allowed, each by the name of its guard, and what is.

    Attributes:
        breaches: what is not allowed.
        wrote: whether it wrote what it may.
        started: the programs that it started.
        processes: how many processes of Python there were.
    """

    breaches: list[str]
    wrote: bool
    started: set[str]
    processes: int


def judge(record: Path, allowed: Allowed) -> Verdict:
    """What the recorder wrote about a run, judged."""
    first, *events = [Event(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]
    assert first.event == "start"
    return Verdict(
        [f"{name}: {event}" for event in events for name, guard in GUARDS.items() if guard(event, allowed)],
        any(_matches(path, allowed.writes) for event in events if event.writes for path in event.paths),
        {event.arguments[0][0] for event in events if event.event == "fork_exec"},
        1 + sum(event.event == "start" for event in events),
    )


def _network(event: Event, _: Allowed) -> bool:
    return _NETWORK.match(event.event) is not None


def _programs(event: Event, allowed: Allowed) -> bool:
    if event.event == "start":
        return not (allowed.processes and _is_worker(event.arguments[0]))
    if not _PROGRAMS.match(event.event):
        return False
    if event.event not in ("fork_exec", "subprocess.Popen"):
        return True
    command = event.arguments[int(event.event == "subprocess.Popen")]
    return command[0] not in allowed.programs and not (allowed.processes and _is_worker(command))


def _is_worker(command: Sequence[str]) -> bool:
    """Whether a command line is that of a process that Python's own multiprocessing starts."""
    return (
        Path(command[0]).parent == Path(sys.executable).parent and "-c" in command and "multiprocessing" in command[-1]
    )


def _writes(event: Event, allowed: Allowed) -> bool:
    mine = (*allowed.writes, f"{allowed.bytecode}/*", os.devnull)
    return event.writes and not all(_matches(path, mine) for path in event.paths)


def _reads(event: Event, allowed: Allowed) -> bool:
    if event.event != "open" or event.writes:
        return False
    return not all(_is_installed(path, allowed) or _matches(path, (*allowed.reads, os.devnull)) for path in event.paths)


def _code(event: Event, allowed: Allowed) -> bool:
    match event.event:
        case "compile":
            source, file = event.arguments
            marked = MARKER in json.dumps(source) or (isinstance(source, dict) and source["marked"])
        case "exec":
            file, marked = event.arguments[0]["file"], event.arguments[0]["marked"]
        case "cpython.run_file":
            file, marked = event.arguments[0], False
        case "code.__new__" | "cpython.run_stdin":
            return True
        case _:
            return False
    if marked:
        return True
    if isinstance(file, str) and not file.startswith("<"):
        return not _is_installed(file, allowed)
    # Libraries make code in memory, such as the methods of a dataclass; krmfn does not.
    return not (
        event.caller.startswith("<frozen ") or _is_below(event.caller, _LIBRARIES) or _is_spawned(event, allowed)
    )


def _is_spawned(event: Event, allowed: Allowed) -> bool:
    """Whether it is the command line of a worker, which nothing calls."""
    return allowed.processes and not event.caller


def _pickles(event: Event, allowed: Allowed) -> bool:
    # Processes of krmfn hand each other plans and reports.
    return event.event == "pickle.find_class" and not (allowed.processes and _HANDED.match(event.arguments[0]))


def _libraries(event: Event, allowed: Allowed) -> bool:
    if event.event == "import" and event.arguments[1]:
        return not _is_installed(event.arguments[1], allowed)
    if event.event.startswith("marshal."):
        return not event.caller.startswith("<frozen importlib.")
    # `krmfn cmp` asks the C library, which Python has loaded, for one function.
    return event.event == "ctypes.dlopen" and not (allowed.programs and event.arguments == [None])


def _is_installed(path: str, allowed: Allowed) -> bool:
    own = (_KRMFN, str(Path(sysconfig.get_path("scripts"), "krmfn")), str(Path(sys.prefix, "pyvenv.cfg")))
    return _is_below(path, (*_LIBRARIES, *own, *allowed.scripts, allowed.bytecode))


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(_real(path).is_relative_to(_real(folder)) for folder in folders)


@cache
def _real(path: str) -> Path:
    return Path(path).resolve()


def _matches(path: str, globs: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(path, glob) for glob in globs)


GUARDS: dict[str, Callable[[Event, Allowed], bool]] = {
    "network": _network,
    "programs": _programs,
    "writes": _writes,
    "reads": _reads,
    "code": _code,
    "pickles": _pickles,
    "libraries": _libraries,
}
"""Whether an event breaks a promise, by the name of the promise."""
