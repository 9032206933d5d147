"""Turn the changes of a piece into edits: each target once, and none that an alias would carry to another place."""

from collections.abc import Iterable

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import (
    AddKey,
    Beside,
    Change,
    RemoveEntries,
    ReplaceEntry,
    ReplaceValue,
    edited,
    keys_written,
    same_effect,
    target,
)
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode
from krmfn.splice.pieces import Piece
from krmfn.splice.placement import place
from krmfn.splice.sharing import Sharing


class Splicing:
    """Collects the edits for changes. `made` has the changes by target, `edits` their edits by start."""

    def __init__(self, piece: Piece, wanted: Iterable[tuple[int, Change]]) -> None:
        """`wanted` are all changes, each with the number of its document."""
        self.made: dict[tuple[int, str], Change] = {}
        self.edits: dict[int, Edit] = {}
        self._piece = piece
        wanted = tuple(wanted)
        self._sharing = Sharing(piece, wanted)
        self._may_be_wide = any(isinstance(change, (RemoveEntries, ReplaceEntry, ReplaceValue)) for _, change in wanted)
        self._wide: list[Edit] = []

    def make(self, change: Change) -> None:
        """Place a change; raise `Unplaceable` or `InputError`.

        A merged key (`<<`) is written only in the mapping that provides it: strict parsers refuse it in both mappings.
        """
        earlier = self.made.get(target(change))
        if earlier is None:
            collection = edited(change)
            if keys_written(change) and isinstance(collection, MappingNode):
                nodes.check_keys(collection)
            self._sharing.check(change)
            if isinstance(change, AddKey) and self._sharing.arrives(change):
                return
            self.put(change, self._placed(change))
        elif not same_effect(earlier, change):
            raise Unplaceable("it is shared with another place by an alias, and the two need different values")

    def put(self, change: Change, edits: list[Edit]) -> None:
        """Add the given edits for a change; raise `Unplaceable` if they conflict with others."""
        self._add(edits)
        self.made[target(change)] = change

    def _placed(self, change: Change) -> list[Edit]:
        """The edits of a change; a new key that a `<<` also sets goes after the `<<`."""
        edits = place(self._piece.text, change, self._piece.holder)
        if isinstance(change, AddKey) and self._sharing.is_overridden(change, edits[-1].start):
            behind = change._replace(beside=Beside(after=("<<",)))
            edits = place(self._piece.text, behind, self._piece.holder)
            if self._sharing.is_overridden(change, edits[-1].start):
                raise Unplaceable(f"a `<<` after the new key also sets `{change.key}`, and YAML parsers disagree")
        return edits

    def _add(self, new: list[Edit]) -> None:
        """Add the edits of a change; two new keys of one mapping can go to the same place, one after the other."""
        *first, last = new
        self._check_apart(new)
        earlier = self.edits.get(last.start)
        if any(self.edits.get(edit.start, edit) != edit for edit in first):
            raise Unplaceable("another change goes to the same place")
        if earlier is None:
            self.edits |= {edit.start: edit for edit in new}
        elif earlier.end == last.end == last.start:
            # The comma is a separate edit, or there is none: write the comma between the two keys.
            comma = "," if first else ", " if self._is_alone_in_braces(last.start) else ""
            self.edits[last.start] = earlier._replace(text=earlier.text + comma + last.text)
        else:
            raise Unplaceable("another change goes to the same place")

    def _check_apart(self, new: list[Edit]) -> None:
        """Raise `Unplaceable` if an edit would be inside text that another one replaces or removes."""
        wide = [edit for edit in new if edit.end > edit.start]
        pairs = [(one, other) for one in new for other in self._wide]
        pairs += [(one, other) for one in wide for other in self.edits.values()] if wide and self._may_be_wide else []
        if any(one.start < other.end and other.start < one.end for one, other in pairs if one != other):
            raise Unplaceable("another change replaces or removes what stands there")
        if self._may_be_wide:
            self._wide += wide

    def _is_alone_in_braces(self, position: int) -> bool:
        text = self._piece.text
        return text.startswith("}", position) and text[:position].rstrip().endswith("{")
