"""The images of files: what is decided about each, with the line that it stands in."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.explained import ExplainedImage


class Entry(NamedTuple):
    """An image and its place: `path` as reports have it, `line` and `column` from 1; 0 when the host named the file."""

    path: str
    line: int
    column: int
    image: ExplainedImage


def entries(path: str, text: str, images: Iterable[ExplainedImage]) -> Iterator[Entry]:
    """The images of a text, which are given by their positions in it."""
    line, start, last = 1, 0, 0
    for image in images:
        line += text.count("\n", last, image.position)
        start = max(start, text.rfind("\n", last, image.position) + 1)
        last = image.position
        yield Entry(path, line, image.position - start + 1, image)


def from_host(entry: Entry) -> Entry:
    """The same with the file that the host of a ResourceList named, whose lines nobody knows here."""
    file = entry.image.file
    return entry._replace(path=f"{file.path}[{file.index}]", line=0, column=0) if file else entry
