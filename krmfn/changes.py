"""What is to change, said of nodes; where in the text is the business of `placement`.

The values are plain data: strings and numbers, and lists and mappings of them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Beside(NamedTuple):
    """Where a new key is at home: after the first of these keys that can take it, else before the first of those."""

    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


class AddKey(NamedTuple):
    """`mapping` gets the key, which it does not have itself. `path` is the new field's.

    `current` is the value that arrives by `<<` until now, `secrets` the names of the pull secrets in the new one.
    """

    path: str
    mapping: MappingNode
    key: str
    value: Any
    beside: Beside
    current: Any = None
    secrets: tuple[str, ...] = ()


class ReplaceScalar(NamedTuple):
    """The scalar that `mapping` has for `key`, null included, becomes `value`."""

    path: str
    mapping: MappingNode
    key: str
    node: ScalarNode
    value: Any
    secrets: tuple[str, ...] = ()


class AppendItems(NamedTuple):
    """The list at field path `path` gets the items at its end."""

    path: str
    sequence: SequenceNode
    items: tuple[Any, ...]
    secrets: tuple[str, ...] = ()


Change = AddKey | ReplaceScalar | AppendItems


class RemoveKeys(NamedTuple):
    """`mapping` loses these keys, which are its own. No rule asks for that: it is for what hosts leave in manifests."""

    mapping: MappingNode
    keys: tuple[str, ...]


def target(change: Change) -> tuple[int, str]:
    """What a change writes to. Two changes with one target, as from an aliased container, are one and the same."""
    if isinstance(change, AppendItems):
        return id(change.sequence), ""
    return id(change.mapping), change.key


def same_effect(one: Change, other: Change) -> bool:
    """Whether two changes with one target write the same."""
    return type(one) is type(other) and _new_value(one) == _new_value(other)


def _new_value(change: Change) -> Any:
    """What is written: the value, or the tuple of appended items."""
    return change.items if isinstance(change, AppendItems) else change.value


def written_paths(change: Change) -> Iterator[str]:
    """The field paths of all that the change writes, from its own down to those in its value."""
    yield change.path
    if isinstance(change, AppendItems):
        for i, item in enumerate(change.items, len(change.sequence.value)):
            yield from _paths_in(item, f"{change.path}[{i}]")
    else:
        yield from _paths_in(change.value, change.path)


def _paths_in(value: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _paths_in(inner, f"{path}[{i}]")


def touched(change: Change) -> Node:
    """A node that the change touches, for naming its place."""
    match change:
        case AddKey(mapping=node) | ReplaceScalar(node=node) | AppendItems(sequence=node):
            return node
