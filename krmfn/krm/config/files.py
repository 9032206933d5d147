"""Read settings from files; errors name the file, and the line if it is known."""

from collections.abc import Callable
from typing import Any, TypeVar

from krmfn.errors import InputError, SettingsError
from krmfn.splice import nodes, parsing
from krmfn.splice.source import decode, line_and_column

T = TypeVar("T")
Source = Callable[[str], bytes]
"""Reads a file by its path."""


def read_named(file: str) -> bytes:
    """The bytes of a file that the user names, which may be a pipe too."""
    from pathlib import Path  # a late import, because function mode reads no files

    return Path(file).read_bytes()


def parsed(file: str, parse: Callable[[str], T], source: Source = read_named) -> T:
    """The result of `parse` for the text of a file; raise `SettingsError` if the file is unreadable or refused."""
    text = ""
    try:
        text = decode(source(file)).text
        return parse(text)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except InputError as error:
        if error.position is None:
            raise SettingsError(f"{file}: {error}") from None
        line, column = line_and_column(text, error.position)
        raise SettingsError(f"{file}:{line}:{column}: {error}") from None


def mapping(text: str, what: str) -> tuple[nodes.Node, dict[str, Any]]:
    """The node and the plain data of a text that is one mapping; else raise an `InputError` that expects `what`."""
    roots = parsing.compose(text)
    data = nodes.plain(roots[0]) if len(roots) == 1 else None
    if not isinstance(data, dict):
        raise InputError(f"is not one YAML document that holds {what}")
    return roots[0], data
