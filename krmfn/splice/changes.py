"""What is to change, said of nodes; where in the text is the business of `placement`.

The values are plain data: strings and numbers, and lists and mappings of them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.splice import paths
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Beside(NamedTuple):
    """Where a new key is at home: after the first of these keys that can take it, else before the first of those.

    `last`: else behind all others, whatever their values.
    """

    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    last: bool = False


class AddKey(NamedTuple):
    """`mapping` gets the key, which it does not have itself.

    Attributes:
        path: the field path of the new field.
        mapping: the mapping.
        key: the new key.
        value: its value.
        beside: where it is at home.
        current: the value that arrives by `<<` until now.
        rule: the name of the rule that wants the change, as reports show it.
    """

    path: str
    mapping: MappingNode
    key: str
    value: Any
    beside: Beside = Beside()
    current: Any = None
    rule: str = ""


class ReplaceScalar(NamedTuple):
    """The scalar that `mapping` has for `key`, null included, becomes `value`."""

    path: str
    mapping: MappingNode
    key: str
    node: ScalarNode
    value: Any
    rule: str = ""


class EditText(NamedTuple):
    """The text that the scalar `node` holds, which `mapping` has for `key`, becomes `value`, by these edits."""

    path: str
    mapping: MappingNode
    key: str
    node: ScalarNode
    value: str
    edits: tuple[Edit, ...]
    rule: str = ""


class AppendItems(NamedTuple):
    """The list at field path `path` gets the items at its end."""

    path: str
    sequence: SequenceNode
    items: tuple[Any, ...]
    rule: str = ""


class ReplaceValue(NamedTuple):
    """What `owner`, a mapping or a list, has for `key`, a key or an index, becomes `value`, whatever it is now.

    Attributes:
        path: the field path of the value.
        owner: the collection that it stands in.
        key: its key or index there.
        node: the value.
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
    """`owner`, a mapping or a list at field path `path`, loses entries of its own, and keeps others."""

    path: str
    owner: MappingNode | SequenceNode
    keys: tuple[str, ...] | tuple[int, ...]
    rule: str = ""


class ReplaceEntry(NamedTuple):
    """`mapping` loses the key `old`; `key` with `value`, which it does not have, takes its place in the text.

    For braces, where an entry that comes and one that goes would both need the same comma.
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
    """What a change writes to. Two changes with one target, as from an aliased mapping, are one and the same."""
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
    """Whether two changes with one target write the same."""
    return type(one) is type(other) and new_value(one) == new_value(other)


def new_value(change: Change) -> Any:
    """What is written: the value, or the tuple of appended items; nothing where something is removed."""
    if isinstance(change, RemoveEntries):
        return None
    return change.items if isinstance(change, AppendItems) else change.value


def written_paths(change: Change) -> Iterator[str]:
    """The field paths of all that the change writes, from its own down to those in its value."""
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
    """The entries that go: the field path of each, where it begins, and its value."""
    if isinstance(change.owner, MappingNode):
        for key, value in change.owner.value:
            if key.value in change.keys:
                yield paths.join(change.path, key.value), key, value
    else:
        for i, item in enumerate(change.owner.value):
            if i in change.keys:
                yield f"{change.path}[{i}]", item, item


def touched(change: Change) -> Node:
    """A node that the change touches, for naming its place."""
    match change:
        case AddKey(mapping=node) | ReplaceScalar(node=node) | AppendItems(sequence=node) | ReplaceEntry(mapping=node):
            return node
        case EditText(node=node) | ReplaceValue(node=node):
            return node
        case RemoveEntries(owner=owner):
            return owner
