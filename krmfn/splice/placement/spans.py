"""Where nodes stand in the text, as far as PyYAML's marks tell: aliases carry the marks of what they refer to."""

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
    """The entries of `mapping` for the keys, as the keys are ordered."""
    for key in keys:
        if own := nodes.entry(mapping, key):
            yield own


def entries_in_text_order(mapping: MappingNode, keys: tuple[str, ...]) -> Iterator[tuple[Node, Node]]:
    """The entries of `mapping` for the keys, as they stand in the text."""
    for key, value in mapping.value:
        if isinstance(key, ScalarNode) and key.value in keys:
            yield key, value


def quotes_of(node: Node) -> str:
    """The quotes a scalar is written in; none for a plain one and for collections."""
    return (node.style or "") if isinstance(node, ScalarNode) else ""


def value_end(text: str, key: Node, value: Node) -> int | None:
    """Where the text of a key's value ends; None where PyYAML's marks do not tell."""
    if nodes.start(value) < nodes.end(key):
        alias = COLON_ALIAS.match(text, nodes.end(key))
        return alias.end() if alias else None
    return nodes.end(value) if nodes.is_flow(value) else None


def text_end(text: str, node: Node) -> int | None:
    """Where the text of a node ends, its trailing comments not included; None for block scalars and odd aliases."""
    if nodes.is_flow(node):
        return nodes.end(node)
    if isinstance(node, MappingNode):
        key, value = node.value[-1]
        if nodes.start(value) == nodes.end(value) and not COLON.match(text, nodes.end(key)):
            return text_end(text, key)  # behind a `?`
        if nodes.start(value) < nodes.end(key) or nodes.is_flow(value):
            return value_end(text, key, value)
        return text_end(text, value)
    if isinstance(node, SequenceNode):
        last = node.value[-1]
        # An alias stands where its anchor does: before the list, or not behind another item.
        before = max(map(nodes.start, node.value[:-1]), default=-1)
        is_alias = nodes.start(last) < nodes.start(node) or nodes.start(last) <= before
        return None if is_alias else text_end(text, last)
    return None


def written_like(text: str, last: Node, start: int, item: Any) -> str | None:
    """The new item written as the last one is: its blanks, quotes and braces around the new name."""
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
    # Null shows no quotes; its key does.
    quote = quotes_of(value) if nodes.is_string(value) else quotes_of(key)
    return around[0] + scalar(in_flow(new_value), quote) + around[1]
