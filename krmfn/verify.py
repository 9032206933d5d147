"""Our own work checked before anyone sees it: the new text must parse to the old nodes plus exactly the changes.

Compared is what the two mean, with those entries cut out on both sides that no edit comes near: the entries of a block
mapping are whole lines and do not depend on each other, so most of a manifest need not become nodes a second time.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from krmfn import nodes, parsing
from krmfn.changes import AddKey, AppendItems, Change, RemoveKeys, ReplaceScalar
from krmfn.edits import Edit, apply_edits
from krmfn.errors import NotYAML, VerificationError
from krmfn.json_kept import check_json
from krmfn.lines import line_start
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode


def verify(roots: Sequence[Node], text: str, edits: Sequence[Edit], changes: Iterable[Change | RemoveKeys]) -> None:
    """Compare `roots`, the nodes of `text`, with what it parses to after the edits; raise `VerificationError`."""
    changes = tuple(changes)
    excerpt = _Excerpt(text, edits)
    # An alias might be left without its anchor, and what is removed begins before the key that it comes near.
    if not parsing.has_aliases(text) and not any(isinstance(change, RemoveKeys) for change in changes):
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
    """What of a text is to be parsed again: `cuts` take the lines out that no edit comes near.

    `kept` has the entries left, by the id of the mapping; one that is not in it keeps all.
    """

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self._text = text
        self._positions = sorted(edit.start for edit in edits)
        self.cuts: list[Edit] = []
        self.kept: dict[int, list[tuple[Node, Node]]] = {}

    def cut_untouched(self, node: Node, first: int, last: int) -> None:
        """Look for entries to cut in a node that the edits number `first` to `last`, `last` not included, come near."""
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
        """The entries that edits come near; the lines between them, up to `end`, are cut."""
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
        """Which of the edits `first` to `last` stand from `start` to `stop`, both included."""
        first = bisect_left(self._positions, start, first, last)
        return first, bisect_right(self._positions, stop, first, last)


def _own_line_start(text: str, mark: Any) -> int | None:
    """The start of the line of a mark, when only blanks stand before it there."""
    index: int = mark.index
    begin = index - mark.column
    return None if text[begin:index].strip(" ") else begin


class _Comparison:
    """Walks two trees side by side. `_partner` has the new node of each old collection: aliases must stay aliases."""

    def __init__(self, changes: Iterable[Change | RemoveKeys], kept: Mapping[int, list[tuple[Node, Node]]]) -> None:
        self._kept = kept
        self._added: dict[int, dict[str, Any]] = {}
        self._replaced: dict[int, dict[str, Any]] = {}
        self._appended: dict[int, tuple[Any, ...]] = {}
        self._removed: dict[int, tuple[str, ...]] = {}
        self._partner: dict[int, Node] = {}
        self._compared: set[int] = set()
        for change in changes:
            match change:
                case AddKey():
                    self._added.setdefault(id(change.mapping), {})[change.key] = change.value
                case ReplaceScalar():
                    self._replaced.setdefault(id(change.mapping), {})[change.key] = change.value
                case AppendItems():
                    self._appended[id(change.sequence)] = change.items
                case RemoveKeys():
                    self._removed[id(change.mapping)] = change.keys

    def same(self, old: Node, new: Node) -> None:
        """Raise unless `new` is `old` with the changes made."""
        kind = type(old)
        if kind is not type(new) or old.tag != new.tag:
            raise _differs(old, "its type changed")
        if kind is ScalarNode:
            if old.value != new.value or old.style != new.style:  # type: ignore[attr-defined]
                raise _differs(old, "a scalar changed")
        elif self._partner.setdefault(id(old), new) is not new:
            raise _differs(old, "an alias changed")
        elif id(new) not in self._compared:
            self._compared.add(id(new))
            if kind is MappingNode:
                self._same_mapping(old, new.value)
            else:
                self._same_sequence(old, new.value)

    def _same_mapping(self, old: Node, new: list[tuple[Node, Node]]) -> None:
        compared = self._kept.get(id(old), old.value)
        if removed := self._removed.get(id(old)):
            compared = [(key, value) for key, value in compared if key.value not in removed]
        if added := self._added.get(id(old)):
            # The new keys are none that the mapping had, so the name tells old from new.
            names = [key.value if isinstance(key, ScalarNode) else None for key, _ in new]
            found = {name: nodes.plain(pair[1]) for name, pair in zip(names, new, strict=True) if name in added}
            if found != added:
                raise _differs(old, "the new keys are not the announced ones")
            new = [pair for name, pair in zip(names, new, strict=True) if name not in added]
        if len(new) != len(compared):
            raise _differs(old, "the number of keys is not the announced one")
        replaced = self._replaced.get(id(old))
        for (old_key, old_value), (new_key, new_value) in zip(compared, new, strict=True):
            self.same(old_key, new_key)
            if replaced and isinstance(old_key, ScalarNode) and old_key.value in replaced:
                if nodes.plain(new_value) != replaced[old_key.value]:
                    raise _differs(old_value, "a value is not the announced one")
            else:
                self.same(old_value, new_value)

    def _same_sequence(self, old: Node, new: list[Node]) -> None:
        appended = self._appended.get(id(old), ())
        if len(new) != len(old.value) + len(appended):
            raise _differs(old, "the number of items is not the announced one")
        for old_item, new_item in zip(old.value, new, strict=False):
            self.same(old_item, new_item)
        for item, new_item in zip(appended, new[len(old.value) :], strict=True):
            if nodes.plain(new_item) != item:
                raise _differs(old, "an appended item is not the announced one")


def _differs(node: Node, what: str) -> VerificationError:
    mark = node.start_mark
    return VerificationError(f"{what} in {nodes.describe(node)} at line {mark.line + 1}, column {mark.column + 1}")
