"""Composed text: the unit that is edited and verified at once."""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

if TYPE_CHECKING:
    from krmfn.splice.inner_text import InnerText


class Within(NamedTuple):
    """The place of a text in a scalar.

    Attributes:
        document: the document of the scalar.
        text: the text.
        path: the field path of the scalar, then ` | ` and the prefix of field paths in the text.
    """

    document: "Document"
    text: "InnerText"
    path: str


class Document(NamedTuple):
    """A composed document, or an item of a list of documents, with the text that its marks refer to.

    Attributes:
        text: the text.
        start: the start of the text in the input, or in the text of the scalar.
        root: the root node.
        number: the number of the document or item, from 0.
        within: the place of the scalar with the text; None for a document of the input itself.
    """

    text: str
    start: int
    root: Node
    number: int
    within: Within | None = None

    def position(self, own: int) -> int:
        """A position in the text as a position in the input."""
        if self.within is None:
            return self.start + own
        return self.within.document.position(self.within.text.position(self.start + own))

    @property
    def outermost(self) -> "Document":
        """The document of the input that contains this one, or this one itself."""
        return self.within.document.outermost if self.within else self

    @property
    def path(self) -> str:
        """The prefix of its field paths in the document of the input: empty, or `spec.text | `."""
        return self.within.document.path + self.within.path if self.within else ""


class Piece:
    """A composed chunk: the unit that is edited and verified at once.

    `roots` are all root nodes of its text, `documents` the documents or items in them.
    """

    def __init__(self, text: str, start: int, roots: tuple[Node, ...], documents: tuple[Document, ...]) -> None:
        self.text = text
        self.start = start
        self.roots = roots
        self.documents = documents

    def holder(self, node: Node) -> Node | None:
        """The flow collection around a flow collection, or None."""
        return self._holders.get(id(node))

    @cached_property
    def _holders(self) -> dict[int, Node]:
        holders: dict[int, Node] = {}
        for node in nodes.descendants(self.roots):
            if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
                for child in nodes.children(node):
                    # Children include anchored nodes that are elsewhere; the holder is the innermost collection around.
                    is_inside = nodes.start(node) <= nodes.start(child) < nodes.end(node)
                    other = holders.get(id(child))
                    if is_inside and (other is None or nodes.start(other) < nodes.start(node)):
                        holders[id(child)] = node
        return holders
