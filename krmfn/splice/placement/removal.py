"""Keys taken out of a mapping with their values: whole lines in block style, from comma to comma in flow style."""

import re
from collections.abc import Iterator
from itertools import groupby

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import RemoveKeys
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end, line_start, own_line_indent
from krmfn.splice.nodes import MappingNode, Node
from krmfn.splice.placement.spans import text_end, value_end

_COMMENT = re.compile(r"(?:[ \t]*,)?[ \t]+#[^\r\n]*")
_UP_TO_COMMA = re.compile(r"(?:\s|#[^\r\n]*)*")


def remove(text: str, removal: RemoveKeys) -> list[Edit]:
    """The edits that take the keys out of `text`; raise `Unplaceable`. Something has to stay in a mapping."""
    mapping = removal.mapping
    gone = [key.value in removal.keys for key, _ in mapping.value]
    if all(gone):
        raise Unplaceable("nothing would be left of the mapping")
    edits = list((_flow if mapping.flow_style else _block)(text, mapping, gone))
    if any("&" in text[edit.start : edit.end] for edit in edits):
        raise Unplaceable("what is to go has an anchor, or something that looks like one")
    return edits


def _block(text: str, mapping: MappingNode, gone: list[bool]) -> Iterator[Edit]:
    for (key, value), is_gone in zip(mapping.value, gone, strict=True):
        if is_gone:
            end = _entry_end(text, key, value)
            start = nodes.start(key)
            is_explicit = text[:start].rstrip().endswith("?")
            if is_explicit or own_line_indent(text, start) is None or not is_last_on_line(text, end):
                raise Unplaceable("what is to go does not stand on lines of its own")
            stop = line_end(text, end)
            stop += len(line_break(text, stop)) if stop < len(text) else 0
            yield Edit(line_start(text, start), stop, "")


def _flow(text: str, mapping: MappingNode, gone: list[bool]) -> Iterator[Edit]:
    """With the comma behind; those at the end with the comma before. A comment goes with what stands before it."""
    entries = mapping.value
    for is_gone, run in groupby(range(len(entries)), key=gone.__getitem__):
        if not is_gone:
            continue
        indices = list(run)
        start, end = nodes.start(entries[indices[0]][0]), _entry_end(text, *entries[indices[-1]])
        if indices[-1] + 1 < len(entries):
            following = nodes.start(entries[indices[-1] + 1][0])
            stop = _comment_end(text, _comma(text, end) + 1) if "#" in text[end:following] else following
            yield Edit(start, stop, "")
            continue
        before = _entry_end(text, *entries[indices[0] - 1])
        if "#" in text[before:start]:
            comma = _comma(text, before)
            yield Edit(comma, comma + 1, "")
            before = start
        yield Edit(before, _comment_end(text, end), "")


def _comma(text: str, end: int) -> int:
    """Where the comma behind an entry is, which another entry follows."""
    return end + len(_UP_TO_COMMA.match(text, end)[0])  # type: ignore[index]  # matches anything


def _comment_end(text: str, end: int) -> int:
    """Where the comment behind something on its line ends; the place itself when there is none."""
    comment = _COMMENT.match(text, end)
    return comment.end() if comment else end


def _entry_end(text: str, key: Node, value: Node) -> int:
    end = value_end(text, key, value)
    if end is None and nodes.start(value) > nodes.start(key):
        end = text_end(text, value)
    if end is None:
        raise Unplaceable("the end of its value is not certain")
    return end
