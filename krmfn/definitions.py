"""CustomResourceDefinitions teach krmfn the kinds they define, for one run.

A definition is large and its schema costs more to read than all else, so it is read only for a kind of the input that
no table knows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from krmfn import documents, nodes, parsing
from krmfn.documents import Chunk, Input
from krmfn.errors import InputError
from krmfn.kinds import Kind, Kinds
from krmfn.kinds.schemas import DEFINITION, kinds_of
from krmfn.nodes import MappingNode, Node
from krmfn.typemeta import TypeMeta

_GROUP = re.compile(r"group[\"']?:[ \t]*[\"']?([a-z0-9.-]+)")


def find(given: Input, tables: Kinds, more: Sequence[str]) -> dict[tuple[str, str], Kind]:
    """Rows, by group and kind, for kinds of the input that no table knows.

    `more` are YAML texts with definitions that are not part of the input.
    """
    if not more and not _may_define(given):
        return {}
    unknown = {
        (meta.group, meta.kind) for meta in _types(given) if meta.kind != DEFINITION and tables.lookup(meta) is None
    }
    return {
        (group, kind): row
        for definition in _definitions(given, more, unknown)
        for group, kind, row in kinds_of(definition)
        if (group, kind) in unknown
    }


def _may_define(given: Input) -> bool:
    parts = given.envelope.parts if given.envelope and not given.chunks else given.chunks
    return any(DEFINITION in part.text for part in parts)


def _types(given: Input) -> Iterator[TypeMeta]:
    """What the objects of the input are, as far as that is easily told."""
    for chunk in given.chunks:
        if meta := chunk.type_meta:
            yield meta
    for root in _uncut_items(given):
        if meta := _type_of(root):
            yield meta


def _definitions(given: Input, more: Sequence[str], unknown: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """The definitions, as plain data, that may define one of the unknown kinds."""
    chunks = [chunk for chunk in given.chunks if _is_definition(chunk)]
    for text in (*(chunk.text for chunk in chunks), *more):
        groups = set(_GROUP.findall(text))
        if any(group in groups and kind in text for group, kind in unknown):
            yield from _readable(_roots(text))
    yield from _readable(_uncut_items(given))


def _is_definition(chunk: Chunk) -> bool:
    return DEFINITION in chunk.text and chunk.type_meta is not None and chunk.type_meta.kind == DEFINITION


def _readable(roots: Iterable[Node]) -> Iterator[dict[str, Any]]:
    """The definitions among the roots; one that is broken is its owner's business, as the API server will tell."""
    for root in roots:
        meta = _type_of(root)
        if meta and meta.kind == DEFINITION:
            with suppress(InputError):
                yield nodes.plain(root)


def _roots(text: str) -> Iterator[Node]:
    for root in parsing.compose(text):
        # An item of a ResourceList is composed with its dash.
        yield from root.value if isinstance(root, nodes.SequenceNode) else [root]


def _uncut_items(given: Input) -> Iterator[Node]:
    if given.envelope and not given.chunks:
        yield from (document.root for document in documents.items_piece(given.envelope).documents)


def _type_of(root: Node) -> TypeMeta | None:
    if not isinstance(root, MappingNode):
        return None
    api_version, kind = nodes.last(root, "apiVersion"), nodes.last(root, "kind")
    return TypeMeta(str(api_version.value), str(kind.value)) if api_version and kind else None
