"""Field paths, and the JSON pointers that patches have in their place."""

import json
import re
from collections.abc import Iterable
from typing import Any

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

Step = str | int
"""A key of a mapping, or an index of a list."""
_STEP = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([A-Za-z0-9_-]+)', re.ASCII)


def steps(path: str) -> tuple[Step, ...]:
    """The steps of a concrete field path, as `spec.templates[2]["a/b"]`."""
    return tuple(_step(match) for match in _STEP.finditer(path))


def pointer(path: Iterable[Step]) -> str:
    """The JSON pointer of a path of steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def find(node: Node | None, path: Iterable[Step]) -> Node | None:
    """The node that a path leads to; None when it leads nowhere."""
    for step in path:
        if isinstance(step, int) and isinstance(node, SequenceNode):
            node = node.value[step] if step < len(node.value) else None
        else:
            node = nodes.child(node, str(step)) if isinstance(node, MappingNode) else None
    return node


def _step(match: re.Match[str]) -> Step:
    index, quoted, key = match.groups()
    if index is not None:
        return int(index)
    unquoted: Any = json.loads(quoted) if quoted is not None else key
    return str(unquoted)
