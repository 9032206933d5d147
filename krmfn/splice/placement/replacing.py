"""Replace any value, including block scalars, mappings and lists."""

from typing import Any

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import AppendItems, Change, RemoveEntries, ReplaceEntry, ReplaceValue
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.placement.block import dash_indent, key_column
from krmfn.splice.placement.extents import check_no_anchor, entry_end, node_end
from krmfn.splice.placement.spans import COLON, COLON_ALIAS, quotes_of
from krmfn.splice.placement.style import Holder, of_items, of_mapping
from krmfn.splice.rendering import Literal, Sparing, block, block_item, flow, in_flow, literal


def without_literals(change: Change) -> Change:
    """The same change with multi-line strings in quotes."""
    if isinstance(change, AppendItems):
        return change._replace(items=tuple(map(_quoted, change.items)))
    return change if isinstance(change, RemoveEntries) else change._replace(value=_quoted(change.value))


def _quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _quoted(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_quoted(item) for item in value]
    return Sparing(value) if isinstance(value, Literal) else value


def replace_value(text: str, change: ReplaceValue, holder: Holder) -> list[Edit]:
    """Replace a value: in flow style if the old value or its owner is, else on new lines if it needs them."""
    owner, node = change.owner, change.node
    if isinstance(owner, SequenceNode):
        start = nodes.start(node)
        assert isinstance(change.key, int)
        is_alias = start < nodes.start(owner) or any(nodes.start(o) >= start for o in owner.value[: change.key])
        if is_alias or start == nodes.end(node):
            raise Unplaceable("the item is an alias, or empty")
        end = node_end(text, node)
        _check(text, start, end)
        if owner.flow_style or _stays_in_flow(node, change.value):
            return [Edit(start, end, _in_flow(text, change, holder))]
        return [Edit(start, end, _joined(text, end, nodes.column(node), block_item(change.value)))]
    key = next(key for key, value in owner.value if value is node and key.value == change.key)
    return _of_key(text, change, owner, key, holder)


def replace_entry(text: str, change: ReplaceEntry, holder: Holder) -> list[Edit]:
    """Replace an entry in flow style by the new key and value. A comment after it stays."""
    key, value = next(pair for pair in change.mapping.value if pair[0].value == change.old)
    start, end = nodes.start(key), entry_end(text, key, value)
    if text[:start].rstrip().endswith("?"):
        raise Unplaceable("the removed part has a key after a `?`")
    check_no_anchor(text, start, end)
    return [Edit(start, end, flow({change.key: change.value}, *of_mapping(text, change.mapping, holder))[1:-1])]


def _of_key(text: str, change: ReplaceValue, owner: MappingNode, key: Node, holder: Holder) -> list[Edit]:
    node = change.node
    if nodes.start(node) < nodes.end(key):
        alias = COLON_ALIAS.match(text, nodes.end(key))
        if alias is None:
            raise Unplaceable("the value is an alias in an unusual place")
        return [Edit(alias.start(1), alias.end(1), _in_flow(text, change, holder))]
    start, end = nodes.start(node), entry_end(text, key, node)
    _check(text, start, end)
    is_filled = nodes.end(node) > start
    if is_filled and nodes.is_flow(node) and (owner.flow_style or _stays_in_flow(node, change.value)):
        return [Edit(start, end, _in_flow(text, change, holder))]
    colon = COLON.match(text, nodes.end(key))
    column = key_column(text, owner, key)
    if owner.flow_style or colon is None or column is None or not is_last_on_line(text, end):
        raise Unplaceable("the value does not stand on lines of its own")
    return _on_lines(text, change, column, colon.end(), end)


def _on_lines(text: str, change: ReplaceValue, column: int, colon: int, end: int) -> list[Edit]:
    """The edits for the value of a key in a block mapping; the colon ends at `colon`, the old value at `end`."""
    node, owner = change.node, change.owner
    assert isinstance(owner, MappingNode)
    lines = literal(change.value) or block(change.value)
    is_scalar = not isinstance(change.value, (dict, list, tuple)) or not change.value
    if isinstance(node, ScalarNode) or nodes.is_flow(node):
        # The new value begins on the line of the key.
        if is_scalar:
            start = max(colon, nodes.start(node))
            return [Edit(start, end, " " * (start == colon) + _joined(text, end, column, lines))]
        if not is_last_on_line(text, colon) and text[colon : nodes.start(node)].strip(" \t"):
            raise Unplaceable("something stands between the key and its value")
        below = _below(text, end, column + _deeper(text, change), lines)
        stop = line_end(text, end)
        return [Edit(colon, end, below)] if stop == end else [Edit(colon, end, ""), Edit(stop, stop, below)]
    head = line_end(text, colon)
    if nodes.start(node) <= head:
        raise Unplaceable("the value begins on the line of its key")
    if is_scalar:
        first, *rest = lines
        below = _below(text, end, column, rest) if rest else ""
        if colon == head:
            return [Edit(colon, line_end(text, end), f" {first}{below}")]
        return [Edit(colon, colon, f" {first}"), Edit(head, line_end(text, end), below)]
    return [Edit(head, line_end(text, end), _below(text, end, column + _deeper(text, change), lines))]


def _deeper(text: str, change: ReplaceValue) -> int:
    """The indent of the lines of a new collection relative to their key."""
    if not isinstance(change.value, (list, tuple)):
        return 2
    node, owner = change.node, change.owner
    assert isinstance(owner, MappingNode)
    if isinstance(node, SequenceNode) and not node.flow_style:
        key = next(key for key, value in owner.value if value is node)
        return max(0, nodes.column(node) - nodes.column(key))
    return dash_indent(text, owner)


def _stays_in_flow(node: Node, value: object) -> bool:
    """Whether the new value can have the old style: a non-empty flow collection, or a scalar on one line."""
    if isinstance(node, ScalarNode):
        return nodes.is_flow(node) and not isinstance(value, (dict, list, tuple)) and not literal(value)
    return nodes.is_flow(node) and bool(node.value or not value)


def _in_flow(text: str, change: ReplaceValue, holder: Holder) -> str:
    node, owner = change.node, change.owner
    if isinstance(node, ScalarNode):
        in_owner = of_mapping(text, owner, holder) if isinstance(owner, MappingNode) else of_items(text, owner, holder)
        quote, compact = in_owner if owner.flow_style else ("", False)
        value = in_flow(change.value) if owner.flow_style else change.value
        return flow(value, quotes_of(node) if quotes_of(node) in ("'", '"') else quote, compact)
    if isinstance(node, MappingNode):
        style = of_mapping(text, node, holder)
    else:
        assert isinstance(node, SequenceNode)
        style = of_items(text, node, holder)
    return flow(change.value, *style)


def _joined(text: str, position: int, column: int, lines: list[str]) -> str:
    newline = line_break(text, position) + " " * column
    return newline.join(lines)


def _below(text: str, position: int, column: int, lines: list[str]) -> str:
    newline = line_break(text, position) + " " * column
    return "".join(newline + line for line in lines)


def _check(text: str, start: int, end: int) -> None:
    if text.startswith("!", start):
        raise Unplaceable("the value has a tag")
    check_no_anchor(text, start, end)
    if text.startswith("&", start):
        raise Unplaceable("the value has an anchor")
