"""Read YAML texts that are for other programs as plain data, in which each scalar is its text."""

from collections.abc import Iterator
from typing import Any

from krmfn.errors import InputError
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

_DEEPEST = 100


def read(text: str) -> Iterator[Any]:
    """The documents of a text; raise `InputError` when it does not parse.

    The last of several equal keys counts, as in most programs.
    """
    for root in parsing.compose(text):
        yield _plain(root)


def readable(text: str) -> list[Any]:
    """The documents of a text, as `read`; an empty list if the text does not parse."""
    try:
        return list(read(text))
    except InputError:
        return []


def _plain(node: Node, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(node, MappingNode):
        data: dict[str, Any] = {}
        for source in reversed(nodes.merged(node)):
            data |= _plain(source, depth + 1) or {}
        own = ((key, value) for key, value in node.value if isinstance(key, ScalarNode) and key.value != "<<")
        return data | {str(key.value): _plain(value, depth + 1) for key, value in own}
    if isinstance(node, SequenceNode):
        return [_plain(item, depth + 1) for item in node.value]
    return None if nodes.is_null(node) else node.value
