"""CustomResourceDefinitions to rows for the kinds that they define.

Definitions are large and expensive to parse, so they are parsed only for kinds of the input that no table has.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from krmfn.errors import InputError
from krmfn.imagepull.kinds import DEFINITION, Kind, KindTables
from krmfn.imagepull.kinds.schemas import kind_of
from krmfn.imagepull.podspecs import find_resources
from krmfn.krm.documents import Chunk, Input
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import Node, SequenceNode
from krmfn.splice.pieces import Piece

_GROUP = re.compile(r"group[\"']?\s*:\s*[\"']?([a-z0-9.-]+)")


class Definitions:
    """YAML texts with CustomResourceDefinitions, for any number of runs: the row of a kind is made only once."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = tuple(texts)
        self._asked: dict[TypeMeta, Kind | None] = {}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def rows(self, kinds: set[TypeMeta]) -> dict[TypeMeta, Kind]:
        """The rows of the kinds that have a definition; if a kind has several, the last one counts."""
        new = kinds - self._asked.keys()
        self._asked |= dict.fromkeys(new) | _rows(self._texts, new)
        return {meta: row for meta in kinds if (row := self._asked[meta])}


def rows_defined(given: Input, tables: KindTables, definitions: Definitions) -> dict[TypeMeta, Kind]:
    """Rows for kinds of the input that no table has, but a definition in the input or in `definitions`."""
    objects = list(_objects(given, tables))
    unknown = {meta for meta, _ in objects if meta.kind != DEFINITION and not tables.lookup(meta)}
    # Definitions in the input come last, because they take precedence.
    return definitions.rows(unknown) | _rows((source for meta, source in objects if meta.kind == DEFINITION), unknown)


def _rows(sources: Iterable[str | Node], kinds: set[TypeMeta]) -> dict[TypeMeta, Kind]:
    return {
        meta: row
        for source in sources
        for definition in _read(source, kinds)
        for meta in kinds
        if (row := kind_of(definition, meta))
    }


def _objects(given: Input, tables: KindTables) -> Iterator[tuple[TypeMeta, str | Node]]:
    """The type of each object of the input, with its text, or with its node if it had to be composed."""
    yield from ((meta, chunk.text) for chunk in given.chunks if (meta := _only_type(chunk, tables)))
    for piece in given.pieces(lambda chunk: not _only_type(chunk, tables), checks=False):
        yield from _composed(piece, tables)


def _only_type(chunk: Chunk, tables: KindTables) -> TypeMeta | None:
    """The type of the only object in a chunk; None if the chunk may hold several, or must be composed to know."""
    meta = chunk.type_meta
    row = tables.lookup(meta) if meta else None
    return meta if chunk.is_one_object and not (row and row.items) else None


def _composed(piece: Piece, tables: KindTables) -> Iterator[tuple[TypeMeta, Node]]:
    for document in piece.documents:
        with suppress(InputError):  # reported when the document is decided
            for resource, _ in find_resources(document, tables):
                yield resource.type_meta, resource.node


def _read(source: str | Node, unknown: set[TypeMeta]) -> Iterator[dict[str, Any]]:
    """The definitions in a text or node, as plain data, if they may define one of the unknown kinds.

    A text that cannot be read defines nothing: its own file fails, but no other file. The same is true for a definition
    with a duplicate key, which the API server rejects.
    """
    if isinstance(source, Node):
        yield from _definitions(source)
        return
    groups = set(_GROUP.findall(source))
    if any(meta.group in groups and meta.kind in source for meta in unknown):
        yield from every_definition(source)


def every_definition(text: str) -> Iterator[dict[str, Any]]:
    """The definitions in a text, as plain data; none if the text cannot be read."""
    roots: list[Node] = []
    if DEFINITION in text:
        with suppress(InputError):
            roots = parsing.compose(text)
    for root in roots:
        yield from _definitions(root)


def _definitions(root: Node) -> Iterator[dict[str, Any]]:
    # An item of a ResourceList is composed as a list with one item; `kubectl get` puts definitions into a List.
    for node in root.value if isinstance(root, SequenceNode) else [root]:
        with suppress(InputError):
            found = nodes.plain(node)
            items = found.get("items") if isinstance(found, dict) else None
            candidates = [found, *items] if isinstance(items, list) else [found]
            yield from (data for data in candidates if isinstance(data, dict) and data.get("kind") == DEFINITION)
