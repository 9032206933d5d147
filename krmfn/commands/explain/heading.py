"""The head of the page: the repository or folder, the paths in it, and the date."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import Child, element
from krmfn.commands.explain.registries import INVALID, OPEN, registries
from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.located_images import LocatedImage
from krmfn.files.report_lines import shown

EPOCH = "SOURCE_DATE_EPOCH"
"""The variable that reproducible builds set to a fixed time, in seconds since 1970, UTC."""
_MOST = 5
"""How many paths are shown."""


def title(paths: Sequence[str]) -> str:
    """A title such as `Images in shop`: the repositories of the paths; outside a repository, the paths' names."""
    names = [*dict.fromkeys(_about(path).name for path in paths)]
    return f"Images in {', '.join(_first(names)) or 'standard input'}"


def header(located: Sequence[LocatedImage], paths: Sequence[str], date: str) -> ET.Element:
    """The head of the page; `date` is as `date_of_run` returns it."""
    about: list[Child] = [element("time", date, datetime=date)]
    inside = [_about(path).inside for path in paths]
    for path in _first([shown(path) for path in inside if path != "."]):
        about += [" · ", element("code", path)]
    return element(
        "header", element("h1", title(paths)), element("p", _counts(located)), element("p", *about, class_="about")
    )


def date_of_run() -> str:
    """Return today's date or that of `SOURCE_DATE_EPOCH`, such as `2026-11-27`; raise `InputError` if it is invalid."""
    given = os.environ.get(EPOCH)
    try:
        day = time.gmtime(int(given)) if given else time.localtime()
        return f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}"
    except (ValueError, OverflowError, OSError):
        raise InputError(f"{EPOCH} in the environment is {given!r}: must be a number of seconds since 1970") from None


class _About(NamedTuple):
    """A path as people know it: the repository's name and the path in it; outside a repository, its name and path."""

    name: str
    inside: str


def _about(path: str) -> _About:
    absolute = Path(os.path.normpath(Path.cwd() / path))  # unlike `resolve`, keeps the names of links
    root = repository.root_of(absolute)
    return _About((root or absolute).name or str(absolute), str(absolute.relative_to(root)) if root else path)


def _first(names: Sequence[str]) -> Iterator[str]:
    yield from names[:_MOST]
    if len(names) > _MOST:
        yield f"{len(names) - _MOST:,} more"


def _counts(located: Sequence[LocatedImage]) -> str:
    resources = len({(one.path, one.image.resource) for one in located})
    known = sum(one.name not in (OPEN, INVALID) for one in registries(located))
    images = len({one.image.reference.text for one in located if one.image.reference.text})
    return (
        f"{_count(images, 'image')} from {_count(known, 'registry')}, named in {_count(len(located), 'place')} "
        f"of {_count(resources, 'resource')}."
    )


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"
