"""Composed text: what is edited and verified in one go."""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

if TYPE_CHECKING:
    from krmfn.splice.inner_text import InnerText


class Within(NamedTuple):
    """Where a text stands that a scalar holds.

    Attributes:
        document: the document of the scalar.
        text: the text.
        path: the field path of the scalar, with ` | ` behind it and what field paths in the text begin with.
    """

    document: "Document"
    text: "InnerText"
    path: str


class Document(NamedTuple):
    """A composed document, or an item of a list of documents, with the text that its marks refer to.

    Attributes:
        text: the text.
        start: where that begins in the input, or in the text that a scalar holds.
        root: the root node.
        number: counts the documents, or the items, from 0.
        within: the scalar that holds the text; None for a document of the input itself.
    """

    text: str
    start: int
    root: Node
    number: int
    within: Within | None = None

    def position(self, own: int) -> int:
        """A position in the text as one in the input."""
        if self.within is None:
            return self.start + own
        return self.within.document.position(self.within.text.position(self.start + own))

    @property
    def outermost(self) -> "Document":
        """The document of the input in which it stands, itself if it is one."""
        return self.within.document.outermost if self.within else self

    @property
    def path(self) -> str:
        """What its field paths begin with in the document of the input: empty, or `spec.text | `."""
        return self.within.document.path + self.within.path if self.within else ""


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
