"""Where results are in the input: reports take the position, people read the message and the field path."""

import re
from collections.abc import Iterator

from krmfn import Result
from krmfn.errors import KrmfnError
from krmfn.krm import documents
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Document
from krmfn.splice.source import decode, line_and_column

_NAMED = re.compile(r"line (\d+), column (\d+) of the input\)")
_OF_THE_OBJECT = ("secret-type", "secret-content", "secret-placeholder")
"""Rules about Secrets that an object makes: the results are at the object."""


def is_where_it_says(result: Result, data: bytes) -> bool:
    """Whether the position of a result is the place that its message names, and fits its field path."""
    named = _NAMED.search(result.message)
    if result.location is None:
        return not named and (not result.resource_ref or " created" in f" {result.message}")
    text, position = decode(data).text, result.location.position
    line, column = line_and_column(text, position)
    says_it = result.location.words in result.message and (not named or named.groups() == (str(line), str(column)))
    return says_it and position <= len(text) and _fits(result, text, position)


def _fits(result: Result, text: str, position: int) -> bool:
    """Whether a position is that of the node at the field path of a result, of one around it, or inside of it."""
    if not result.field or " | " in result.field.path or result.rule in _OF_THE_OBJECT:
        return True
    path = result.field.path
    found = [
        [document.position(nodes.start(node)) for node in (*around, at)]
        for document in _documents(text)
        for own, at, around in _below(document.root, "", ())
        if own == path or own.endswith((f".{path}", f"].{path}"))
        if around[0] is document.root and document.position(nodes.start(document.root)) <= position
    ]
    here = [starts for starts in found if starts[0] == max(starts[0] for starts in found)]
    return not here or any(position in starts[1:] or position >= starts[-2] for starts in here)


def _documents(text: str) -> Iterator[Document]:
    try:
        for piece in documents.cut(text).pieces(lambda _: True):
            yield from piece.documents
    except KrmfnError:
        return


def _below(node: Node, at: str, around: tuple[Node, ...]) -> Iterator[tuple[str, Node, tuple[Node, ...]]]:
    """The nodes in a node, each with its field path and the nodes around it."""
    around = (*around, node)
    found: list[tuple[str, Node]] = []
    if isinstance(node, SequenceNode):
        found = [(f"{at}[{i}]", item) for i, item in enumerate(node.value)]
    elif isinstance(node, MappingNode):
        found = [(paths.join(at, key.value), value) for key, value in node.value if isinstance(key, ScalarNode)]
    for below, value in found:
        yield below, value, around
        if value not in around:
            yield from _below(value, below, around)
