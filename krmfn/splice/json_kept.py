"""Check that JSON stays JSON: a comparison of YAML nodes accepts `{a: b}` for `{"a": "b"}`."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from krmfn.errors import VerificationError
from krmfn.splice import nodes
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.nodes import MappingNode, Node, SequenceNode


def check_json(text: str, roots: Sequence[Node], edits: Sequence[Edit]) -> None:
    """Raise `VerificationError` if a document is JSON in `text` but not after the edits.

    `roots` are the nodes of `text`. Only text in braces or brackets is checked.
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
        # Without a string, JSON and YAML are the same: `[{}]`.
        if not inside or '"' not in before or not _is_json(before):
            continue
        if not _is_json(apply_edits(before, [edit.moved(-start) for edit in inside])):
            mark = node.start_mark
            where = f"at line {mark.line + 1}, column {mark.column + 1}"
            raise VerificationError(f"the JSON {where} would no longer be JSON")


def _in_brackets(roots: Sequence[Node]) -> Iterator[Node]:
    """The documents, and the items of block lists, that are in braces or brackets."""
    for root in roots:
        is_list = isinstance(root, SequenceNode) and not root.flow_style
        for node in root.value if is_list else (root,):
            if isinstance(node, (MappingNode, SequenceNode)) and node.flow_style:
                yield node


def _is_json(text: str) -> bool:
    try:
        # Python's limit on the digits of an int is not a limit of JSON.
        json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True
