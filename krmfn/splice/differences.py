"""Compare the requests about an object with its nodes, and make the fewest changes that fulfil them.

No change is inside a part of the text that another change removes.
"""

from collections.abc import Iterator
from typing import Any

from krmfn.errors import InputError
from krmfn.splice import nodes, paths, typed
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Beside,
    Change,
    RemoveEntries,
    ReplaceEntry,
    ReplaceScalar,
    ReplaceValue,
)
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.paths import Step
from krmfn.splice.rendering import literal
from krmfn.splice.wanted import KEPT, Place, Wanted

_Slot = tuple[MappingNode | SequenceNode, Step]
"""The collection with a value, and the key or index of the value."""


def changes(wanted: Wanted, root: MappingNode, at: str) -> Iterator[Change]:
    """The changes to an object whose root is at field path `at`; requested paths are relative to the root.

    Raises:
        InputError: a request does not fit the object; has path and position.
    """
    yield from _in_mapping(wanted.root, root, at, None)


def _in_value(place: Place, node: Node, at: str, slot: _Slot | None) -> Iterator[Change]:
    if place.appended or any(isinstance(step, int) for step in place.below):
        yield from _in_sequence(place, paths.require_sequence(node, at), at, slot)
    else:
        yield from _in_mapping(place, paths.require_mapping(node, at), at, slot)


def _in_mapping(wanted: Place, mapping: MappingNode, at: str, slot: _Slot | None) -> Iterator[Change]:
    gone: list[str] = []
    new: dict[str, tuple[Any, Any, Beside]] = {}
    others: list[Change] = []
    for key, place in wanted.below.items():
        if isinstance(key, int):
            raise InputError("must be a list, not a mapping", nodes.start(mapping), at)
        path = paths.join(at, key)
        own = nodes.entry(mapping, key)
        node = own[1] if own else nodes.child(mapping, key)
        if place.is_gone:
            if node is not None:
                _check_removable(mapping, key, path)
                gone.append(key)
        elif node is None or (own is None and place.value is not KEPT):
            value = place.built()
            if value is not KEPT and not (node and typed.is_equal(node, value)):
                new[key] = value, node and nodes.plain(node), place.beside
        elif nodes.is_null(node):
            value = place.built()
            if value is not KEPT and value is not None:
                assert isinstance(node, ScalarNode)
                is_word = bool(node.value) and isinstance(value, (dict, list))  # lines cannot follow it
                change = ReplaceValue if is_word and not mapping.flow_style else ReplaceScalar
                others.append(change(path, mapping, key, node, value))
        elif place.value is KEPT:
            others += _in_value(place, node, path, (mapping, key) if own else None)
        else:
            others += _exactly((mapping, key), node, place.value, path)
    kept = tuple(key.value for key, _ in mapping.value if isinstance(key, ScalarNode) and key.value not in gone)
    if gone and not kept:
        if slot is None:
            raise InputError("nothing would be left of it", nodes.start(mapping), at)
        yield ReplaceValue(at, *slot, mapping, {key: value for key, (value, _, _) in new.items()})
        return
    if slot and new and not mapping.value and mapping.flow_style and not slot[0].flow_style:
        yield ReplaceValue(
            at, *slot, mapping, {key: value for key, (value, _, _) in new.items()}
        )  # `{}` does not show a style
        return
    yield from others
    apart = Beside(after=kept[::-1], before=kept)
    last = mapping.value[-1][0].value if new and gone else None
    if mapping.flow_style and last in gone and not nodes.merged(mapping):
        key = next(iter(new))
        gone.remove(last)
        yield ReplaceEntry(paths.join(at, key), mapping, key, new.pop(key)[0], last, paths.join(at, last))
        apart = Beside(after=(last,))
    is_apart = gone or last is not None
    if gone:
        yield RemoveEntries(at, mapping, tuple(gone))
    for key, (value, current, beside) in new.items():
        yield AddKey(paths.join(at, key), mapping, key, value, apart if is_apart else beside, current)


def _in_sequence(wanted: Place, sequence: SequenceNode, at: str, slot: _Slot | None) -> Iterator[Change]:
    items = sequence.value
    gone: list[int] = []
    others: list[Change] = []
    for i, place in wanted.below.items():
        if isinstance(i, str):
            raise InputError("must be a mapping, not a list", nodes.start(sequence), at)
        if not 0 <= i < len(items):
            if not place.is_gone:
                raise InputError(f"has no item [{i}]: its length is {len(items)}", nodes.start(sequence), at)
        elif place.is_gone:
            gone.append(i)
        elif place.value is KEPT:
            others += _in_value(place, items[i], f"{at}[{i}]", (sequence, i))
        else:
            others += _exactly((sequence, i), items[i], place.value, f"{at}[{i}]")
    new = [item for item in wanted.appended if not any(typed.is_equal(own, item) for own in items)]
    if slot and new and not items and sequence.flow_style and not slot[0].flow_style:
        yield ReplaceValue(at, *slot, sequence, new)
        return
    if len(gone) == len(items) > 0:
        if slot is None:
            raise InputError("nothing would be left of it", nodes.start(sequence), at)
        yield ReplaceValue(at, *slot, sequence, new)
        return
    last = len(items) - 1
    if new and last in gone:  # new entries cannot go after a removed one
        gone.remove(last)
        others.append(ReplaceValue(f"{at}[{last}]", sequence, last, items[last], new.pop(0)))
    yield from others
    if gone:
        yield RemoveEntries(at, sequence, tuple(sorted(gone)))
    if new:
        yield AppendItems(at, sequence, tuple(new))


def _check_removable(mapping: MappingNode, key: str, path: str) -> None:
    for source in nodes.merged(mapping):
        if nodes.child(source, key) is not None:
            raise InputError("cannot be removed: it arrives by `<<`", nodes.start(mapping), path)


def _exactly(slot: _Slot, node: Node, value: Any, path: str) -> Iterator[Change]:
    """The changes that make a value equal to `value`; equal parts of it keep their text."""
    owner, key = slot
    if typed.is_equal(node, value):
        return
    if isinstance(value, dict) and isinstance(node, MappingNode) and value:
        names = [name.value for name in nodes.keys(node) if isinstance(name, ScalarNode)]
        is_simple = len(names) == len(node.value) and "<<" not in names
        if is_simple and (not names or any(name in value for name in names)):
            wanted = Wanted()
            for name in names:
                if name not in value:
                    wanted.remove([name])
            for name, inner in value.items():
                wanted.set([name], inner)
            yield from _in_mapping(wanted.root, node, path, slot)
            return
    if isinstance(value, list) and isinstance(node, SequenceNode) and (found := _items(node, value, path)) is not None:
        yield from found
        return
    is_scalar = not isinstance(value, (dict, list)) and literal(value) is None
    is_simple = isinstance(node, ScalarNode) and nodes.is_flow(node) and is_scalar
    if is_simple and isinstance(owner, MappingNode) and isinstance(key, str) and isinstance(node, ScalarNode):
        yield ReplaceScalar(path, owner, key, node, value)
    else:
        yield ReplaceValue(path, owner, key, node, value)


def _items(sequence: SequenceNode, value: list[Any], path: str) -> Iterator[Change] | None:
    """The changes to items that make a list equal to `value`; None if the list is better rewritten."""
    items = sequence.value
    if not value or not items:
        return None
    if len(value) < len(items):
        gone, rest = [], list(value)
        for i, item in enumerate(items):
            if rest and typed.is_equal(item, rest[0]):
                del rest[0]
            else:
                gone.append(i)
        return None if rest else iter([RemoveEntries(path, sequence, tuple(gone))])
    pairs = list(zip(items, value, strict=False))
    if len(value) > len(items) and pairs and not any(typed.is_equal(item, inner) for item, inner in pairs):
        return None
    return _item_by_item(sequence, value, path)


def _item_by_item(sequence: SequenceNode, value: list[Any], path: str) -> Iterator[Change]:
    for i, (item, inner) in enumerate(zip(sequence.value, value, strict=False)):
        yield from _exactly((sequence, i), item, inner, f"{path}[{i}]")
    if new := value[len(sequence.value) :]:
        yield AppendItems(path, sequence, tuple(new))
