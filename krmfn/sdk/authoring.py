"""Find the lines of the author's code that request a change or fail, for error messages."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

_OURS = f"{Path(__file__).parent.parent}/"
_INSTALLED = {"site-packages", "dist-packages"}
"""Folders that hold modules of many authors."""


class Line(NamedTuple):
    """A line of the author's code."""

    code: CodeType
    number: int

    def __str__(self) -> str:
        """`set_labels.py:12`."""
        return f"{Path(self.code.co_filename).name}:{self.number}"


def asking_line() -> Line:
    """The line outside of this package that called into it."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # the only way that costs nothing
    while frame and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    assert frame is not None
    return Line(frame.f_code, frame.f_lineno)


def code_of(work: Callable[..., Any]) -> CodeType:
    """The code of a function or another callable; raise `TypeError` if it is not written in Python."""
    inner = work.func if isinstance(work, partial) else work
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    if not isinstance(code, CodeType):
        raise TypeError(f"{work!r} is not a function written in Python")
    return code


def failing_line(error: BaseException, file: str) -> Line | None:
    """The last line of the author's code in a traceback, or None; that code is in `file` and in files beside it."""
    found = None
    trace: TracebackType | None = error.__traceback__
    while trace:
        if _is_beside(trace.tb_frame.f_code.co_filename, file):
            found = Line(trace.tb_frame.f_code, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _is_beside(file: str, own: str) -> bool:
    """Whether a file belongs to the author of `own`: it is in or below the same folder, and not a library."""
    folder = Path(own).parent
    if file == own or folder.name in _INSTALLED or file.startswith(_OURS) or not Path(file).is_relative_to(folder):
        return file == own
    return _INSTALLED.isdisjoint(Path(file).relative_to(folder).parts)
