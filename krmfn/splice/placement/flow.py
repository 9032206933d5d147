"""Add keys and items in flow style, including JSON: beside a sibling, on a new line if the sibling has its own."""

import re

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import AddKey, AppendItems
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end, own_line_indent
from krmfn.splice.placement.spans import entries_in_order, entries_in_text_order, text_end, value_end, written_like
from krmfn.splice.placement.style import Holder, of_items, of_mapping
from krmfn.splice.rendering import flow

_COMMA = re.compile(r"[ \t]*,")


def add_key(text: str, change: AddKey, holder: Holder) -> list[Edit]:
    """Add a key beside the siblings that the change names, else at the end."""
    mapping = change.mapping
    if text[nodes.end(mapping) - 1] != "}":
        raise Unplaceable("it is a pair without braces in a flow list")
    quote, compact = of_mapping(text, mapping, holder)
    pair = flow({change.key: change.value}, quote, compact)[1:-1]
    for key, value in entries_in_order(mapping, change.beside.after):
        if (end := value_end(text, key, value)) is not None:
            return _after_entry(text, nodes.start(key), end, pair, compact)
    for key, _ in entries_in_text_order(mapping, change.beside.before):
        position = nodes.start(key)
        if position > nodes.start(mapping) and not text[:position].rstrip().endswith("?"):
            indent = own_line_indent(text, position)
            separator = "," + (" " * (not compact) if indent is None else line_break(text, position) + indent)
            return [Edit(position, position, pair + separator)]
    for key, value in reversed(mapping.value):
        if (end := value_end(text, key, value)) is not None:
            return _after_entry(text, nodes.start(key), end, pair, compact)
    if not mapping.value:
        position = nodes.end(mapping) - 1
        return [Edit(position, position, pair)]
    raise Unplaceable("no key of the flow mapping has a value whose end is certain")


def _after_entry(text: str, start: int, end: int, new: str, compact: bool) -> list[Edit]:
    """The edits that add `new` after the entry or item from `start` to `end`: on a new line if that has its own."""
    indent = own_line_indent(text, start)
    if indent is None or text[end - 1] == ":":
        blank = " " * (text[end - 1] == ":")  # some parsers read a comma right after a colon as part of a word
        return [Edit(end, end, blank + ("," if compact else ", ") + new)]
    newline = line_break(text, end)
    comma = _COMMA.match(text, end)
    if comma and is_last_on_line(text, comma.end()):
        position = line_end(text, end)
        return [Edit(position, position, newline + indent + new + ",")]
    position = line_end(text, end)
    if comma or not is_last_on_line(text, end):
        return [Edit(end, end, ("," if compact else ", ") + new)]
    if position == end:
        return [Edit(end, end, "," + newline + indent + new)]
    return [Edit(end, end, ","), Edit(position, position, newline + indent + new)]


def append_items(text: str, change: AppendItems, holder: Holder) -> list[Edit]:
    """Append items after the last item, in its style."""
    sequence = change.sequence
    quote, compact = of_items(text, sequence, holder)
    if not sequence.value:
        position = nodes.end(sequence) - 1
        return [Edit(position, position, flow(list(change.items), quote, compact)[1:-1])]
    last = sequence.value[-1]
    start, end = nodes.start(last), text_end(text, last)
    before = sequence.value[-2] if len(sequence.value) > 1 else None
    # An alias has the position of its anchor, and the item before may be one too.
    floor = max(nodes.start(sequence), (before and text_end(text, before)) or 0)
    if end is None or start < floor:
        raise Unplaceable("the last item of the list is an alias or a block scalar")
    items = [written_like(text, last, start, item) or flow(item, quote, compact) for item in change.items]
    indent = own_line_indent(text, start)
    separator = ("," if compact else ", ") if indent is None else "," + line_break(text, end) + indent
    return _after_entry(text, start, end, separator.join(items), compact)
