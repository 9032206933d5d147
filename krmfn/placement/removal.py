"""Keys taken out of a mapping with their values: whole lines in block style, from comma to comma in flow style."""

from collections.abc import Iterator
from itertools import groupby

from krmfn import nodes
from krmfn.changes import RemoveKeys
from krmfn.edits import Edit
from krmfn.errors import Unplaceable
from krmfn.lines import is_last_on_line, line_break, line_end, line_start, own_line_indent
from krmfn.nodes import MappingNode, Node
from krmfn.placement.spans import text_end, value_end


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
    """With the comma behind; those at the end with the comma before."""
    entries = mapping.value
    for is_gone, run in groupby(range(len(entries)), key=gone.__getitem__):
        first, *_ = indices = list(run)
        following = indices[-1] + 1
        if is_gone and following < len(entries):
            yield Edit(nodes.start(entries[first][0]), nodes.start(entries[following][0]), "")
        elif is_gone:
            yield Edit(_entry_end(text, *entries[first - 1]), _entry_end(text, *entries[-1]), "")


def _entry_end(text: str, key: Node, value: Node) -> int:
    end = value_end(text, key, value)
    if end is None and nodes.start(value) > nodes.start(key):
        end = text_end(text, value)
    if end is None:
        raise Unplaceable("where its value ends cannot be told")
    return end
