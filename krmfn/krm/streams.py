"""Read stdin completely, write stdout completely or fail, write messages to stderr, and choose the exit code.

Only this module uses these streams. `LOG` names a file for the messages, for hosts that drop stderr.

The streams are used without Python's buffer. With PYTHONUNBUFFERED there is none, and a write may accept only a part
of the data. Otherwise the buffer keeps data that could not be written, and changes the exit code when Python ends.
"""

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, redirect_stdout, suppress
from functools import cache
from typing import Any, NoReturn, TextIO, TypeVar

from krmfn.errors import InputError, KrmfnError, VerificationError
from krmfn.krm.results import visible_line

T = TypeVar("T")
LOG = "KRMFN_LOG"
"""The environment variable that names a file to which each message is also appended."""
FAILED, BUG, INTERRUPTED = 1, 3, 130
"""Exit codes: an error in the input, a bug in krmfn, a command stopped by Ctrl-C."""
_CHUNK = 1 << 20
_BOM = codecs.BOM_UTF8


def ended(run: Callable[[], int]) -> int:
    """Run a command and return its exit code; print a message if an exception ends it."""
    try:
        return run()
    except VerificationError as error:
        say(f"error: this is a bug in krmfn, nothing was written: {error}")
        return BUG
    except KrmfnError as error:
        say(f"error: {error}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        import traceback

        say("error: this is a bug in krmfn, nothing was written:")
        for line in traceback.format_exc().splitlines():
            say(line)
        return BUG


def write(output: bytes) -> bool:
    """Write the whole output to stdout; print a message and return False if that fails."""
    if sys.stdout is None:
        say("error: cannot write the output: stdout is closed")
        return False
    written, error = _pour(sys.stdout, output)
    error = error or _delayed_error(sys.stdout)
    # If the reader has closed the pipe, as `head` does, no message is needed.
    if error is not None and not isinstance(error, BrokenPipeError):
        told = f"; discard the {written} of {len(output)} bytes that were written" if written else ""
        say(f"error: cannot write the output: {_reason(error)}{told}")
    return error is None


def say(text: str) -> None:
    """Write a message to stderr, and to the file that `LOG` names, always on one line.

    A message that cannot be written is lost: the exit code depends on the output alone.
    """
    line = f"{visible_line(text)}\n"
    _tell(line)
    if (path := os.environ.get(LOG)) and (log := _log(path)) is not None:
        with suppress(OSError):
            os.write(log, line.encode("utf-8", "backslashreplace"))


@cache
def _log(path: str) -> int | None:
    """A descriptor to append to the file, which stays open; None, after one warning, if it cannot be opened."""
    try:
        # One write per message keeps messages of several processes apart.
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        _tell(f"warning: {visible_line(f'{LOG}: {path} cannot be written: {_reason(error)}')}\n")
        return None


def aside() -> AbstractContextManager[object]:
    """A context in which the output of other code goes to stderr, because it is not part of krmfn's output."""
    return redirect_stdout(sys.stderr)


def read() -> bytes:
    """All of stdin, empty if it is closed; raise `InputError` if it cannot be read to its end."""
    if sys.stdin is None:
        return b""
    raw, parts = _raw(sys.stdin), []
    try:
        while (part := raw.read(_CHUNK)) != b"":
            if part is None:
                _wait(reader=raw)
            else:
                parts.append(part)
    except OSError as error:
        raise InputError(f"cannot read stdin: {_reason(error)}") from None
    return b"".join(parts)


def read_input(
    refuse: Callable[[str], NoReturn],
    into: str = "krmfn, or name files to `krmfn fix`",
    *,
    may_be_empty: bool = False,
) -> bytes:
    """All of stdin. Call `refuse` if it is a terminal, raise `InputError` if it is empty and not `may_be_empty`."""
    if stdin_is_terminal():
        refuse(f"nothing on stdin: pipe a ResourceList or manifests into {into}")
    data = read()
    if not may_be_empty and not data.removeprefix(_BOM).strip():
        raise InputError("stdin is empty: a ResourceList or manifests are expected there")
    return data


def stdin_is_terminal() -> bool:
    """Whether stdin is a terminal, so that there is no input."""
    return sys.stdin is not None and sys.stdin.isatty()


def is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def progress(items: Iterator[T], total: int, unit: str = "files", *, is_quiet: bool = False) -> Iterator[T]:
    """The items, with a progress bar if stderr is a terminal and they take longer than a second."""
    if is_quiet or sys.stderr is None or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar = tqdm(items, total=total, file=_Stderr(), unit=f" {unit}", delay=1, leave=False, dynamic_ncols=True)
    return iter(bar)


class _Stderr:
    """Stderr for the bar, which would raise an exception if the terminal accepts nothing for a moment."""

    def __init__(self) -> None:
        self.encoding = sys.stderr.encoding
        self.fileno = sys.stderr.fileno

    def write(self, text: str) -> None:
        _tell(text)


def _tell(text: str) -> None:
    if sys.stderr is not None:
        _pour(sys.stderr, text.encode(sys.stderr.encoding, "backslashreplace"))


def _pour(stream: TextIO, data: bytes) -> tuple[int, OSError | None]:
    """Write data, however slow the reader is; return the number of written bytes, and the error if it is not all."""
    raw, left = _raw(stream), memoryview(data)
    try:
        while left:
            count = raw.write(left)
            if count is None:
                _wait(writer=raw)
            elif count == 0:
                raise OSError("nothing more is taken")
            else:
                left = left[count:]
    except OSError as error:
        return len(data) - len(left), error
    return len(data), None


def _raw(stream: TextIO) -> Any:
    """The stream without Python's buffer; its read and write return None if they would block."""
    return getattr(stream.buffer, "raw", stream.buffer)


def _wait(reader: Any = None, writer: Any = None) -> None:
    """Wait until a non-blocking stream is readable or writable, or fails."""
    import select

    select.select([reader] if reader else [], [writer] if writer else [], [])


def _delayed_error(stream: TextIO) -> OSError | None:
    """The error that a network file system reports when the file is closed; this closes a copy of the descriptor."""
    try:
        copy = os.dup(stream.fileno())
    except OSError:  # not a real file, or no descriptor left
        return None
    try:
        os.close(copy)
    except OSError as error:
        return error
    return None


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
