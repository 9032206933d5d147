"""Add keys and items in block style: whole lines above or below those of a sibling."""

import re

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import AddKey, AppendItems
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end, line_start
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.placement.spans import (
    COLON,
    entries_in_order,
    entries_in_text_order,
    text_end,
    value_end,
    written_like,
)
from krmfn.splice.rendering import block, block_item

_BEFORE_KEY = re.compile(r" *(?:- +)*")
_DASH_ALIAS = re.compile(r"-[ \t]+(\*[^\s,\[\]{}]+)")


def add_key(text: str, change: AddKey) -> list[Edit]:
    """Add a key beside the siblings that the change names, else beside any usable sibling."""
    mapping = change.mapping
    has_lists = not isinstance(change.value, str)
    lines = block({change.key: change.value}, dash_indent(text, mapping) if has_lists else 0)
    for key, value in entries_in_order(mapping, change.beside.after):
        if edit := _after_entry(text, mapping, key, value_end(text, key, value), lines):
            return [edit]
    for key, _ in entries_in_text_order(mapping, change.beside.before):
        if edit := _before_entry(text, mapping, key, lines):
            return [edit]
    if change.beside.last:
        key, value = mapping.value[-1]
        if edit := _after_entry(text, mapping, key, value_end(text, key, value) or text_end(text, value), lines):
            return [edit]
    for key, value in reversed(mapping.value):
        if edit := _after_entry(text, mapping, key, value_end(text, key, value), lines):
            return [edit]
    for key, _ in mapping.value:
        if edit := _before_entry(text, mapping, key, lines):
            return [edit]
    raise Unplaceable("no key of the mapping stands on a line of its own with a value that ends there")


def _after_entry(text: str, mapping: MappingNode, key: Node, end: int | None, lines: list[str]) -> Edit | None:
    """The edit that adds lines below the line on which the value of a key ends."""
    column = key_column(text, mapping, key)
    if column is None or end is None or not is_last_on_line(text, end):
        return None
    position = line_end(text, end)
    newline = line_break(text, position)
    return Edit(position, position, "".join(newline + " " * column + line for line in lines))


def _before_entry(text: str, mapping: MappingNode, key: Node, lines: list[str]) -> Edit | None:
    column = key_column(text, mapping, key)
    if column is None:
        return None
    position = nodes.start(key)
    newline = line_break(text, position)
    indent = " " * column
    above = _above_comments(text, position, column, _end_before(text, mapping, key))
    if above is None:
        return Edit(position, position, "".join(line + newline + indent for line in lines))
    return Edit(above, above, "".join(indent + line + newline for line in lines))


def _above_comments(text: str, position: int, column: int, floor: int) -> int | None:
    """The start of the comment lines that belong to the key at `position`, or None."""
    top = start = line_start(text, position)
    if text[start:position].strip(" "):
        return None  # after the dash of a list item
    while top > floor:
        line = line_start(text, top - 2 if text.startswith("\r\n", top - 2) else top - 1)
        if line < floor or not text.startswith(" " * column + "#", line):
            break
        top = line
    return top if top < start else None


def _end_before(text: str, mapping: MappingNode, key: Node) -> int:
    """A position before all comments of `key`: the end, or at least the start, of the previous entry."""
    floor = 0
    for other, value in mapping.value:
        if other is key:
            break
        floor = value_end(text, other, value) or nodes.start(other)
    return floor


def key_column(text: str, mapping: MappingNode, key: Node) -> int | None:
    """The column of a block mapping's keys, from a key with only blanks and dashes before it on its line, else None.

    None for a key after a `?`, which may be on a line above: such a key has no colon on its own line.
    """
    position = nodes.start(key)
    column = nodes.column(key)
    if position < nodes.start(mapping) or not _BEFORE_KEY.fullmatch(text, position - column, position):
        return None
    is_implicit = isinstance(key, ScalarNode) and COLON.match(text, nodes.end(key))
    return column if is_implicit else None


def dash_indent(text: str, mapping: MappingNode) -> int:
    """The indent of the lists in this mapping relative to their keys; 0 if there are none."""
    for key, value in mapping.value:
        is_list = isinstance(value, SequenceNode) and not value.flow_style and nodes.start(value) > nodes.end(key)
        if is_list and text[nodes.start(value)] == "-":
            return max(0, nodes.column(value) - nodes.column(key))
    return 0


def append_items(text: str, change: AppendItems) -> list[Edit]:
    """Append items below the last item, in its style."""
    sequence = change.sequence
    last, start, end, dash, gap = _last_item(text, sequence)
    if not is_last_on_line(text, end):
        raise Unplaceable("something follows the last item of the list on its line")
    column = dash - line_start(text, dash)
    lines = []
    for item in change.items:
        like = written_like(text, last, start, item)
        first, *rest = [like] if like else block_item(item)
        lines += [" " * column + "-" + gap + first, *(" " * (column + 1 + len(gap)) + line for line in rest)]
    position = line_end(text, end)
    newline = line_break(text, position)
    return [Edit(position, position, "".join(newline + line for line in lines))]


def _last_item(text: str, sequence: SequenceNode) -> tuple[Node, int, int, int, str]:
    """The last item of a block list, its start, its end, the position of its dash, and the blanks after the dash."""
    last = sequence.value[-1]
    floor = nodes.start(sequence)
    start, end = nodes.start(last), text_end(text, last)
    if len(sequence.value) > 1:
        end_before = text_end(text, sequence.value[-2])
        if end_before is None and "*" in text[start : nodes.end(sequence)]:
            raise Unplaceable("the last item of the list may be an alias, and the one before it ends in a block scalar")
        floor = max(floor, end_before or 0)  # an alias ends where its anchor does
    if start < floor or any(item is last for item in sequence.value[:-1]):
        aliases = list(_DASH_ALIAS.finditer(text, floor, nodes.end(sequence)))
        if not aliases:
            raise Unplaceable("the last item of the list is an alias in an unusual place")
        return last, aliases[-1].start(1), aliases[-1].end(), aliases[-1].start(), " "
    if end is None:
        raise Unplaceable("the last item of the list ends with a block scalar")
    before = text[line_start(text, start) : start]
    if before.rstrip(" ").endswith("-") and _BEFORE_KEY.fullmatch(before):
        dash = line_start(text, start) + before.rindex("-")
        return last, start, end, dash, text[dash + 1 : start]
    if text.startswith("-", nodes.start(sequence)):
        return last, start, end, nodes.start(sequence), " "
    raise Unplaceable("the list has an anchor or a tag, and its items do not start on the lines of their dashes")
