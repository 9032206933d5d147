"""Run a program and collect its output, within limits of time and size.

The program stays in krmfn's process group. At a timeout Argo CD kills krmfn at once, so only the signals to the group,
SIGTERM and five seconds later SIGKILL, can end the program and the processes that it has started.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType
from typing import NamedTuple

from krmfn.commands.cmp import offspring
from krmfn.errors import InputError

_CHUNK = 1 << 16


class Limits(NamedTuple):
    """How many seconds a program may run, and how many bytes it may print; 0 is no limit."""

    seconds: float = 0
    size: int = 0


class _Terminated(BaseException):
    """SIGTERM came while a program was running."""


def output_of(command: Sequence[str], limits: Limits) -> bytes:
    """Return what `command` prints.

    The program writes to krmfn's own stderr, so that nothing is lost if krmfn is killed; Argo CD logs or shows it.
    Messages name only the program, because arguments may hold secrets. SIGTERM ends the program and krmfn.

    Raises:
        InputError: the command cannot be run, fails, prints nothing or exceeds the limits.
    """
    program = command[0]
    try:
        status, output = _run(command, limits)
    except FileNotFoundError:
        raise InputError(
            f"{program}: command not found: it must be on PATH or a path to a program, and its interpreter must exist"
        ) from None
    except OSError as error:
        raise InputError(f"{program} cannot be run: {error.strerror}") from None
    if status < 0:
        raise InputError(f"{program} was killed by {_name(-status)}")
    if status:
        raise InputError(f"{program} failed with exit code {status}")
    if not output.strip():
        raise InputError(f"{program} printed nothing: Argo CD would delete all resources of the application")
    return output


def _run(command: Sequence[str], limits: Limits) -> tuple[int, bytes]:
    process: subprocess.Popen[bytes] | None = None
    came_early = False

    def terminate(_number: int, _frame: FrameType | None) -> None:
        nonlocal came_early
        came_early = True
        if process is not None:  # before that, nothing could end the program that is being started
            raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        offspring.adopt()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if came_early:
            raise _Terminated
        return _finish(process, command[0], limits)
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if process is not None:
            offspring.end(process)
        if isinstance(error, _Terminated):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)
            raise SystemExit(128 + signal.SIGTERM) from None  # the first process of a container survives the signal
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _finish(process: subprocess.Popen[bytes], program: str, limits: Limits) -> tuple[int, bytes]:
    """The exit code and the output of a process; raise `InputError` at a limit."""
    deadline = time.monotonic() + limits.seconds if limits.seconds else None
    try:
        output = _read(process, program, limits.size, deadline)
        return process.wait(None if deadline is None else _left(deadline)), output
    except (TimeoutError, subprocess.TimeoutExpired):
        what = "did not end" if process.poll() is None else "ended, but a process that it had started kept its output"
        raise InputError(
            f"{program} {what} within {limits.seconds:g} seconds, so krmfn ended it and all that it had started: "
            "`--timeout SECONDS` allows more time; Argo CD's own timeouts must allow it too"
        ) from None


def _read(process: subprocess.Popen[bytes], program: str, size: int, deadline: float | None) -> bytes:
    """All that a process prints; raise `InputError` if it is too much, `TimeoutError` if it takes too long."""
    assert process.stdout is not None
    data = bytearray()
    with process.stdout as stream:
        poll = select.poll()
        poll.register(stream)
        while poll.poll(None if deadline is None else 1000 * _left(deadline)):
            chunk = os.read(stream.fileno(), _CHUNK)
            if not chunk:
                return bytes(data)
            data += chunk
            if size and len(data) > size:
                raise InputError(
                    f"{program} printed more than {size:,} bytes, so krmfn ended it: `--max-output SIZE` allows "
                    "more; Argo CD's ARGOCD_GRPC_MAX_SIZE_MB must allow it too"
                )
    raise TimeoutError


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
