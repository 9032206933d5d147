"""Changes to edits: where in the text a change goes, written in the style of what stands around it.

What a block collection ends with, PyYAML does not say (its end mark is the next token's start), so a new key goes beside
a sibling whose place is certain. A shape without such a place raises `Unplaceable`.
"""

import re
from collections.abc import Iterator
from typing import Any

from krmfn import nodes
from krmfn.changes import AddKey, AppendItems, Change, ReplaceScalar
from krmfn.edits import Edit
from krmfn.errors import Unplaceable
from krmfn.lines import is_last_on_line, line_break, line_end, line_start, own_line_indent
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.rendering import block, flow, scalar

_BEFORE_BLOCK_KEY = re.compile(r" *(?:- +)*")
_COLON_ALIAS = re.compile(r"[ \t]*:[ \t]*(\*[^\s,\[\]{}]+)")
_DASH_ALIAS = re.compile(r"-[ \t]+(\*[^\s,\[\]{}]+)")
_QUOTED_KEY = re.compile(r"""(["'])[ \t]*:\s*$""")
_TEMPLATE_NOISE = re.compile(r"[#&*!\r\n\x85\u2028\u2029]")


def place(text: str, change: Change) -> list[Edit]:
    """The edits that make the change in `text`, which the marks of its nodes refer to."""
    match change:
        case AddKey(mapping=mapping):
            return (_add_flow_key if mapping.flow_style else _add_block_key)(text, change)
        case ReplaceScalar():
            return _replace_scalar(text, change)
        case AppendItems(sequence=sequence):
            return (_append_flow_items if sequence.flow_style else _append_block_items)(text, change)


# --- a new key in a block mapping --------------------------------------------------------------------------------------


def _add_block_key(text: str, change: AddKey) -> list[Edit]:
    mapping = change.mapping
    lines = block({change.key: change.value}, _dash_indent(text, mapping))
    for key, value in _in_order(mapping, change.beside.after):
        if edit := _after_block_entry(text, mapping, key, value, lines):
            return [edit]
    for key, _ in _in_text_order(mapping, change.beside.before):
        if edit := _before_block_entry(text, mapping, key, lines):
            return [edit]
    for key, value in reversed(mapping.value):
        if edit := _after_block_entry(text, mapping, key, value, lines):
            return [edit]
    for key, _ in mapping.value:
        if edit := _before_block_entry(text, mapping, key, lines):
            return [edit]
    raise Unplaceable("no key of the mapping stands on a line of its own with a value that ends there")


def _after_block_entry(text: str, mapping: MappingNode, key: Node, value: Node, lines: list[str]) -> Edit | None:
    column = _block_column(text, mapping, key)
    end = _value_end(text, key, value)
    if column is None or end is None or not is_last_on_line(text, end):
        return None
    position = line_end(text, end)
    newline = line_break(text, position)
    return Edit(position, position, "".join(newline + " " * column + line for line in lines))


def _before_block_entry(text: str, mapping: MappingNode, key: Node, lines: list[str]) -> Edit | None:
    column = _block_column(text, mapping, key)
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
    """The start of the comment lines that belong to the key at `position`; None when there are none."""
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
    """A position that no comment of `key` stands before: the end, or at least the start, of the entry before it."""
    floor = 0
    for other, value in mapping.value:
        if other is key:
            break
        floor = _value_end(text, other, value) or nodes.start(other)
    return floor


def _block_column(text: str, mapping: MappingNode, key: Node) -> int | None:
    """The column of a block mapping's keys, told by one that has only blanks and dashes before it on its line."""
    position = nodes.start(key)
    begin = line_start(text, position)
    if position < nodes.start(mapping) or not _BEFORE_BLOCK_KEY.fullmatch(text, begin, position):
        return None
    return position - begin


def _dash_indent(text: str, mapping: MappingNode) -> int:
    """How far the lists in this mapping stand in from their keys; 0 when it has none."""
    for key, value in mapping.value:
        if isinstance(value, SequenceNode) and not value.flow_style and nodes.start(value) > nodes.end(key):
            position = nodes.start(value)
            if text[position] == "-":
                return max(0, _column(text, position) - _column(text, nodes.start(key)))
    return 0


def _column(text: str, position: int) -> int:
    return position - line_start(text, position)


# --- a new key in a flow mapping ---------------------------------------------------------------------------------------


def _add_flow_key(text: str, change: AddKey) -> list[Edit]:
    mapping = change.mapping
    quote, compact = _flow_style(text, mapping)
    pair = flow({change.key: change.value}, quote, compact)[1:-1]
    for key, value in _in_order(mapping, change.beside.after):
        if (end := _value_end(text, key, value)) is not None:
            return _after_flow_entry(text, nodes.start(key), end, pair, compact)
    for key, _ in _in_text_order(mapping, change.beside.before):
        position = nodes.start(key)
        if position > nodes.start(mapping) and not text[:position].rstrip().endswith("?"):
            indent = own_line_indent(text, position)
            separator = "," + (" " * (not compact) if indent is None else line_break(text, position) + indent)
            return [Edit(position, position, pair + separator)]
    for key, value in reversed(mapping.value):
        if (end := _value_end(text, key, value)) is not None:
            return _after_flow_entry(text, nodes.start(key), end, pair, compact)
    if not mapping.value:
        position = nodes.end(mapping) - 1
        return [Edit(position, position, pair)]
    raise Unplaceable("no key of the flow mapping has a value whose end is certain")


def _after_flow_entry(text: str, start: int, end: int, new: str, compact: bool) -> list[Edit]:
    """Put `new` behind the entry or item from `start` to `end`: on a line of its own when that one has its own."""
    indent = own_line_indent(text, start)
    if indent is None:
        return [Edit(end, end, ("," if compact else ", ") + new)]
    newline = line_break(text, end)
    comma = re.compile(r"[ \t]*,").match(text, end)
    if comma and is_last_on_line(text, comma.end()):
        position = line_end(text, end)
        return [Edit(position, position, newline + indent + new + ",")]
    position = line_end(text, end)
    if comma or not is_last_on_line(text, end):
        return [Edit(end, end, ("," if compact else ", ") + new)]
    if position == end:
        return [Edit(end, end, "," + newline + indent + new)]
    return [Edit(end, end, ","), Edit(position, position, newline + indent + new)]


def _flow_style(text: str, mapping: MappingNode) -> tuple[str, bool]:
    """The quotes around the keys of a flow mapping, and whether it is written without blanks."""
    if not mapping.value:
        return _quote_of_owner(text, mapping), False
    key, value = mapping.value[0]
    quote = key.style or "" if isinstance(key, ScalarNode) else ""
    return quote, bool(quote) and text[nodes.end(key) : nodes.start(value)] == ":"


def _quote_of_owner(text: str, node: Node) -> str:
    """The quotes around the key whose value `node` is."""
    match = _QUOTED_KEY.search(text, line_start(text, nodes.start(node)), nodes.start(node))
    return match[1] if match else ""


# --- a new value for a key ---------------------------------------------------------------------------------------------


def _replace_scalar(text: str, change: ReplaceScalar) -> list[Edit]:
    own = nodes.entry(change.mapping, change.key)
    if own is None or own[1] is not change.node:
        raise Unplaceable("the value does not stand in the mapping itself")
    key, value = own
    quote = key.style or "" if isinstance(key, ScalarNode) and change.mapping.flow_style else ""
    start, end = nodes.start(value), nodes.end(value)
    if start < nodes.end(key):
        if alias := _COLON_ALIAS.match(text, nodes.end(key)):
            return [Edit(alias.start(1), alias.end(1), flow(change.value, quote))]
        raise Unplaceable("the value is an alias")
    if not nodes.is_flow(value):
        raise Unplaceable("the value is a block scalar")
    if start == end:
        return [_fill_empty(text, change, key, start, quote)]
    if text[start] in "&!":
        raise Unplaceable("the value has an anchor or a tag")
    return [Edit(start, end, flow(change.value, change.node.style or quote))]


def _fill_empty(text: str, change: ReplaceScalar, key: Node, position: int, quote: str) -> Edit:
    if change.mapping.flow_style:
        blank = "" if text[position - 1 : position].isspace() else " "
        colon = "" if ":" in text[nodes.end(key) : position] else ":"
        return Edit(position, position, colon + blank + flow(change.value, quote))
    if isinstance(change.value, str):
        return Edit(position, position, " " + scalar(change.value))
    column = _block_column(text, change.mapping, key)
    if column is None or not is_last_on_line(text, position):
        raise Unplaceable("the key of the empty value does not stand on a line of its own")
    end = line_end(text, position)
    indent = line_break(text, end) + " " * (column + _dash_indent(text, change.mapping))
    return Edit(end, end, "".join(indent + line for line in block(change.value)))


# --- new items at the end of a list ------------------------------------------------------------------------------------


def _append_flow_items(text: str, change: AppendItems) -> list[Edit]:
    sequence = change.sequence
    if not sequence.value:
        position = nodes.end(sequence) - 1
        quote = _quote_of_owner(text, sequence)
        return [Edit(position, position, flow(list(change.items), quote)[1:-1])]
    last = sequence.value[-1]
    start, end = nodes.start(last), _text_end(text, last)
    if end is None or start < nodes.start(sequence):
        raise Unplaceable("the last item of the list is an alias or a block scalar")
    quote, compact = _flow_style(text, last) if isinstance(last, MappingNode) else (_quote(last), False)
    items = [_like(text, last, start, item) or flow(item, quote, compact) for item in change.items]
    indent = own_line_indent(text, start)
    separator = ("," if compact else ", ") if indent is None else "," + line_break(text, end) + indent
    return _after_flow_entry(text, start, end, separator.join(items), compact)


def _append_block_items(text: str, change: AppendItems) -> list[Edit]:
    sequence = change.sequence
    last, start, end, dash, gap = _last_block_item(text, sequence)
    if not is_last_on_line(text, end):
        raise Unplaceable("something follows the last item of the list on its line")
    column = _column(text, dash)
    lines = []
    for item in change.items:
        like = _like(text, last, start, item)
        first, *rest = [like] if like else block(item)
        lines += [" " * column + "-" + gap + first, *(" " * (column + 1 + len(gap)) + line for line in rest)]
    position = line_end(text, end)
    newline = line_break(text, position)
    return [Edit(position, position, "".join(newline + line for line in lines))]


def _last_block_item(text: str, sequence: SequenceNode) -> tuple[Node, int, int, int, str]:
    """The last item of a block list, where its text starts and ends, its dash, and the blanks after the dash."""
    last = sequence.value[-1]
    floor = nodes.start(sequence)
    if len(sequence.value) > 1:
        floor = _text_end(text, sequence.value[-2]) or floor
    start, end = nodes.start(last), _text_end(text, last)
    if start < floor:
        aliases = list(_DASH_ALIAS.finditer(text, floor, nodes.end(sequence)))
        if not aliases:
            raise Unplaceable("the last item of the list is an alias in an unusual place")
        return last, aliases[-1].start(1), aliases[-1].end(), aliases[-1].start(), " "
    if end is None:
        raise Unplaceable("the last item of the list ends with a block scalar")
    before = text[line_start(text, start) : start]
    if before.rstrip(" ").endswith("-") and _BEFORE_BLOCK_KEY.fullmatch(before):
        dash = line_start(text, start) + before.rindex("-")
        return last, start, end, dash, text[dash + 1 : start]
    if text.startswith("-", nodes.start(sequence)):
        return last, start, end, nodes.start(sequence), " "
    raise Unplaceable("the list has an anchor or a tag, and its items do not start on the lines of their dashes")


def _like(text: str, last: Node, start: int, item: Any) -> str | None:
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
    if any(_TEMPLATE_NOISE.search(part) for part in (*around, text[nodes.start(value)])):
        return None
    return around[0] + scalar(new_value, value.style or "") + around[1]


# --- where nodes stand in the text -------------------------------------------------------------------------------------


def _in_order(mapping: MappingNode, keys: tuple[str, ...]) -> Iterator[tuple[Node, Node]]:
    for key in keys:
        if own := nodes.entry(mapping, key):
            yield own


def _in_text_order(mapping: MappingNode, keys: tuple[str, ...]) -> Iterator[tuple[Node, Node]]:
    for key, value in mapping.value:
        if isinstance(key, ScalarNode) and key.value in keys:
            yield key, value


def _value_end(text: str, key: Node, value: Node) -> int | None:
    """Where the text of a key's value ends; None where PyYAML's marks do not tell."""
    if nodes.start(value) < nodes.end(key):
        alias = _COLON_ALIAS.match(text, nodes.end(key))
        return alias.end() if alias else None
    return nodes.end(value) if nodes.is_flow(value) else None


def _text_end(text: str, node: Node) -> int | None:
    """Where the text of a node ends, its trailing comments not included; None for block scalars and odd aliases."""
    if nodes.is_flow(node):
        return nodes.end(node)
    if isinstance(node, MappingNode):
        key, value = node.value[-1]
        if nodes.start(value) < nodes.end(key) or nodes.is_flow(value):
            return _value_end(text, key, value)
        return _text_end(text, value)
    if isinstance(node, SequenceNode):
        return None if nodes.start(node.value[-1]) < nodes.start(node) else _text_end(text, node.value[-1])
    return None


def _quote(node: Node) -> str:
    return node.style or "" if isinstance(node, ScalarNode) else ""
