"""Records what a Python process does: audit events go to the file that KRMFN_RECORD names, a line of JSON for each.

Python imports it at its start where this folder is on PYTHONPATH, in the processes that krmfn starts too.
"""

import _posixsubprocess
import json
import os
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

MARKER = "m4rker"
"""Stands in all that krmfn gets to read, and in nothing that is installed."""
_IGNORED = ("builtins.id", "sys.", "object.", "gc.", "os.listdir", "os.scandir", "os.walk", "glob.")
_file = os.open(os.environ["KRMFN_RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_IGNORED):
        return
    try:
        caller = sys._getframe(1).f_code.co_filename  # noqa: SLF001 - the public `inspect` is too large to import here
        if caller == __file__:
            caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001
    except ValueError:  # Python itself
        caller = ""
    line = {"event": event, "arguments": [*map(_shown, arguments)], "caller": caller, "folder": os.getcwd()}  # noqa: PTH109 - quick
    os.write(_file, json.dumps(line).encode() + b"\n")


def _shown(value: object) -> object:
    if isinstance(value, CodeType):
        return {"file": value.co_filename, "marked": _is_marked(value)}
    if isinstance(value, str | bytes | os.PathLike):
        text = os.fsdecode(value) if not isinstance(value, bytes) else value.decode("latin-1")
        return text if len(text) < 1000 else {"long": text[:100], "marked": MARKER in text}
    if isinstance(value, list | tuple):
        return [*map(_shown, value)]
    return value if value is None or isinstance(value, int) else repr(type(value))


def _is_marked(code: CodeType) -> bool:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return MARKER in repr((code.co_name, code.co_names, code.co_varnames, code.co_consts)) or any(
        map(_is_marked, inner)
    )


def _fork_exec(*arguments: Any, real: Callable[..., int] = _posixsubprocess.fork_exec) -> int:
    """The one way to start a program that has no event of its own."""
    _record("fork_exec", arguments[:1])
    return real(*arguments)


_record("start", (sys.orig_argv,))
_posixsubprocess.fork_exec = _fork_exec
sys.addaudithook(_record)
