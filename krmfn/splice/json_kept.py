"""JSON stays JSON. To YAML, `{a: b}` is as good as `{"a": "b"}`: who compares nodes does not see a .json file break."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from krmfn.errors import VerificationError
from krmfn.splice import nodes
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.nodes import MappingNode, Node, SequenceNode


def check_json(text: str, roots: Sequence[Node], edits: Sequence[Edit]) -> None:
    """Raise `VerificationError` when a document that is JSON in `text` no longer is after the edits.

    `roots` are the nodes of `text`. What is not in braces or brackets costs nothing.
    """
    found = list(_in_brackets(roots))
    if not found:
        return
    edits = sorted(edits)
    starts = [edit.start for edit in edits]
    for node in found:
        start, end = nodes.start(node), nodes.end(node)
        inside = edits[bisect_left(starts, start) : bisect_right(starts, end)]
        before = text[start:end]
        # Without a string nothing tells JSON from YAML: `[{}]`.
        if not inside or '"' not in before or not _is_json(before):
            continue
        if not _is_json(apply_edits(before, [edit.moved(-start) for edit in inside])):
            mark = node.start_mark
            where = f"at line {mark.line + 1}, column {mark.column + 1}"
            raise VerificationError(f"the JSON {where} would no longer be JSON")


def _in_brackets(roots: Sequence[Node]) -> Iterator[Node]:
    """The documents, and the items of a list in block style, that are written in braces or brackets."""
    for root in roots:
        is_list = isinstance(root, SequenceNode) and not root.flow_style
        for node in root.value if is_list else (root,):
            if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
                yield node


def _is_json(text: str) -> bool:
    try:
        # Python's bound on the digits of a number is none of JSON's.
        json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True
