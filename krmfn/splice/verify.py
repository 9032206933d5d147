"""Verify edits: the new text must parse to the old nodes plus exactly the changes.

Entries that no edit comes near are cut out of both texts before the comparison: entries of a block mapping are whole
lines and independent of each other, so most of a manifest need not be composed a second time.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from krmfn.errors import NotYAML, VerificationError
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Change,
    EditText,
    RemoveEntries,
    ReplaceEntry,
    ReplaceScalar,
    ReplaceValue,
)
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.json_kept import check_json
from krmfn.splice.lines import line_start
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

# A `?` with its key on a line below; a match in prose only causes more work.
_EXPLICIT_KEY = re.compile(r"\?(?<![^\s-]\?)[ \t]*(?:[#\r\n\x85\u2028\u2029]|\Z)")


def verify(roots: Sequence[Node], text: str, edits: Sequence[Edit], changes: Iterable[Change]) -> None:
    """Compare `roots`, the nodes of `text`, with the nodes of the edited text; raise `VerificationError`."""
    changes = tuple(changes)
    excerpt = _Excerpt(text, edits)
    # Cut nothing if an alias could lose its anchor, if an entry may begin with a `?` on a line above its key, or if a
    # removed or replaced part may begin before the key near it, and end after it.
    is_removal = any(isinstance(change, (RemoveEntries, ReplaceEntry, ReplaceValue)) for change in changes)
    if not parsing.has_aliases(text) and not _EXPLICIT_KEY.search(text) and not is_removal:
        for root in roots:
            excerpt.cut_untouched(root, 0, len(edits))
    try:
        new_roots = parsing.compose(apply_edits(text, [*edits, *excerpt.cuts]))
    except NotYAML as error:
        raise VerificationError(f"the edited text does not parse: {error}") from None
    comparison = _Comparison(changes, excerpt.kept)
    if len(roots) != len(new_roots):
        raise VerificationError("the edited text has another number of documents")
    for old, new in zip(roots, new_roots, strict=True):
        comparison.same(old, new)
    check_json(text, roots, edits)


class _Excerpt:
    """The part of a text that is parsed again: `cuts` remove the lines that no edit comes near.

    `kept` has the remaining entries by the id of the mapping; a mapping that is not in it keeps all entries.
    """

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self._text = text
        self._positions = sorted(edit.start for edit in edits)
        self.cuts: list[Edit] = []
        self.kept: dict[int, list[tuple[Node, Node]]] = {}

    def cut_untouched(self, node: Node, first: int, last: int) -> None:
        """Cut entries in a node that only the edits with numbers from `first` to below `last` come near."""
        if first == last or not isinstance(node, (MappingNode, SequenceNode)) or node.flow_style:
            return
        if isinstance(node, SequenceNode):
            for item in node.value:
                self.cut_untouched(item, *self._edits_near(nodes.start(item), nodes.end(item), first, last))
            return
        end = nodes.end(node)
        stop = len(self._text) if end == len(self._text) else line_start(self._text, end)
        first, last = self._edits_near(nodes.start(node), stop, first, last)
        if first < last:
            self.kept[id(node)] = list(self._kept_entries(node, stop, first, last))

    def _kept_entries(self, mapping: MappingNode, end: int, first: int, last: int) -> Iterator[tuple[Node, Node]]:
        """The entries that edits come near; cuts the lines between them, up to `end`."""
        positions = self._positions
        starts = [_own_line_start(self._text, key.start_mark) for key, _ in mapping.value]
        cut_from = None
        for pair, start, stop in zip(mapping.value, starts, [*starts[1:], end], strict=True):
            near = first, last
            if start is not None:
                while first < last and positions[first] < start:
                    first += 1
                if stop is not None:
                    if first == last or positions[first] > stop:
                        cut_from = start if cut_from is None else cut_from
                        continue
                    near = first, bisect_right(positions, stop, first, last)
                if cut_from is not None:
                    self.cuts.append(Edit(cut_from, start, ""))
                    cut_from = None
            yield pair
            self.cut_untouched(pair[1], *near)
        if cut_from is not None:
            self.cuts.append(Edit(cut_from, end, ""))

    def _edits_near(self, start: int, stop: int, first: int, last: int) -> tuple[int, int]:
        """The range of the edits in `first` to `last` that are from `start` to `stop`, both included."""
        first = bisect_left(self._positions, start, first, last)
        return first, bisect_right(self._positions, stop, first, last)


def _own_line_start(text: str, mark: Any) -> int | None:
    """The start of the line of a mark if only blanks are before the mark, else None."""
    index: int = mark.index
    begin = index - mark.column
    return None if text[begin:index].strip(" ") else begin


class _Comparison:
    """Compares two trees.

    `_partners` has the new node of each old collection, `_taken` the ids of the new nodes: aliases must stay aliases,
    and nothing else may become an alias.
    """

    def __init__(self, changes: Iterable[Change], kept: Mapping[int, list[tuple[Node, Node]]]) -> None:
        self._kept = kept
        self._added: dict[int, dict[str, Any]] = {}
        self._replaced: dict[int, dict[str, Any]] = {}
        self._appended: dict[int, tuple[Any, ...]] = {}
        self._removed: dict[int, tuple[str | int, ...]] = {}
        self._replaced_items: dict[int, dict[int, Any]] = {}
        self._partners: dict[int, Node] = {}
        self._taken: set[int] = set()
        for change in changes:
            match change:
                case AddKey():
                    self._added.setdefault(id(change.mapping), {})[change.key] = change.value
                case ReplaceScalar() | EditText():
                    self._replaced.setdefault(id(change.mapping), {})[change.key] = change.value
                case AppendItems():
                    self._appended[id(change.sequence)] = change.items
                case RemoveEntries():
                    self._removed[id(change.owner)] = (*self._removed.get(id(change.owner), ()), *change.keys)
                case ReplaceEntry():
                    self._added.setdefault(id(change.mapping), {})[change.key] = change.value
                    self._removed[id(change.mapping)] = (*self._removed.get(id(change.mapping), ()), change.old)
                case ReplaceValue(key=str(key)):
                    self._replaced.setdefault(id(change.owner), {})[key] = change.value
                case ReplaceValue(key=int(key)):
                    self._replaced_items.setdefault(id(change.owner), {})[key] = change.value

    def same(self, old: Node, new: Node) -> None:
        """Raise unless `new` is `old` with the changes made."""
        kind = type(old)
        if kind is not type(new) or old.tag != new.tag:
            raise _differs(old, "its type changed")
        if kind is ScalarNode:
            if old.value != new.value or old.style != new.style:  # type: ignore[attr-defined]
                raise _differs(old, "a scalar changed")
        elif id(old) in self._partners or id(new) in self._taken:
            if self._partners.get(id(old)) is not new:
                raise _differs(old, "an alias changed")
        else:
            self._partners[id(old)] = new
            self._taken.add(id(new))
            if kind is MappingNode:
                self._same_mapping(old, new.value)
            else:
                self._same_sequence(old, new.value)

    def _same_mapping(self, old: Node, new: list[tuple[Node, Node]]) -> None:
        compared = self._kept.get(id(old), old.value)
        if removed := self._removed.get(id(old)):
            compared = [(key, value) for key, value in compared if key.value not in removed]
        if added := self._added.get(id(old)):
            # New keys differ from the old keys of the mapping, so the name shows which are new.
            names = [key.value if isinstance(key, ScalarNode) else None for key, _ in new]
            found = [(name, pair[1]) for name, pair in zip(names, new, strict=True) if name in added]
            if len(found) != len(added) or not all(_says(value, added[str(name)]) for name, value in found):
                raise _differs(old, "the new keys are not the announced ones")
            new = [pair for name, pair in zip(names, new, strict=True) if name not in added]
        if len(new) != len(compared):
            raise _differs(old, "the number of keys is not the announced one")
        replaced = self._replaced.get(id(old))
        for (old_key, old_value), (new_key, new_value) in zip(compared, new, strict=True):
            self.same(old_key, new_key)
            if replaced and isinstance(old_key, ScalarNode) and old_key.value in replaced:
                if not _says(new_value, replaced[old_key.value]):
                    raise _differs(old_value, "a value is not the announced one")
            else:
                self.same(old_value, new_value)

    def _same_sequence(self, old: Node, new: list[Node]) -> None:
        appended = self._appended.get(id(old), ())
        removed = self._removed.get(id(old), ())
        replaced = self._replaced_items.get(id(old), {})
        compared = [(i, item) for i, item in enumerate(old.value) if i not in removed]
        if len(new) != len(compared) + len(appended):
            raise _differs(old, "the number of items is not the announced one")
        for (i, old_item), new_item in zip(compared, new, strict=False):
            if i not in replaced:
                self.same(old_item, new_item)
            elif not _says(new_item, replaced[i]):
                raise _differs(old_item, "an item is not the announced one")
        for item, new_item in zip(appended, new[len(compared) :], strict=True):
            if not _says(new_item, item):
                raise _differs(old, "an appended item is not the announced one")


def _says(node: Node, value: Any) -> bool:
    """Whether a node is the value: plain data of strings, numbers, booleans, null, lists and mappings."""
    if isinstance(value, str):
        return isinstance(node, ScalarNode) and node.value == value and nodes.is_string(node)
    if isinstance(value, dict):
        if not isinstance(node, MappingNode) or len(node.value) != len(value):
            return False
        pairs = zip(node.value, value.items(), strict=True)
        return all(_says(key, name) and _says(inner, wanted) for (key, inner), (name, wanted) in pairs)
    if isinstance(value, (list, tuple)):
        if not isinstance(node, SequenceNode) or len(node.value) != len(value):
            return False
        return all(_says(item, wanted) for item, wanted in zip(node.value, value, strict=True))
    if value is None:
        return isinstance(node, ScalarNode) and nodes.is_null(node)
    if isinstance(value, float):
        return isinstance(node, ScalarNode) and nodes.is_float(node) and float(node.value) == value
    text = str(value).lower()  # true and false are written so
    return isinstance(node, ScalarNode) and node.value == text and not nodes.is_string(node)


def _differs(node: Node, what: str) -> VerificationError:
    mark = node.start_mark
    return VerificationError(f"{what} in {nodes.describe(node)} at line {mark.line + 1}, column {mark.column + 1}")
