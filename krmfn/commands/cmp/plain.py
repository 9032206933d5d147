"""Manifests as Argo CD wants them: objects, and none of the annotations that hosts of KRM functions keep in them."""

from collections.abc import Iterator
from typing import NamedTuple

from krmfn import documents, nodes, parsing
from krmfn.changes import RemoveKeys
from krmfn.documents import Document, Input, Piece
from krmfn.edits import Edit, apply_edits
from krmfn.errors import DoubledKey, InputError, NotYAML, Unplaceable, VerificationError
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.placement import remove
from krmfn.source import line_and_column
from krmfn.verify import verify

_HOSTS_OWN = ("config.kubernetes.io/index", "config.kubernetes.io/path", "config.kubernetes.io/id", "config.k8s.io/id")
_HOSTS_DOMAIN = "internal.config.kubernetes.io/"
_LOOKS_INTERNAL = ("config.kubernetes.io/", "config.k8s.io/id")


class Plain(NamedTuple):
    """Manifests, and the number of objects that Argo CD makes of them."""

    text: str
    objects: int


def plain_manifests(text: str) -> Plain:
    """`text` without internal annotations; raise `InputError` with the place of what is no manifest."""
    try:
        try:
            return _plain(text, documents.cut(text))
        except NotYAML:  # a cut in the wrong place, or a real error
            return _plain(text, documents.whole(text))
    except InputError as error:
        if error.position is None:
            raise
        line, column = line_and_column(text, error.position)
        number = documents.number_at(text, error.position)
        raise InputError(f"{error} (document {number}, line {line}, column {column})") from None


def _plain(text: str, given: Input) -> Plain:
    if given.envelope:
        raise InputError(
            "a ResourceList is for functions; plain manifests do (`kpt fn render -o unwrap` prints them)", 0
        )
    edits: list[Edit] = []
    count = 0
    for chunk in given.chunks:
        if chunk.type_meta and all(chunk.type_meta) and chunk.is_one_object and not _needs_a_look(chunk.text):
            parsing.check_syntax(chunk.text)
            count += 1
            continue
        piece = documents.compose(chunk, 0)
        objects = [o for document in piece.documents for o in _objects(document)]
        count += len(objects)
        edits += _without_internal(piece, objects)
    return Plain(apply_edits(text, edits), count)


def _needs_a_look(text: str) -> bool:
    # Behind a backslash a key may be written in another way.
    return "items" in text or "\\" in text or any(mark in text for mark in _LOOKS_INTERNAL)


def _objects(document: Document) -> Iterator[MappingNode]:
    """The objects of a document: itself or, as Argo CD sees it, what is in its `items`, whatever its kind."""
    root = document.root
    if nodes.is_null(root):
        return
    items = nodes.last(root, "items")
    for node in items.value if isinstance(items, SequenceNode) else [root]:
        if not isinstance(node, MappingNode) or not _is_text(node, "apiVersion") or not _is_text(node, "kind"):
            raise InputError("an object with apiVersion and kind is expected here", document.start + nodes.start(node))
        yield node


def _is_text(node: MappingNode, key: str) -> bool:
    value = nodes.last(node, key)
    return isinstance(value, ScalarNode) and bool(value.value)


def _without_internal(piece: Piece, objects: list[MappingNode]) -> list[Edit]:
    removals = {id(removal.mapping): removal for o in objects if (removal := _removal(o, piece.start))}
    edits: list[Edit] = []
    for removal in removals.values():
        try:
            edits += remove(piece.text, removal)
        except Unplaceable as refusal:
            raise _not_removed(removal.mapping, piece.start, str(refusal)) from None
    if edits:
        try:
            verify(piece.roots, piece.text, edits, removals.values())
        except VerificationError:
            # Its message quotes what differs, and that may be a secret's.
            mapping = next(iter(removals.values())).mapping
            raise _not_removed(mapping, piece.start, "something else would change with them") from None
    return [edit.moved(piece.start) for edit in edits]


def _removal(manifest: MappingNode, start: int) -> RemoveKeys | None:
    """What has to go from a manifest, if anything."""
    try:
        metadata = nodes.child(manifest, "metadata")
        annotations = None if metadata is None else nodes.child(metadata, "annotations")
        if not isinstance(metadata, MappingNode) or not isinstance(annotations, MappingNode):
            return None
        nodes.check_keys(annotations)
    except DoubledKey as error:
        error.position = None if error.position is None else start + error.position
        raise
    if any(_is_internal(key) for source in nodes.merged(annotations) for key in nodes.keys(source)):
        raise _not_removed(annotations, start, "they arrive by `<<`")
    internal = tuple(key.value for key in nodes.keys(annotations) if _is_internal(key))
    if not internal:
        return None
    if len(internal) < len(annotations.value):
        return RemoveKeys(annotations, internal)
    if nodes.entry(metadata, "annotations") is None:
        raise _not_removed(metadata, start, "they arrive by `<<`")
    return RemoveKeys(metadata, ("annotations",))


def _is_internal(key: Node) -> bool:
    return isinstance(key, ScalarNode) and (key.value in _HOSTS_OWN or key.value.startswith(_HOSTS_DOMAIN))


def _not_removed(node: Node, start: int, reason: str) -> InputError:
    return InputError(f"internal annotations cannot be removed from here: {reason}", start + nodes.start(node))
