"""A program run to its end for its output.

It stays in krmfn's process group: at a timeout Argo CD kills krmfn at once, so only the signals to the group, SIGTERM
and five seconds later SIGKILL, can end the program and what that has started.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from types import FrameType

from krmfn.errors import InputError

_GRACE = 2
"""Seconds a program has to end itself when krmfn is told to end."""


class _Terminated(BaseException):
    """SIGTERM came while a program was running."""


def output_of(command: Sequence[str]) -> bytes:
    """What `command` prints; raise `InputError` when it cannot be run, fails, or prints nothing.

    Its stderr is krmfn's own: nothing of it is lost when krmfn gets killed, and Argo CD logs it or shows it. Messages
    name the program only, since arguments may hold secrets. SIGTERM ends the program, and krmfn with it.
    """
    program = command[0]
    try:
        status, output = _run(command)
    except FileNotFoundError:
        raise InputError(
            f"{program} is not here: a program on PATH or a path to one is expected, its interpreter included"
        ) from None
    except OSError as error:
        raise InputError(f"{program} cannot be run: {error.strerror}") from None
    if status < 0:
        raise InputError(f"{program} was killed by {_name(-status)}")
    if status:
        raise InputError(f"{program} failed with exit code {status}")
    if not output.strip():
        raise InputError(f"{program} printed nothing, and Argo CD would delete what the application has")
    return output


def _run(command: Sequence[str]) -> tuple[int, bytes]:
    process: subprocess.Popen[bytes] | None = None
    came_early = False

    def terminate(_number: int, _frame: FrameType | None) -> None:
        nonlocal came_early
        came_early = True
        if process is not None:  # while it is being started nobody could end it
            raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if came_early:
            raise _Terminated
        output, _ = process.communicate()
        return process.returncode, output
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if process is not None:
            _end(process)
        if isinstance(error, _Terminated):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)
            raise SystemExit(128 + signal.SIGTERM) from None  # the first process of a container survives the signal
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program: kindly first, since programs that fetch things leave files behind otherwise."""
    if os.getpgrp() == os.getpid():  # a group of krmfn's own, as Argo CD makes it; krmfn ignores the signal by now
        os.killpg(0, signal.SIGTERM)
    else:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    process.kill()
    process.wait()


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
