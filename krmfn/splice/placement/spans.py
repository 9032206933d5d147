"""Find the text of nodes with PyYAML's marks; the marks of an alias are those of the anchored node."""

import re
from collections.abc import Iterator
from typing import Any

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.rendering import in_flow, scalar

COLON = re.compile(r"[ \t]*:")
COLON_ALIAS = re.compile(r"[ \t]*:[ \t]*(\*[^\s,\[\]{}]+)")
_NOT_TO_COPY = re.compile(r"[\\#&*!?\r\n\x85\u2028\u2029]")


def entries_in_order(mapping: MappingNode, keys: tuple[str, ...]) -> Iterator[tuple[Node, Node]]:
    """The entries of `mapping` for the keys, in the order of `keys`."""
    for key in keys:
        if own := nodes.entry(mapping, key):
            yield own


def entries_in_text_order(mapping: MappingNode, keys: tuple[str, ...]) -> Iterator[tuple[Node, Node]]:
    """The entries of `mapping` for the keys, in the order of the text."""
    for key, value in mapping.value:
        if isinstance(key, ScalarNode) and key.value in keys:
            yield key, value


def quotes_of(node: Node) -> str:
    """The quotes of a scalar; empty for plain scalars and collections."""
    return (node.style or "") if isinstance(node, ScalarNode) else ""


def value_end(text: str, key: Node, value: Node) -> int | None:
    """The end of a key's value; None if PyYAML's marks do not show it."""
    if nodes.start(value) < nodes.end(key):
        alias = COLON_ALIAS.match(text, nodes.end(key))
        return alias.end() if alias else None
    return nodes.end(value) if nodes.is_flow(value) else None


def text_end(text: str, node: Node) -> int | None:
    """The end of a node without trailing comments; None for block scalars and unusual aliases."""
    if nodes.is_flow(node):
        return nodes.end(node)
    if isinstance(node, MappingNode):
        key, value = node.value[-1]
        if nodes.start(value) == nodes.end(value) and not COLON.match(text, nodes.end(key)):
            return text_end(text, key)  # after a `?`
        if nodes.start(value) < nodes.end(key) or nodes.is_flow(value):
            return value_end(text, key, value)
        return text_end(text, value)
    if isinstance(node, SequenceNode):
        last = node.value[-1]
        # An alias has the position of its anchor: before the list, or not after the other items.
        before = max(map(nodes.start, node.value[:-1]), default=-1)
        is_alias = nodes.start(last) < nodes.start(node) or nodes.start(last) <= before
        return None if is_alias else text_end(text, last)
    return None


def written_like(text: str, last: Node, start: int, item: Any) -> str | None:
    """The new item in the style of the last one: its blanks, quotes and braces around the new value; or None."""
    if not isinstance(last, MappingNode) or not isinstance(item, dict) or len(last.value) != 1 or len(item) != 1:
        return None
    (key, value), (new_key, new_value) = last.value[0], next(iter(item.items()))
    if key.value != new_key or not isinstance(value, ScalarNode) or not nodes.is_flow(value):
        return None
    if not start <= nodes.start(key) < nodes.end(key) < nodes.start(value) < nodes.end(value):
        return None
    stop = nodes.end(last) if last.flow_style else nodes.end(value)
    around = text[start : nodes.start(value)], text[nodes.end(value) : stop]
    if any(_NOT_TO_COPY.search(part) for part in (*around, text[nodes.start(value)])):
        return None
    # Null has no quotes, but its key may have.
    quote = quotes_of(value) if nodes.is_string(value) else quotes_of(key)
    return around[0] + scalar(in_flow(new_value), quote) + around[1]
