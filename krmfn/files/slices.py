"""A large text in slices that are treated one after the other, so that memory stays near the size of the text."""

import re
from collections.abc import Iterator

SIZE = 4_000_000
"""Characters of a slice, at the least. Where there are fewer than twice as many, the text stays in one piece."""

_SEPARATOR = re.compile(r"^---(?=\s)", re.MULTILINE)


def slices(text: str, size: int = SIZE) -> Iterator[slice]:
    """Where to cut the text: at `---` lines, so that each slice has some whole documents.

    A ResourceList is one document. Where such a line lies inside of something, a slice does not parse, and the caller
    takes the text whole.
    """
    start = 0
    while len(text) - start >= 2 * size and "kind: ResourceList" not in text[:1000]:
        separator = _SEPARATOR.search(text, start + size)
        if separator is None:
            break
        yield slice(start, separator.start())
        start = separator.start()
    yield slice(start, len(text))
