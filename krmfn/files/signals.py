"""Signals that end krmfn, heard when nothing would stay behind half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Ctrl-C, what a CI server or a container runtime sends first, and a terminal that was closed."""

Handler = Callable[[int, FrameType | None], None]

busy = threading.Lock()
"""Held while signals wait: who ends the process in another way waits for it too."""


@contextmanager
def put_off() -> Iterator[None]:
    """In the block no signal ends krmfn; the first that came does when the block is done. Not to be nested."""
    came: list[int] = []
    with busy:
        # SIGINT first and last: it is the one that may raise an exception right here.
        before = _install(ENDING, lambda number, _: came.append(number))
        try:
            yield
        finally:
            _restore(before)
    if came:
        signal.raise_signal(came[0])


@contextmanager
def cleaned_up_first() -> Iterator[None]:
    """SIGTERM and SIGHUP leave the block by an exception, and end krmfn when the block has cleaned up."""
    came: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise SystemExit(128 + number)  # the code counts where the first process of a container survives the signal

    before = _install(ENDING[1:], leave)
    try:
        yield
    finally:
        _restore(before)
        if came:
            signal.raise_signal(came[0])


def _install(numbers: tuple[int, ...], handler: Handler) -> list[tuple[int, signal.Handlers | Handler | int]]:
    """Install a handler for those that nobody ignores, as `nohup` does; the handlers before, in reverse."""
    before: list[tuple[int, signal.Handlers | Handler | int]] = []
    if threading.current_thread() is threading.main_thread():  # Python lets no other one
        for number in numbers:
            old = signal.getsignal(number)
            if old is not None and old is not signal.SIG_IGN:
                before.insert(0, (number, old))
                signal.signal(number, handler)
    return before


def _restore(before: list[tuple[int, signal.Handlers | Handler | int]]) -> None:
    for number, handler in before:
        signal.signal(number, handler)
