"""Guard collections that aliases and `<<` share: an edit at one place changes the collection at all places.

So a shared collection is edited only if the change is wanted, and announced, at each of its places.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

from krmfn.errors import Unplaceable
from krmfn.splice import nodes, parsing, paths
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Change,
    RemoveEntries,
    ReplaceEntry,
    edited,
    keys_written,
    new_value,
    target,
)
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Piece

_Place = tuple[int, str]
"""The number of a document and a field path in it."""


class Sharing:
    """The guard for all changes of one piece against changes at places where they are not announced."""

    def __init__(self, piece: Piece, wanted: Iterable[tuple[int, Change]]) -> None:
        """`wanted` are the changes, each with the number of its document."""
        self._piece = piece
        self._has_aliases = parsing.has_aliases(piece.text)
        self._has_merges = "<<" in piece.text
        self._wanted: dict[tuple[int, str], set[_Place]] = {}
        self._values: dict[tuple[int, str], Any] = {}
        for number, change in wanted if self._has_aliases else ():
            self._wanted.setdefault(target(change), set()).add((number, change.path))
            self._values[target(change)] = new_value(change)

    def check(self, change: Change) -> None:
        """Raise `Unplaceable`, with the place, if a change would also change a place where it is not wanted."""
        if not self._has_aliases:
            return
        node = edited(change)
        wanted = self._wanted[target(change)]
        if self._reached.get(id(node), 0) > len(wanted):
            where = self._other_place(node, change, wanted)
            raise Unplaceable(f"an alias shares it with {where}, which is not to change")
        for key in keys_written(change):
            for heir in self._heirs.get(id(node), ()):
                own = nodes.entry(heir, key)
                if own and any(source is node for source in nodes.merged_behind(heir, nodes.start(own[0]))):
                    raise Unplaceable("another mapping has the same key before a `<<` that merges this one")
                if not own and isinstance(change, (RemoveEntries, ReplaceEntry)):
                    raise Unplaceable("another mapping takes it over by `<<` and would lose it too")
                if not own and (id(heir), key) not in self._wanted:
                    raise Unplaceable("another mapping takes it over by `<<` and would get the new value too")

    def arrives(self, change: AddKey) -> bool:
        """Whether the new key need not be written, because the merged mapping that provides it gets the same value."""
        for source in nodes.merged_behind(change.mapping, 0) if self._has_merges else ():
            if (id(source), change.key) in self._values:
                return bool(self._values[id(source), change.key] == change.value)
            if any(name.value == change.key for name in nodes.keys(source)):
                return False
        return False

    def is_overridden(self, change: AddKey, position: int) -> bool:
        """Whether a `<<` after the position of a new key sets it to another value, which some parsers would use."""
        return self._has_merges and any(
            any(name.value == change.key for name in nodes.keys(source))
            or self._values.get((id(source), change.key), change.value) != change.value
            for source in nodes.merged_behind(change.mapping, position)
        )

    @cached_property
    def _reached(self) -> dict[int, int]:
        """The number of field paths of each collection, by id."""
        order: list[Node] = []
        seen: set[int] = set()

        def visit(node: Node) -> None:
            if id(node) not in seen:
                seen.add(id(node))
                for _, child in _children(node, ""):
                    visit(child)
                order.append(node)

        for root in self._piece.roots:
            visit(root)
        reached = dict.fromkeys(map(id, self._piece.roots), 1)
        for node in reversed(order):  # parents before children
            for _, child in _children(node, ""):
                reached[id(child)] = reached.get(id(child), 0) + reached[id(node)]
        return reached

    @cached_property
    def _heirs(self) -> dict[int, list[MappingNode]]:
        """The mappings that merge a mapping by `<<`, by the id of the merged mapping."""
        heirs: dict[int, list[MappingNode]] = {}
        for node in nodes.descendants(self._piece.roots) if self._has_merges else ():
            if isinstance(node, MappingNode):
                for source in nodes.merged(node):
                    heirs.setdefault(id(source), []).append(node)
        return heirs

    def _other_place(self, node: Node, change: Change, wanted: Collection[_Place]) -> str:
        """The first place of the node at which the change is not wanted, for a message."""
        for document in self._piece.documents:
            for at in _paths_to(node, document.root, ""):
                if (document.number, _written_at(change, at)) not in wanted:
                    return f"`{at}`"
        # Outside of the items, for example in the functionConfig.
        found = (at for root in self._piece.roots for at in _paths_to(node, root, ""))
        found = (at for at in found if at != change.path and not at.startswith("items["))
        return f"`{next(found, '<<')}`"


def _written_at(change: Change, at: str) -> str:
    """The path of a change if its collection were at field path `at`."""
    match change:
        case AppendItems() | RemoveEntries():
            return at
        case _ if isinstance(change.key, str):
            return paths.join(at, change.key)
        case _:
            return f"{at}[{change.key}]"


def _children(node: Node, at: str) -> Iterator[tuple[str, Node]]:
    """The collections directly in a node at field path `at`, including merged keys, each with its field path."""
    found: list[tuple[str, Node]] = []
    if isinstance(node, SequenceNode):
        found = [(f"{at}[{i}]", item) for i, item in enumerate(node.value)]
    elif isinstance(node, MappingNode):
        found = [(paths.join(at, key), value) for key, value in (*nodes.all_entries(node), *nodes.disputed(node))]
        odd = [pair for pair in node.value if not isinstance(pair[0], ScalarNode)]
        found += [(f"{at}.?", child) for pair in odd for child in pair]
    return ((path, child) for path, child in found if not isinstance(child, ScalarNode))


def _paths_to(wanted: Node, node: Node, at: str) -> Iterator[str]:
    if node is wanted:
        yield at
    for path, child in _children(node, at):
        yield from _paths_to(wanted, child, path)
