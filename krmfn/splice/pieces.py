"""Composed text: what is edited and verified in one go."""

from functools import cached_property
from typing import NamedTuple

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode


class Document(NamedTuple):
    """A composed document, or an item of a list of documents, with the text that its marks refer to.

    `start` is where that text begins in the input; `number` counts the documents, or the items, from 0.
    """

    text: str
    start: int
    root: Node
    number: int


class Piece:
    """A composed chunk: what is edited and verified in one go.

    `roots` are all the nodes of its text, `documents` what krmfn looks at in them.
    """

    def __init__(self, text: str, start: int, roots: tuple[Node, ...], documents: tuple[Document, ...]) -> None:
        self.text = text
        self.start = start
        self.roots = roots
        self.documents = documents

    def holder(self, node: Node) -> Node | None:
        """The flow collection that a flow collection stands in; None when it stands in none."""
        return self._holders.get(id(node))

    @cached_property
    def _holders(self) -> dict[int, Node]:
        holders: dict[int, Node] = {}
        for node in nodes.descendants(self.roots):
            if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
                for child in nodes.children(node):
                    # An alias is a child too, and stands elsewhere; the innermost collection around is the holder.
                    is_inside = nodes.start(node) <= nodes.start(child) < nodes.end(node)
                    other = holders.get(id(child))
                    if is_inside and (other is None or nodes.start(other) < nodes.start(node)):
                        holders[id(child)] = node
        return holders
