"""Place the changes that an author requests in the text and verify them, or refuse them with the author's line."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.krm import whole_objects
from krmfn.krm.documents import Chunk, Input
from krmfn.krm.envelope import before_next_key
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.reporting import Reporter, announce, of_resource, path_in_resource
from krmfn.krm.results import Result, Severity
from krmfn.sdk import refusals
from krmfn.sdk.changes import Change, unmarked
from krmfn.sdk.new_objects import NewObjects
from krmfn.sdk.objects import Object
from krmfn.splice import changes as splice
from krmfn.splice import differences, nodes, paths
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode
from krmfn.splice.pieces import Document, Piece
from krmfn.splice.splicing import Splicing
from krmfn.splice.verify import verify
from krmfn.splice.wanted import Wanted

_SHOWN = 4
"""How many fields of an object a summary names."""


class Read(NamedTuple):
    """A composed piece, its chunk, and its objects."""

    piece: Piece
    chunk: Chunk | None
    objects: list[Object]


class Editor:
    """Collects requested changes and makes edits from them.

    Attributes:
        results: errors and warnings.
        summaries: infos on what the edits do.
        changes: every single change.
        edits: verified, with positions in the input.
    """

    def __init__(self, given: Input, reporter: Reporter, new: NewObjects) -> None:
        self.results: list[Result] = []
        self.summaries: list[Result] = []
        self.changes: list[AnnouncedChange] = []
        self.edits: list[Edit] = []
        self._given = given
        self._reporter = reporter
        self._new = new
        self._wanted: dict[int, tuple[Wanted, list[Change]]] = {}
        self._dropped: dict[int, Change] = {}

    def want(self, change: Change) -> None:
        """Take a requested change."""
        thing = change.thing
        if change.drops:
            self._dropped[id(thing)] = change
            return
        wanted, changes = self._wanted.setdefault(id(thing), (Wanted(), []))
        changes.append(change)
        try:
            change.want(wanted)
        except InputError as error:
            self.results.append(refusals.of_wish(self._reporter, thing, [change], error))

    def edit(self, read: Read) -> None:
        """Place and verify the changes in a piece: changes to its objects, and added or removed objects."""
        drops = [drop for thing in read.objects if (drop := self._dropped.get(id(thing)))]
        found: list[tuple[Object | None, splice.Change]] = []
        for thing in read.objects:
            if id(thing) in self._wanted and id(thing) not in self._dropped:
                found += ((thing, change) for change in self._changes_of(thing))
        try:
            found += ((None, change) for change in self._changes_of_lists(drops))
        except InputError as error:
            self.results += (refusals.of_drop(drop, str(error)) for drop in drops)
            return
        if found:
            self.edits += (edit.moved(read.piece.start) for edit in self._spliced(read.piece, found))
        self._announce(found)
        for drop in drops:
            self._drop(read, drop)
        if self._new.added and self._given.envelope:
            items = whole_objects.items_of(self._given.envelope)
            self._announce_new(len(items.value), nodes.start(items))
        for thing in read.objects:  # frees their trees
            self._wanted.pop(id(thing), None)

    def _announce(self, found: Iterable[tuple[Object | None, splice.Change]]) -> None:
        """Announce the changes to objects, with a summary for each object."""
        of_things: dict[int, tuple[Object, list[splice.Change]]] = {}
        for owner, change in found:
            if owner:
                of_things.setdefault(id(owner), (owner, []))[1].append(change)
        for thing, changes in of_things.values():
            try:
                announced = list(announce(thing.resource, changes))
            except InputError as error:  # the old value cannot be read as data
                asked = self._wanted[id(thing)][1]
                self.results.append(refusals.of_wish(self._reporter, thing, asked, error))
                continue
            self.changes += (change._replace(proposed=unmarked(change.proposed)) for change in announced)
            self.summaries.append(_summary(thing, announced))

    def _drop(self, read: Read, drop: Change) -> None:
        """Announce that an object is removed; if it is a document, also remove its text."""
        resource = drop.thing.resource
        try:
            if self._new.holds(drop.thing):
                raise Unplaceable("the function yields it as a whole object too")
            if self._given.envelope is None and not resource.at:
                assert read.chunk is not None
                self.edits.append(whole_objects.dropped_document(read.chunk, read.piece))
            gone = nodes.plain(resource.node)
        except (InputError, Unplaceable) as refusal:
            self.results.append(refusals.of_drop(drop, str(refusal)))
            return
        of = (resource.ref, resource.document.start + nodes.start(resource.node), "")
        self.changes.append(AnnouncedChange(resource.document.number, resource.at, gone, None, *of, removed=True))
        self.summaries.append(of_resource(resource, "dropped", Severity.INFO))

    def _changes_of(self, thing: Object) -> list[splice.Change]:
        wanted, asked = self._wanted[id(thing)]
        resource = thing.resource
        try:
            changes = list(differences.changes(wanted, resource.node, resource.at))
        except InputError as error:
            self.results.append(refusals.of_wish(self._reporter, thing, asked, error))
            return []
        if changes and nodes.last(nodes.last(resource.node, "sops"), "mac") is not None:
            message = "SOPS has signed its values, so it is left alone: run the function before sops encrypts it"
            self.results.append(of_resource(resource, message, Severity.WARNING))
            return []
        return changes

    def _changes_of_lists(self, drops: Iterable[Change]) -> Iterator[splice.Change]:
        """The changes to lists from which items are removed, or to which they are added: ResourceLists and `List`s."""
        envelope = self._given.envelope
        in_envelope, in_documents = Wanted(), dict[int, tuple[Document, Wanted]]()
        for drop in drops:
            document, at = drop.thing.resource.document, drop.thing.resource.at
            if at:
                _, wanted = in_documents.setdefault(document.number, (document, Wanted()))
                wanted.remove(paths.steps(at))
            else:
                in_envelope.remove(("items", document.number))
        if envelope and self._new.added:
            in_envelope.append(("items",), [new.data for new in self._new.added])
        if envelope and isinstance(envelope.root, MappingNode):
            yield from differences.changes(in_envelope, envelope.root, "")
        for document, wanted in in_documents.values():
            if not isinstance(document.root, MappingNode):
                raise InputError("is an item of a list that is a document of its own")
            yield from differences.changes(wanted, document.root, "")

    def _spliced(self, piece: Piece, found: list[tuple[Object | None, splice.Change]]) -> tuple[Edit, ...]:
        splicing = Splicing(piece, ((thing.resource.document.number if thing else -1, c) for thing, c in found))
        for thing, change in sorted(found, key=_inner_first):
            try:
                splicing.make(change)
            except Unplaceable as refusal:
                if thing or not self._append_items(splicing, change):
                    self.results.append(self._refused(thing, change, str(refusal)))
            except InputError as error:
                self.results.append(self._refused(thing, change, str(error)))
        edits = tuple(splicing.edits.values())
        if edits:
            verify(piece.roots, piece.text, edits, splicing.made.values())
        return edits

    def _append_items(self, splicing: Splicing, change: splice.Change) -> bool:
        """Insert new items before the key after a ResourceList's `items`; False if the place is not certain."""
        envelope = self._given.envelope
        if envelope is None or not isinstance(change, splice.AppendItems):
            return False
        try:
            splicing.put(change, [before_next_key(envelope, change)])
        except Unplaceable:
            return False
        return True

    def _refused(self, thing: Object | None, change: splice.Change, why: str) -> Result:
        if thing:
            return refusals.of_change(self._reporter, thing, self._wanted[id(thing)][1], change, why)
        lines = [*(drop.line for drop in self._dropped.values()), *(new.line for new in self._new.added)]
        return refusals.of_items(lines[0], why)

    def add_documents(self, text: str, last: Read | None, number: int) -> None:
        """Append new objects to the documents of a stream."""
        assert last is not None
        try:
            edit = whole_objects.new_documents(text, last.piece, [new.data for new in self._new.added])
        except Unplaceable as refusal:
            self.results += (refusals.of_new(new, str(refusal)) for new in self._new.added)
            return
        self.edits.append(edit)
        self._announce_new(number, edit.start)

    def _announce_new(self, first: int, position: int) -> None:
        for i, new in enumerate(self._new.added):
            self.changes.append(AnnouncedChange(first + i, "", None, unmarked(new.data), new.ref, position, ""))
            self.summaries.append(Result("added", Severity.INFO, new.ref, None, new.file))


def _inner_first(found: tuple[Object | None, splice.Change]) -> tuple[int, bool]:
    """A sort key: at the same place in the text, deeper changes come first.

    A new key may go after a value that is filled in, so that value comes first.
    """
    change = found[1]
    return -len(paths.steps(change.path)), isinstance(change, splice.AddKey)


def _summary(thing: Object, announced: list[AnnouncedChange]) -> Result:
    """An info that names the changed fields of an object."""
    fields = list(dict.fromkeys(path_in_resource(thing.resource, change.path) for change in announced))
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return of_resource(thing.resource, f"changed {', '.join(fields[:_SHOWN])}{more}", Severity.INFO)
