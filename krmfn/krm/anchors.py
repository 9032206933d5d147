"""Findings about anchors that a document redefines: YAML 1.2 allows it, but some parsers refuse it."""

from collections.abc import Iterator

from krmfn.krm import resources
from krmfn.krm.findings import Finding
from krmfn.krm.resources import Resource
from krmfn.krm.results import Severity
from krmfn.splice import nodes, parsing, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Piece
from krmfn.splice.source import line_and_column


def redefined(piece: Piece, text: str) -> Iterator[tuple[Resource, Finding]]:
    """A finding about the first redefined anchor in the resources of a piece, if any; `text` is the whole input."""
    found = parsing.redefined_anchor(piece.text)
    if found is None:
        return
    name, *positions = found
    first, second = (line_and_column(text, piece.start + position)[0] for position in positions)
    for document in piece.documents:
        place = next(_standing_at(positions[1], document.root, ""), None)
        around = (one for one in resources.read(document) if place and _is_in(place[0], one.at))
        if place and (resource := next(around, None)):
            message = f"anchor `{name}` is defined twice (line {first} and line {second}). YAML allows that: an alias "
            message += "refers to the last definition before it. Some parsers, such as PyYAML, refuse the file"
            yield resource, Finding(Severity.INFO, message, *place)
            return


def _is_in(path: str, at: str) -> bool:
    """Whether a field path is equal to `at` or below it."""
    return not at or (path.startswith(at) and path[len(at) : len(at) + 1] in ("", ".", "["))


def _standing_at(position: int, node: Node, at: str) -> Iterator[tuple[str, Node]]:
    """The nodes that begin at a position, with their field paths."""
    if nodes.start(node) == position:
        yield at, node
    if isinstance(node, SequenceNode):
        for i, item in enumerate(node.value):
            yield from _standing_at(position, item, f"{at}[{i}]")
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            below = paths.join(at, key.value) if isinstance(key, ScalarNode) else at
            yield from _standing_at(position, value, below)
            yield from _standing_at(position, key, below)
