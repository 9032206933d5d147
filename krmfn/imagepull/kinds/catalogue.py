"""The catalogue of third-party kinds: `catalogue.jsonl` has one line for each row; only requested rows are parsed.

A row is in the notation of `written`, with two more keys: `versions`, if the versions of a kind differ or older ones
have no such place; `ignore`, the reason why a kind is left alone although it looks as if it runs images.
"""

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from krmfn.imagepull.kinds.rows import Kind, Origin
from krmfn.imagepull.kinds.written import read
from krmfn.krm.typemeta import TypeMeta, version_priority


@cache
def lookup(meta: TypeMeta) -> Kind | None:
    """The row of a kind; for a version that no row names, the row with the newest version.

    None if the kind is not in the catalogue, or has only one row and the version is older than the versions of that
    row, with which the places were introduced.
    """
    found = list(_rows_from(f'{{"group": "{meta.group}", "kind": "{meta.kind}"'))
    if not found:
        return None
    named = [row for row in found if meta.version in row.get("versions", ())]
    row = named[0] if named else max(found, key=_newest)
    if not named and len(found) == 1 and version_priority(meta.version) < _newest(row):
        return None
    return read(row, Origin.CATALOGUE)


def _newest(row: dict[str, Any]) -> tuple[int, int, int, str]:
    return max(map(version_priority, row.get("versions", [""])))


@lru_cache(1024)
def is_known_name(kind: str) -> bool:
    """Whether any group has a kind of this name."""
    return f'"kind": "{kind}"' in _text()


def rows() -> Iterator[dict[str, Any]]:
    """All rows as they are written."""
    return map(json.loads, _text().splitlines())


def _rows_from(beginning: str) -> Iterator[dict[str, Any]]:
    text = _text()
    start = text.find(beginning)
    while start >= 0:
        stop = text.find("\n", start)
        yield json.loads(text[start:stop])
        start = text.find(beginning, stop)


@cache
def _text() -> str:
    # The loader also reads from archives, and needs no `importlib.resources`, whose import takes milliseconds.
    loader: Any = __spec__.loader
    data: bytes = loader.get_data(__file__.removesuffix(".py") + ".jsonl")
    return data.decode()
