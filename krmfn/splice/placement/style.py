"""The style of a flow collection: the quotes around keys and strings, and blanks after colons and commas.

An empty collection shows neither. Then the style comes from its surroundings, from the inside out: its key, its
neighbours in a list, the collection around it. So JSON stays JSON.
"""

from collections.abc import Callable
from typing import NamedTuple

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.placement.spans import quotes_of

Holder = Callable[[Node], Node | None]
"""Returns the flow collection around a flow collection, or None."""


class Style(NamedTuple):
    """`quote` (`"`, `'` or none) is around keys and strings; `compact`: no blank after colons and commas."""

    quote: str = ""
    compact: bool = False


def no_holder(_: Node) -> None:
    """A `Holder` for collections that are in no other flow collection, or are not empty."""


def of_mapping(text: str, mapping: MappingNode, holder: Holder) -> Style:
    """The style for a new entry of a flow mapping."""
    return _shown(text, mapping) or _around(text, mapping, holder)


def of_items(text: str, sequence: SequenceNode, holder: Holder) -> Style:
    """The style for a new item of a flow list; looks at two items only, so that long lists take no longer."""
    for item in (*sequence.value[-1:], *sequence.value[:1]):
        if style := _shown(text, item):
            return style
    return _around(text, sequence, holder)


def _shown(text: str, node: Node) -> Style | None:
    """The style that the entries of a mapping, or a string, show; or None."""
    if isinstance(node, MappingNode) and node.value:
        key, value = node.value[0]
        quote = quotes_of(key)
        return Style(quote, bool(quote) and text[nodes.end(key) : nodes.start(value)] == ":")
    if isinstance(node, ScalarNode) and nodes.is_string(node):
        return Style(quotes_of(node))
    return None


def _around(text: str, node: Node, holder: Holder) -> Style:
    if style := _of_owner(text, nodes.start(node)):
        return style
    around = holder(node)
    if isinstance(around, SequenceNode):
        return of_items(text, around, holder)
    return (around and _shown(text, around)) or Style()


def _of_owner(text: str, start: int) -> Style | None:
    """The style of the key whose value starts at `start`; None if no key is right before it."""
    colon = _last_that_is_no_blank(text, start)
    if colon < 0 or text[colon] != ":":
        return None
    last = _last_that_is_no_blank(text, colon)
    quote = text[last] if last >= 0 and text[last] in "\"'" else ""
    return Style(quote, bool(quote) and last + 2 == start)


def _last_that_is_no_blank(text: str, stop: int) -> int:
    """The position of the last character before `stop` that is neither blank nor line break, or -1."""
    position = stop - 1
    while position >= 0 and text[position].isspace():
        position -= 1
    return position
