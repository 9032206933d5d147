"""The tiles of the page: the number of places with each mark, linked to the inventory filtered by that mark."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import element
from krmfn.commands.explain.marks import MARKS, Mark
from krmfn.files.located_images import LocatedImage


def tiles(located: Sequence[LocatedImage]) -> ET.Element:
    """The list of tiles; a tile without images has no link."""
    counted = [(mark, sum(mark.fits(one.image) for one in located)) for mark in MARKS if mark.has_tile]
    return element("ul", *(_tile(mark, number) for mark, number in counted), class_="tiles", aria_label="Places")


def _tile(mark: Mark, number: int) -> ET.Element:
    parts = (element("b", f"{number:,}"), f" {mark.label}")
    if not number:
        return element("li", element("span", *parts))
    return element("li", element("a", *parts, href="#inventory", data_only=mark.name))
