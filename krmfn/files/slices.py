"""A large text in slices that are treated one after the other, so that memory stays near the size of the text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

SIZE = 4_000_000
"""Characters of a slice, at the least. Where there are fewer than twice as many, the text stays in one piece."""

_SEPARATOR = re.compile(r"^---(?=\s)", re.MULTILINE)


class Slice(NamedTuple):
    """Some whole documents of a text: `text` begins at code point `start` of it."""

    text: str
    start: int


def slices(text: str, size: int = SIZE) -> Iterator[Slice]:
    """The text as slices that begin at `---` lines.

    A ResourceList is one document. Where such a line lies inside of something, a slice does not parse, and the caller
    takes the text whole.
    """
    start = 0
    while len(text) - start >= 2 * size and "kind: ResourceList" not in text[:1000]:
        separator = _SEPARATOR.search(text, start + size)
        if separator is None:
            break
        yield Slice(text[start : separator.start()], start)
        start = separator.start()
    yield Slice(text[start:] if start else text, start)
