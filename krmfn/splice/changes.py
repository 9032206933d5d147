"""Changes to nodes; `placement` finds their places in the text.

Values are plain data: strings, numbers, and lists and mappings of them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.splice import paths
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Beside(NamedTuple):
    """The preferred place of a new key: after the first usable key of `after`, else before the first of `before`.

    `last`: else after all other keys, whatever their values.
    """

    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    last: bool = False


class AddKey(NamedTuple):
    """Add a key to `mapping`, which does not have the key itself.

    Attributes:
        path: the field path of the new field.
        mapping: the mapping.
        key: the new key.
        value: its value.
        beside: its preferred place.
        current: the old value, if `<<` merges one.
        rule: the name of the rule that requests the change; reports show it.
    """

    path: str
    mapping: MappingNode
    key: str
    value: Any
    beside: Beside = Beside()
    current: Any = None
    rule: str = ""


class ReplaceScalar(NamedTuple):
    """Replace the scalar, or null, that `mapping` has for `key` with `value`."""

    path: str
    mapping: MappingNode
    key: str
    node: ScalarNode
    value: Any
    rule: str = ""


class EditText(NamedTuple):
    """Change the text in the scalar `node`, which `mapping` has for `key`, to `value`, with the given edits."""

    path: str
    mapping: MappingNode
    key: str
    node: ScalarNode
    value: str
    edits: tuple[Edit, ...]
    rule: str = ""


class AppendItems(NamedTuple):
    """Append items to the list at field path `path`."""

    path: str
    sequence: SequenceNode
    items: tuple[Any, ...]
    rule: str = ""


class ReplaceValue(NamedTuple):
    """Replace the value that `owner`, a mapping or a list, has for `key`, a key or an index, with `value`.

    Attributes:
        path: the field path of the value.
        owner: the collection with the value.
        key: the key or index in the collection.
        node: the old value.
        value: the new value.
        rule: as in `AddKey`.
    """

    path: str
    owner: MappingNode | SequenceNode
    key: str | int
    node: Node
    value: Any
    rule: str = ""


class RemoveEntries(NamedTuple):
    """Remove some of the own entries of `owner`, a mapping or a list at field path `path`; other entries remain."""

    path: str
    owner: MappingNode | SequenceNode
    keys: tuple[str, ...] | tuple[int, ...]
    rule: str = ""


class ReplaceEntry(NamedTuple):
    """Remove the key `old` from `mapping`, and put the new key `key` with `value` in its place in the text.

    For flow style, in which an added and a removed entry would both need the same comma.
    """

    path: str
    mapping: MappingNode
    key: str
    value: Any
    old: str
    old_path: str
    rule: str = ""


Change = AddKey | ReplaceScalar | AppendItems | EditText | ReplaceValue | RemoveEntries | ReplaceEntry


def target(change: Change) -> tuple[int, str]:
    """The target of a change. Changes with the same target, as from an aliased mapping, are the same change."""
    if isinstance(change, AppendItems):
        return id(change.sequence), ""
    if isinstance(change, RemoveEntries):
        return id(change.owner), f"- {change.keys}"
    if isinstance(change, ReplaceValue):
        return id(change.owner), change.key if isinstance(change.key, str) else f"[{change.key}]"
    if isinstance(change, ReplaceEntry):
        return id(change.mapping), f"- {change.old} + {change.key}"
    return id(change.mapping), change.key


def edited(change: Change) -> MappingNode | SequenceNode:
    """The collection that a change edits."""
    match change:
        case AddKey(mapping=node) | ReplaceScalar(mapping=node) | EditText(mapping=node) | ReplaceEntry(mapping=node):
            return node
        case AppendItems(sequence=sequence):
            return sequence
        case ReplaceValue(owner=owner) | RemoveEntries(owner=owner):
            return owner


def keys_written(change: Change) -> tuple[str, ...]:
    """The keys of a mapping that a change sets or removes; none for changes to a list."""
    match change:
        case AddKey(key=key) | ReplaceScalar(key=key) | EditText(key=key):
            return (key,)
        case ReplaceValue(key=str(key)):
            return (key,)
        case ReplaceEntry(key=key, old=old):
            return key, old
        case RemoveEntries(keys=keys):
            return tuple(key for key in keys if isinstance(key, str))
        case _:
            return ()


def same_effect(one: Change, other: Change) -> bool:
    """Whether two changes with the same target write the same value."""
    return type(one) is type(other) and new_value(one) == new_value(other)


def new_value(change: Change) -> Any:
    """The written value, or the tuple of appended items; None for a removal."""
    if isinstance(change, RemoveEntries):
        return None
    return change.items if isinstance(change, AppendItems) else change.value


def written_paths(change: Change) -> Iterator[str]:
    """The field paths of everything that the change writes: its own path and those in its value."""
    yield change.path
    if isinstance(change, AppendItems):
        for i, item in enumerate(change.items, len(change.sequence.value)):
            yield from _paths_in(item, f"{change.path}[{i}]")
    elif not isinstance(change, RemoveEntries):
        yield from _paths_in(change.value, change.path)


def _paths_in(value: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _paths_in(inner, f"{path}[{i}]")


def removed(change: RemoveEntries) -> Iterator[tuple[str, Node, Node]]:
    """The removed entries: the field path of each, the node at which it begins, and its value."""
    if isinstance(change.owner, MappingNode):
        for key, value in change.owner.value:
            if key.value in change.keys:
                yield paths.join(change.path, key.value), key, value
    else:
        for i, item in enumerate(change.owner.value):
            if i in change.keys:
                yield f"{change.path}[{i}]", item, item


def touched(change: Change) -> Node:
    """A node that the change touches, for messages about its place."""
    match change:
        case AddKey(mapping=node) | ReplaceScalar(node=node) | AppendItems(sequence=node) | ReplaceEntry(mapping=node):
            return node
        case EditText(node=node) | ReplaceValue(node=node):
            return node
        case RemoveEntries(owner=owner):
            return owner
