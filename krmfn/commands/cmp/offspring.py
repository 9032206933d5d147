"""A program ended together with all that it has started, whatever became of the processes in between.

Its process group alone would not do: krmfn is in it, and others may be.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

_GRACE = 2
"""Seconds that they have to end themselves: programs that fetch things leave files behind otherwise."""
_PAUSE = 0.02
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_PROC = Path("/proc")


def adopt() -> None:
    """Become the parent of what a child leaves behind, where the system can do that (Linux)."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes  # not every build of Python has it

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it has started: by SIGTERM first. krmfn has to ignore that signal by now."""
    if process.stdout is not None:
        process.stdout.close()  # nobody waits for room in it any more
    if os.getpgrp() == os.getpid():  # a group of krmfn's own, as Argo CD makes it
        os.killpg(0, signal.SIGTERM)
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline and _alive(process):
        time.sleep(_PAUSE)
    # While some are ended others may be started.
    for _ in range(100):
        if not _alive(process):
            break
        _signal(process, signal.SIGKILL)
        time.sleep(_PAUSE)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    for pid in descendants():
        if pid != process.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None or any(pid != process.pid for pid in descendants())


def descendants() -> list[int]:
    """The processes below this one that have not ended; none where the system does not tell."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may have any characters in it.
            state, parent, *_ = entry.read_text("latin-1").rpartition(")")[2].split()
            children[int(parent)].append(0 if state in "ZX" else int(entry.parent.name))
    found: list[int] = []
    below = [os.getpid()]
    while below:
        below = [pid for parent in below for pid in children[parent] if pid]
        found += below
    return found
