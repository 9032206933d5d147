"""Set new values for existing keys, whose value may be null."""

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import EditText, ReplaceScalar
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end
from krmfn.splice.nodes import Node
from krmfn.splice.placement.block import dash_indent, key_column
from krmfn.splice.placement.spans import COLON, COLON_ALIAS, quotes_of
from krmfn.splice.rendering import block, flow, in_flow


def replace_scalar(text: str, change: ReplaceScalar) -> list[Edit]:
    """Replace a scalar in place; an empty value is filled by insertion."""
    own = nodes.entry(change.mapping, change.key)
    if own is None or own[1] is not change.node:
        raise Unplaceable("the value does not stand in the mapping itself")
    key, value = own
    quote = ""
    if change.mapping.flow_style:
        quote, change = quotes_of(key), change._replace(value=in_flow(change.value))
    start, end = nodes.start(value), nodes.end(value)
    if start < nodes.end(key):
        if alias := COLON_ALIAS.match(text, nodes.end(key)):
            return [Edit(alias.start(1), alias.end(1), flow(change.value, quote))]
        raise Unplaceable("the value is an alias")
    if not nodes.is_flow(value):
        raise Unplaceable("the value is a block scalar")
    if start == end:
        return [_fill_empty(text, change, key, quote)]
    if text[start] in "&!":
        raise Unplaceable("the value has an anchor or a tag")
    return [Edit(start, end, flow(change.value, change.node.style or quote))]


def edit_text(text: str, change: EditText) -> list[Edit]:
    """The edits within a scalar; it must be in the mapping itself, without anchor and tag."""
    own = nodes.entry(change.mapping, change.key)
    if own is None or own[1] is not change.node or nodes.start(own[1]) < nodes.end(own[0]):
        raise Unplaceable("the text does not stand in the mapping itself")
    if text[nodes.start(change.node)] in "&!":
        raise Unplaceable("the text has an anchor or a tag")
    return [*change.edits]


def _fill_empty(text: str, change: ReplaceScalar, key: Node, quote: str) -> Edit:
    colon = COLON.match(text, nodes.end(key))
    position = colon.end() if colon else nodes.end(key)
    if change.mapping.flow_style:
        return Edit(position, position, (" " if colon else ": ") + flow(change.value, quote))
    if not colon:
        raise Unplaceable("no colon stands behind the key of the empty value")
    if not change.value or not isinstance(change.value, (dict, list, tuple)):
        return Edit(position, position, " " + flow(change.value))
    column = key_column(text, change.mapping, key)
    if column is None or not is_last_on_line(text, position):
        raise Unplaceable("the key of the empty value does not stand on a line of its own")
    end = line_end(text, position)
    deeper = dash_indent(text, change.mapping) if isinstance(change.value, list) else 2
    indent = line_break(text, end) + " " * (column + deeper)
    return Edit(end, end, "".join(indent + line for line in block(change.value)))
