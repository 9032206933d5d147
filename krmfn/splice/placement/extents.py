"""Find the end of the text of a value, including block scalars and block collections."""

from krmfn.errors import Unplaceable
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.placement.spans import COLON, value_end

_BLANKS = " \t\r\n\x85\u2028\u2029"


def entry_end(text: str, key: Node, value: Node) -> int:
    """The end of a key's value, or of the colon if the value is empty; raise `Unplaceable` if it is not certain."""
    if nodes.start(value) < nodes.end(key):
        end = value_end(text, key, value)
        if end is None:
            raise Unplaceable("the value is an alias in an unusual place")
        return end
    if nodes.start(value) == nodes.end(value):
        colon = COLON.match(text, nodes.end(key))
        if colon is None:
            raise Unplaceable("no colon stands behind the key of an empty value")
        return colon.end()
    return node_end(text, value)


def node_end(text: str, node: Node) -> int:
    """The end of a node that is not an alias, without comments and blank lines after it."""
    if nodes.is_flow(node):
        return nodes.end(node)
    if isinstance(node, ScalarNode):
        start = nodes.start(node)
        return start + len(text[start : nodes.end(node)].rstrip(_BLANKS))
    if isinstance(node, MappingNode):
        return entry_end(text, *node.value[-1])
    assert isinstance(node, SequenceNode)
    last = node.value[-1]
    floor = nodes.start(node) if len(node.value) == 1 else nodes.start(node.value[-2])
    if nodes.start(last) <= floor and nodes.start(last) != nodes.start(node):
        raise Unplaceable("the last item of a list is an alias")
    return node_end(text, last)


def check_no_anchor(text: str, start: int, end: int) -> None:
    """Raise `Unplaceable` if text between two positions looks like the anchor of an alias in the text."""
    if "&" in text[start:end] and parsing.has_aliases(text):
        names = {match[1] for match in parsing.ANCHOR.finditer(text, start, end)}
        if any(match[1] in names for match in parsing.ALIAS.finditer(text)):
            raise Unplaceable("the removed part has, or seems to have, an anchor that an alias refers to")
