"""Texts of a repository as plain data, every scalar as its text."""

from collections.abc import Iterator
from typing import Any

from krmfn.splice import nodes, parsing


def read(text: str) -> Iterator[Any]:
    """The documents of a text; raise `InputError` when it does not parse."""
    for root in parsing.compose(text):
        yield nodes.plain(root)
