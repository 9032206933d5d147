"""Images with their places in files, and what krmfn decides about each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.splice.source import lines_and_columns


class LocatedImage(NamedTuple):
    """An image and its place: `path` as in reports, `line` and `column` from 1, or 0 when the host named the file."""

    path: str
    line: int
    column: int
    image: ExplainedImage


def located(path: str, text: str, images: Iterable[ExplainedImage]) -> Iterator[LocatedImage]:
    """Add places to the images of a text, which must be in the order of their positions."""
    images = tuple(images)
    places = lines_and_columns(text, (image.position for image in images))
    for image, (line, column) in zip(images, places, strict=True):
        yield LocatedImage(path, line, column, image)


def from_host(one: LocatedImage) -> LocatedImage:
    """The image with the file that the host of a ResourceList named, in which its line is unknown."""
    file = one.image.file
    return one._replace(path=f"{file.path}[{file.index}]", line=0, column=0) if file else one
