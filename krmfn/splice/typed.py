"""Convert nodes to typed data and compare both; scalars on whose type YAML 1.1 and 1.2 disagree are strings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from krmfn.errors import InputError
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)


def value(node: Node) -> Any:
    """The node as typed data: `3` is a number; `"3"` is a string, and so is `on`, on which parsers disagree.

    Includes merged keys (`<<`). Raises `DoubledKey` for a duplicate key, `InputError` for a key that is not a scalar.
    """
    if isinstance(node, ScalarNode):
        return scalar(node)
    if isinstance(node, SequenceNode):
        return [value(item) for item in node.value]
    assert isinstance(node, MappingNode)
    nodes.check_keys(node)
    data: dict[str, Any] = {}
    for source in reversed(nodes.merged(node)):
        data |= value(source)
    for key, inner in node.value:
        if not isinstance(key, ScalarNode):
            raise InputError(f"a key must be a string, not {nodes.describe(key)}", nodes.start(key))
        if key.value != "<<":
            data[str(key.value)] = value(inner)
    return data


def scalar(node: ScalarNode) -> Any:
    """The scalar as None, a boolean, a number or a string."""
    text: str = node.value
    if node.style or nodes.is_string(node):
        return text
    if nodes.is_null(node):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if nodes.is_float(node) and text.strip("+-.0123456789eE") == "" else text


def is_equal(node: Node, data: Any) -> bool:
    """Whether every parser reads the node as the data; the order of keys does not matter."""
    if isinstance(data, Mapping):
        if not isinstance(node, MappingNode):
            return False
        entries = dict(nodes.all_entries(node))
        return entries.keys() == data.keys() and all(is_equal(entries[key], inner) for key, inner in data.items())
    if isinstance(data, Sequence) and not isinstance(data, str):
        if not isinstance(node, SequenceNode) or len(node.value) != len(data):
            return False
        return all(is_equal(item, inner) for item, inner in zip(node.value, data, strict=True))
    if not isinstance(node, ScalarNode):
        return False
    own = scalar(node)
    if isinstance(data, str):
        return nodes.is_string(node) and own == data
    return type(own) is type(data) and bool(own == data)
