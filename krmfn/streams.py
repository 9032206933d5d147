"""Standard output and standard error of a command: written whole, or known not to be."""

import os
import sys
from collections.abc import Iterator
from typing import TypeVar

from krmfn.results import visible_line

T = TypeVar("T")


def write(output: bytes) -> bool:
    """Write the whole output; whether that went well. Success must not be claimed for half an output."""
    if sys.stdout is None:
        say("error: cannot write the output: stdout is closed")
        return False
    try:
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
    except OSError as error:
        # A reader that has gone, as `head` does, needs no message.
        if not isinstance(error, BrokenPipeError):
            say(f"error: cannot write the output: {error.strerror}")
        # Python would try, and complain, once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def progress(items: Iterator[T], total: int) -> Iterator[T]:
    """The items, with a bar on stderr when that is a terminal and it takes longer than a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    return iter(tqdm(items, total=total, unit=" files", delay=1, leave=False, dynamic_ncols=True))


def say(text: str) -> None:
    """Write a message, one line whatever is in it, to stderr, if there is one."""
    if sys.stderr is not None:  # print would take stdout for it
        print(visible_line(text), file=sys.stderr)
