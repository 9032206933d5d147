"""Manifests as Argo CD needs them: only objects for a cluster, without annotations for KRM function hosts."""

from collections.abc import Iterator
from typing import NamedTuple

from krmfn.commands.cmp import internal
from krmfn.errors import InputError
from krmfn.imagepull.settings import API_VERSION
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.krm.resources import LOCAL_CONFIG, says_local
from krmfn.splice import nodes
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.nodes import MappingNode, ScalarNode, SequenceNode
from krmfn.splice.pieces import Document, Piece
from krmfn.splice.source import line_and_column


class Plain(NamedTuple):
    """Plain manifests, the number of objects that Argo CD finds in them, and messages about local objects left out."""

    text: str
    objects: int
    local: tuple[str, ...] = ()


def plain_manifests(text: str) -> Plain:
    """Return `text` without internal annotations and local objects; raise `InputError` with the place of an error."""
    try:
        return documents.of_input(text, lambda given: _plain(text, given))
    except InputError as error:
        if error.position is None:
            raise
        line, column = line_and_column(text, error.position)
        number = documents.number_at(text, error.position)
        raise InputError(f"{error} (document {number}, line {line}, column {column})") from None


def _plain(text: str, given: Input) -> Plain:
    if given.envelope:
        raise InputError(
            "a ResourceList is for functions; plain manifests are expected (`kpt fn render -o unwrap` prints them)", 0
        )
    edits: list[Edit] = []
    local: list[str] = []
    count = 0
    for chunk in given.chunks:
        if chunk.type_meta and all(chunk.type_meta) and chunk.is_one_object and not _needs_a_look(chunk.text):
            chunk.check_syntax()
            count += 1
            continue
        piece = documents.compose(chunk, 0)
        objects = [o for document in piece.documents for o in _objects(document)]
        if any(map(_why_local, objects)):
            local.append(_alone(piece, objects))
            edits.append(Edit(chunk.start, chunk.stop, ""))
            continue
        count += len(objects)
        edits += internal.without(piece, objects)
    return Plain(apply_edits(text, edits), count, tuple(local))


def _needs_a_look(text: str) -> bool:
    # A backslash may escape characters of a key.
    return any(mark in text for mark in ("items", "\\", API_VERSION, *internal.MARKS))


def _objects(document: Document) -> Iterator[MappingNode]:
    """The objects of a document: the document itself or, as Argo CD does for any kind, its `items`."""
    root = document.root
    if nodes.is_null(root):
        return
    items = nodes.last(root, "items")
    for node in items.value if isinstance(items, SequenceNode) else [root]:
        if not isinstance(node, MappingNode) or not _is_text(node, "apiVersion") or not _is_text(node, "kind"):
            raise InputError("expected an object with apiVersion and kind here", document.start + nodes.start(node))
        yield node


def _is_text(node: MappingNode, key: str) -> bool:
    value = nodes.last(node, key)
    return isinstance(value, ScalarNode) and bool(value.value)


def _why_local(manifest: MappingNode) -> str:
    """Return why an object is not for a cluster, or "". kustomize and kpt skip such objects, Argo CD applies them."""
    annotations = nodes.last(nodes.last(manifest, "metadata"), "annotations")
    mark, api_version = nodes.last(annotations, LOCAL_CONFIG), nodes.last(manifest, "apiVersion")
    if isinstance(mark, ScalarNode) and says_local(mark.value):
        return f"it has the annotation `{LOCAL_CONFIG}`"
    is_own = isinstance(api_version, ScalarNode) and api_version.value == API_VERSION
    return "it holds settings of krmfn" if is_own else ""


def _alone(piece: Piece, objects: list[MappingNode]) -> str:
    """The message about the local object of a piece; raise `InputError` if the piece has other objects too."""
    local, why = next((o, why) for o in objects if (why := _why_local(o)))
    if len(objects) > 1 or all(local is not root for root in piece.roots):
        message = f"this object must be left out, because {why}; separate it from the others by `---` lines"
        raise InputError(message, piece.start + nodes.start(local))
    kind, name = nodes.last(local, "kind"), nodes.last(nodes.last(local, "metadata"), "name")
    which = " ".join(str(node.value) for node in (kind, name) if isinstance(node, ScalarNode))
    return f"{which} is left out: {why}"
