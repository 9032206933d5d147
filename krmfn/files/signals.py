"""Delay the signals that end krmfn until nothing would be left half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Ctrl-C, the first signal of CI servers and container runtimes, and the signal of a closed terminal."""

Handler = Callable[[int, FrameType | None], None]

busy = threading.Lock()
"""Held while signals are delayed. Code that ends the process in another way must wait for it."""


@contextmanager
def put_off() -> Iterator[None]:
    """Delay signals that end krmfn: the first that comes in the block ends krmfn after it. Must not be nested."""
    came: list[int] = []
    with busy:
        # SIGINT is handled first and restored last, because its usual handler may raise an exception right here.
        before = _install(ENDING, lambda number, _: came.append(number))
        try:
            yield
        finally:
            _restore(before)
    if came:
        signal.raise_signal(came[0])


@contextmanager
def cleaned_up_first() -> Iterator[None]:
    """In the block, SIGTERM and SIGHUP raise an exception; after the block has cleaned up, they end krmfn."""
    came: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise SystemExit(128 + number)  # for the first process of a container, which survives the signal

    before = _install(ENDING[1:], leave)
    try:
        yield
    finally:
        _restore(before)
        if came:
            signal.raise_signal(came[0])


def _install(numbers: tuple[int, ...], handler: Handler) -> list[tuple[int, signal.Handlers | Handler | int]]:
    """Install a handler for signals that are not ignored (`nohup` ignores one); return the old handlers, in reverse."""
    before: list[tuple[int, signal.Handlers | Handler | int]] = []
    if threading.current_thread() is threading.main_thread():  # Python allows no other thread
        for number in numbers:
            old = signal.getsignal(number)
            if old is not None and old is not signal.SIG_IGN:
                before.insert(0, (number, old))
                signal.signal(number, handler)
    return before


def _restore(before: list[tuple[int, signal.Handlers | Handler | int]]) -> None:
    for number, handler in before:
        signal.signal(number, handler)
