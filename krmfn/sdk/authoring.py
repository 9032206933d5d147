"""Where in the author's own code something was asked for, or went wrong: errors name the file and the line."""

import sys
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import NamedTuple

_OURS = str(Path(__file__).parent)


class Line(NamedTuple):
    """A line of the author's code."""

    code: CodeType
    number: int

    def __str__(self) -> str:
        """`set_labels.py:12`."""
        return f"{Path(self.code.co_filename).name}:{self.number}"


def asking_line() -> Line:
    """The line that called into this package."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # the only way that costs nothing
    while frame and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    assert frame is not None
    return Line(frame.f_code, frame.f_lineno)


def failing_line(error: BaseException, function: CodeType) -> Line:
    """The last line of the author's own code, that beside the function, which an exception went through."""
    folder = str(Path(function.co_filename).parent)
    found = Line(function, function.co_firstlineno)
    trace: TracebackType | None = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(folder) and not code.co_filename.startswith(_OURS):
            found = Line(code, trace.tb_lineno)
        trace = trace.tb_next
    return found
