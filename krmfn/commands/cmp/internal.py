"""Remove the internal annotations of KRM function hosts from objects, because Argo CD would apply them."""

from krmfn.errors import DoubledKey, InputError, Unplaceable, VerificationError
from krmfn.splice import nodes
from krmfn.splice.changes import RemoveEntries
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode, Node, ScalarNode
from krmfn.splice.pieces import Piece
from krmfn.splice.placement.removal import remove_entries
from krmfn.splice.verify import verify

_HOSTS_OWN = ("config.kubernetes.io/index", "config.kubernetes.io/path", "config.kubernetes.io/id", "config.k8s.io/id")
_HOSTS_DOMAIN = "internal.config.kubernetes.io/"
MARKS = ("config.kubernetes.io/", "config.k8s.io/id")
"""A text without any of these strings, and without a backslash, has no internal annotation."""


def without(piece: Piece, objects: list[MappingNode]) -> list[Edit]:
    """The edits that remove the annotations from these objects of a piece; raise `InputError` with the place."""
    removals = {id(removal.owner): removal for o in objects if (removal := _removal(o, piece.start))}
    edits: list[Edit] = []
    for removal in removals.values():
        try:
            edits += remove_entries(piece.text, removal)
        except Unplaceable as refusal:
            raise _not_removed(removal.owner, piece.start, str(refusal)) from None
    if edits:
        try:
            verify(piece.roots, piece.text, edits, removals.values())
        except VerificationError:
            # The message of the error quotes what differs, which may be part of a Secret.
            owner = next(iter(removals.values())).owner
            raise _not_removed(owner, piece.start, "something else would change with them") from None
    return [edit.moved(piece.start) for edit in edits]


def _removal(manifest: MappingNode, start: int) -> RemoveEntries | None:
    """The removal for a manifest, or None if it has no internal annotation."""
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
        return RemoveEntries("metadata.annotations", annotations, internal)
    if nodes.entry(metadata, "annotations") is None:
        raise _not_removed(metadata, start, "they arrive by `<<`")
    return RemoveEntries("metadata", metadata, ("annotations",))


def _is_internal(key: Node) -> bool:
    return isinstance(key, ScalarNode) and (key.value in _HOSTS_OWN or key.value.startswith(_HOSTS_DOMAIN))


def _not_removed(node: Node, start: int, reason: str) -> InputError:
    return InputError(f"internal annotations cannot be removed from here: {reason}", start + nodes.start(node))
