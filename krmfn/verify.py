"""Our own work checked before anyone sees it: the new text must parse to the old nodes plus exactly the changes.

Compared is what the two mean, with those entries cut out on both sides that no edit comes near: the entries of a block
mapping are whole lines and do not depend on each other, so most of a manifest need not become nodes a second time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from krmfn import nodes, parsing
from krmfn.changes import AddKey, AppendItems, Change, ReplaceScalar
from krmfn.edits import Edit, apply_edits
from krmfn.errors import NotYAML, VerificationError
from krmfn.lines import line_start
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode


def verify(roots: Sequence[Node], text: str, edits: Sequence[Edit], changes: Iterable[Change]) -> None:
    """Compare `roots`, the nodes of `text`, with what it parses to after the edits; raise `VerificationError`."""
    untouched: dict[int, Edit] = {}
    if "&" not in text and "*" not in text:  # an alias would be left without its anchor
        positions = sorted(edit.start for edit in edits)
        for root in roots:
            _collect_untouched(root, text, positions, untouched)
    try:
        new_roots = parsing.compose(apply_edits(text, [*edits, *untouched.values()]))
    except NotYAML as error:
        raise VerificationError(f"the edited text does not parse: {error}") from None
    comparison = _Comparison(changes, frozenset(untouched))
    if len(roots) != len(new_roots):
        raise VerificationError("the edited text has another number of documents")
    for old, new in zip(roots, new_roots, strict=True):
        comparison.same(old, new)


def _collect_untouched(node: Node, text: str, positions: list[int], cuts: dict[int, Edit]) -> None:
    """Gather the entries no edit comes near: by the id of the key, the cut that takes the entry's lines out."""
    if not _any_between(positions, nodes.start(node), nodes.end(node)):
        return
    if isinstance(node, SequenceNode) and not node.flow_style:
        for item in node.value:
            _collect_untouched(item, text, positions, cuts)
    elif isinstance(node, MappingNode) and not node.flow_style:
        starts = [_own_line_start(text, key.start_mark) for key, _ in node.value]
        starts.append(len(text) if nodes.end(node) == len(text) else line_start(text, nodes.end(node)))
        for (key, value), start, stop in zip(node.value, starts, starts[1:], strict=False):
            if start is None or stop is None or _any_between(positions, start, stop):
                _collect_untouched(value, text, positions, cuts)
            else:
                cuts[id(key)] = Edit(start, stop, "")


def _own_line_start(text: str, mark: Any) -> int | None:
    """The start of the line of a mark, when only blanks stand before it there."""
    index: int = mark.index
    begin = index - mark.column
    return None if text[begin:index].strip(" ") else begin


def _any_between(positions: list[int], start: int, stop: int) -> bool:
    i = bisect_left(positions, start)
    return i < len(positions) and positions[i] <= stop


class _Comparison:
    """Walks two trees side by side. `_partner` has the new node of each old collection: aliases must stay aliases."""

    def __init__(self, changes: Iterable[Change], untouched: frozenset[int]) -> None:
        self._untouched = untouched
        self._added: dict[int, dict[str, Any]] = {}
        self._replaced: dict[int, Any] = {}
        self._appended: dict[int, tuple[Any, ...]] = {}
        self._partner: dict[int, Node] = {}
        self._compared: set[int] = set()
        for change in changes:
            match change:
                case AddKey():
                    self._added.setdefault(id(change.mapping), {})[change.key] = change.value
                case ReplaceScalar():
                    self._replaced[id(change.node)] = change.value
                case AppendItems():
                    self._appended[id(change.sequence)] = change.items

    def same(self, old: Node, new: Node) -> None:
        """Raise unless `new` is `old` with the changes made."""
        kind = type(old)
        if kind is not type(new) or old.tag != new.tag:
            self._replaced_by(old, new, "its type changed")
        elif kind is ScalarNode:
            if old.value != new.value or old.style != new.style:  # type: ignore[attr-defined]
                self._replaced_by(old, new, "a scalar changed")
        elif self._partner.setdefault(id(old), new) is not new:
            raise _differs(old, "an alias changed")
        elif id(new) not in self._compared:
            self._compared.add(id(new))
            if kind is MappingNode:
                self._same_mapping(old, new.value)
            else:
                self._same_sequence(old, new.value)

    def _replaced_by(self, old: Node, new: Node, otherwise: str) -> None:
        if id(old) not in self._replaced:
            raise _differs(old, otherwise)
        if nodes.plain(new) != self._replaced[id(old)]:
            raise _differs(old, "a scalar has another value than announced")

    def _same_mapping(self, old: Node, new: list[tuple[Node, Node]]) -> None:
        compared = old.value
        if self._untouched:
            compared = [pair for pair in compared if id(pair[0]) not in self._untouched]
        if added := self._added.get(id(old)):
            # The new keys are none that the mapping had, so the name tells old from new.
            names = [key.value if isinstance(key, ScalarNode) else None for key, _ in new]
            found = {name: nodes.plain(pair[1]) for name, pair in zip(names, new, strict=True) if name in added}
            if found != added:
                raise _differs(old, "the new keys are not the announced ones")
            new = [pair for name, pair in zip(names, new, strict=True) if name not in added]
        if len(new) != len(compared):
            raise _differs(old, "the number of keys is not the announced one")
        for (old_key, old_value), (new_key, new_value) in zip(compared, new, strict=True):
            self.same(old_key, new_key)
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
