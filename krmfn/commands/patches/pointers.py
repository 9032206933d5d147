"""JSON pointers, which patches use instead of field paths."""

from collections.abc import Iterable

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode
from krmfn.splice.paths import Step


def pointer(path: Iterable[Step]) -> str:
    """The JSON pointer of a path of steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def find(node: Node | None, path: Iterable[Step]) -> Node | None:
    """The node at a path; None when there is none."""
    for step in path:
        if isinstance(step, int) and isinstance(node, SequenceNode):
            node = node.value[step] if step < len(node.value) else None
        else:
            node = nodes.child(node, str(step)) if isinstance(node, MappingNode) else None
    return node
