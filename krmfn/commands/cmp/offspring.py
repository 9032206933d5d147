"""End a program and all processes that it has started, even if the processes in between have ended.

Signals to the process group are not enough: krmfn is in the group, and processes may have left it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

_GRACE = 2
"""How many seconds the processes get to end by themselves. Programs that fetch things clean up their files then."""
_PAUSE = 0.02
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_PROC = Path("/proc")


def adopt() -> None:
    """Become the parent of orphaned descendants, where the system supports it (Linux)."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes  # missing in some builds of Python

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it has started, first by SIGTERM, then by SIGKILL. krmfn must already ignore SIGTERM."""
    if process.stdout is not None:
        process.stdout.close()  # so that no process waits until somebody reads it
    if os.getpgrp() == os.getpid():  # krmfn leads its group, as Argo CD starts it
        os.killpg(0, signal.SIGTERM)
    _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline and _alive(process):
        time.sleep(_PAUSE)
    # New processes may start while others are being killed.
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
    """The ids of all running descendants of this process; none where there is no `/proc`."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in parentheses may contain any character, so split after the last parenthesis.
            state, parent, *_ = entry.read_text("latin-1").rpartition(")")[2].split()
            children[int(parent)].append(0 if state in "ZX" else int(entry.parent.name))
    found: list[int] = []
    below = [os.getpid()]
    while below:
        below = [pid for parent in below for pid in children[parent] if pid]
        found += below
    return found
