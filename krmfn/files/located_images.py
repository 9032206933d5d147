"""The images of files: what is decided about each, with the line that it stands in."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.splice.source import lines_and_columns


class LocatedImage(NamedTuple):
    """An image and its place: `path` as reports have it, `line` and `column` from 1; 0 when the host named the file."""

    path: str
    line: int
    column: int
    image: ExplainedImage


def located(path: str, text: str, images: Iterable[ExplainedImage]) -> Iterator[LocatedImage]:
    """The images of a text, which are given in the order of their positions in it."""
    images = tuple(images)
    places = lines_and_columns(text, (image.position for image in images))
    for image, (line, column) in zip(images, places, strict=True):
        yield LocatedImage(path, line, column, image)


def from_host(one: LocatedImage) -> LocatedImage:
    """The same with the file that the host of a ResourceList named, whose lines nobody knows here."""
    file = one.image.file
    return one._replace(path=f"{file.path}[{file.index}]", line=0, column=0) if file else one
