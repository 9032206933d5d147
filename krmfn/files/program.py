"""Run a program and collect its output, within limits of time and size; end it with all that it has started.

The program gets its own session: all that it starts is in its process group, only krmfn passes Ctrl-C on to it, and
git, without a terminal, cannot ask for a password.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

_CHUNK = 1 << 16
_SAID = 1 << 16
"""How many bytes at the end of stderr are kept."""
_PAUSE = 0.1
"""How many seconds to wait for output before checking the limits again."""
_GRACE = 2
"""How many seconds a program gets to end by itself. Programs that fetch things clean up their files then."""


class Limits(NamedTuple):
    """How many seconds a program may run, and how many bytes it may print; 0 is no limit."""

    seconds: float = 0
    size: int = 0


class Ended(NamedTuple):
    """The result of a program.

    Attributes:
        output: its stdout; empty when something went wrong.
        said: the end of its stderr.
        trouble: what went wrong, such as `failed with exit code 1`; empty when it succeeded.
    """

    output: bytes = b""
    said: bytes = b""
    trouble: str = ""


def run(command: Sequence[str], executable: str, limits: Limits, stop: threading.Event) -> Ended:
    """Run `executable` as `command` with an empty stdin; `stop` ends it early, from another thread."""
    try:
        process = subprocess.Popen(
            command,
            executable=executable,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return Ended(trouble=f"cannot be run: {error.strerror}")
    reading = _Reading(process)
    try:
        trouble = reading.to_the_end(limits, stop)
    finally:
        reading.end()
    said = bytes(reading.said)
    if not trouble and process.returncode:
        code = process.returncode
        trouble = f"failed with exit code {code}" if code > 0 else f"was killed by {_name(-code)}"
    return Ended(said=said, trouble=trouble) if trouble else Ended(b"".join(reading.output), said)


class _Reading:
    """A running program and its output so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.output: list[bytes] = []
        self.said = bytearray()
        self._process = process
        self._size = 0
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.stdout, selectors.EVENT_READ, self._add_output)
        self._selector.register(process.stderr, selectors.EVENT_READ, self._add_said)

    def to_the_end(self, limits: Limits, stop: threading.Event) -> str:
        """Read until the program has ended or exceeds a limit; return what went wrong, or ""."""
        deadline = time.monotonic() + limits.seconds if limits.seconds else float("inf")
        while not self._has_ended():
            if stop.is_set():
                return "was stopped because krmfn was"
            if time.monotonic() >= deadline:
                return f"did not end within {_seconds(limits.seconds)}: `--timeout SECONDS` allows more"
            if limits.size and self._size > limits.size:
                return f"printed more than {limits.size:,} bytes: `--max-output SIZE` allows more"
        return ""

    def end(self) -> None:
        """End the program and its process group if it still runs, and wait for it."""
        if self._process.returncode is None:
            # The program has not been waited for, so no other process group can have its id.
            self._signal(signal.SIGTERM)
            self.output.clear()
            deadline = time.monotonic() + _GRACE
            while self._selector.get_map() and time.monotonic() < deadline:
                self._read(keep=False)
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _has_ended(self) -> bool:
        """Read what is available, or wait a moment; return whether the program has ended."""
        if self._selector.get_map():
            self._read()
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PAUSE)
            return True
        return False

    def _read(self, keep: bool = True) -> None:
        for key, _ in self._selector.select(_PAUSE):
            chunk = os.read(key.fd, _CHUNK)
            if not chunk:
                self._selector.unregister(key.fileobj)
            elif keep:
                key.data(chunk)

    def _add_output(self, chunk: bytes) -> None:
        self.output.append(chunk)
        self._size += len(chunk)

    def _add_said(self, chunk: bytes) -> None:
        self.said += chunk
        del self.said[:-_SAID]

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _seconds(number: float) -> str:
    return f"{number:g} second{'s' * (number != 1)}"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
