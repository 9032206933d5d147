"""Cut a large text into slices that are edited one after the other, so that memory stays near the text's size."""

import re
from collections.abc import Iterator

SIZE = 4_000_000
"""The minimum size of a slice, in characters. A text of less than twice this size is not cut."""

_SEPARATOR = re.compile(r"^---(?=\s)", re.MULTILINE)


def slices(text: str, size: int = SIZE) -> Iterator[slice]:
    """The slices of a text, cut at `---` lines, so that each has whole documents.

    A ResourceList is one document and is not cut. If a `---` line is inside a scalar, a slice does not parse; the
    caller must then use the whole text.
    """
    start = 0
    while len(text) - start >= 2 * size and "kind: ResourceList" not in text[:1000]:
        separator = _SEPARATOR.search(text, start + size)
        if separator is None:
            break
        yield slice(start, separator.start())
        start = separator.start()
    yield slice(start, len(text))
