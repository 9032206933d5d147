"""What an author wants of an input: placed in the text and verified, or refused with the line that asks for it."""

from collections.abc import Iterator
from typing import NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.krm import whole_objects
from krmfn.krm.documents import Chunk, Input
from krmfn.krm.envelope import before_next_key
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.reporting import Reporter, announce, of_resource, path_in_resource
from krmfn.krm.results import Result, Severity
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
    """A composed piece, the chunk it was made of, and the objects in it."""

    piece: Piece
    chunk: Chunk | None
    objects: list[Object]


class Editor:
    """Collects what is wanted, and makes edits of it.

    Attributes:
        results: what there is to say.
        summaries: what the edits do.
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
        """Note what is wanted of an object."""
        thing = change.thing
        if change.drops:
            self._dropped[id(thing)] = change
            return
        wanted, changes = self._wanted.setdefault(id(thing), (Wanted(), []))
        try:
            change.want(wanted)
        except InputError as error:
            self._refuse(thing, error, [change])
        changes.append(change)

    def edit(self, read: Read) -> None:
        """Place and verify what is wanted of a piece: changes to its objects, and objects that come or go."""
        piece = read.piece
        found: list[tuple[Object | None, splice.Change]] = []
        drops: list[Object] = []
        for thing in read.objects:
            if drop := self._dropped.get(id(thing)):
                if self._new.holds(thing):
                    self._refuse_all([thing], "the function yields it as a whole object too")
                    continue
                drops.append(thing)
                if self._given.envelope is None and not thing.resource.at:
                    self._drop_document(read, drop)
            elif id(thing) in self._wanted:
                found += ((thing, change) for change in self._changes_of(thing))
        try:
            found += ((None, change) for change in self._changes_of_lists(drops))
        except InputError as error:
            self._refuse_all(drops, str(error))
            return
        if found:
            self.edits += (edit.moved(piece.start) for edit in self._spliced(piece, found))
        of_things: dict[int, tuple[Object, list[splice.Change]]] = {}
        for owner, change in found:
            if owner:
                of_things.setdefault(id(owner), (owner, []))[1].append(change)
        for thing, changes in of_things.values():
            try:
                announced = [
                    change._replace(proposed=unmarked(change.proposed)) for change in announce(thing.resource, changes)
                ]
            except InputError as error:  # what is replaced or removed cannot be read as data
                self._refuse(thing, error, self._wanted[id(thing)][1])
                continue
            self.changes += announced
            self.summaries.append(_summary(thing, announced))
        for thing in drops:
            resource = thing.resource
            gone = nodes.plain(resource.node)
            of = (resource.ref, resource.document.start + nodes.start(resource.node), "")
            self.changes.append(AnnouncedChange(resource.document.number, resource.at, gone, None, *of, removed=True))
            self.summaries.append(of_resource(resource, "dropped", Severity.INFO))
        for thing in read.objects:  # with the trees that they hold
            self._wanted.pop(id(thing), None)
        if self._new.added and self._given.envelope:
            items = whole_objects.items_of(self._given.envelope)
            self._announce_new(len(items.value), nodes.start(items))

    def _changes_of(self, thing: Object) -> list[splice.Change]:
        wanted, asked = self._wanted[id(thing)]
        resource = thing.resource
        try:
            changes = list(differences.changes(wanted, resource.node, resource.at))
        except InputError as error:
            self._refuse(thing, error, asked)
            return []
        if changes and nodes.last(nodes.last(resource.node, "sops"), "mac") is not None:
            message = "SOPS has signed its values, so it is left alone: run the function before sops encrypts it"
            self.results.append(of_resource(resource, message, Severity.WARNING))
            return []
        return changes

    def _changes_of_lists(self, drops: list[Object]) -> Iterator[splice.Change]:
        """The changes to lists that items leave or come to: those of a ResourceList, and those of a `List`."""
        envelope = self._given.envelope
        in_envelope, in_documents = Wanted(), dict[int, tuple[Document, Wanted]]()
        for thing in drops:
            document, at = thing.resource.document, thing.resource.at
            if at:
                _, wanted = in_documents.setdefault(document.number, (document, Wanted()))
                wanted.remove(paths.steps(at))
            elif envelope:
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
                    self._refuse_change(thing, change, str(refusal))
            except InputError as error:
                error.path = error.path or change.path
                self._refuse_change(thing, change, str(error))
        edits = tuple(splicing.edits.values())
        if edits:
            verify(piece.roots, piece.text, edits, splicing.made.values())
        return edits

    def _append_items(self, splicing: Splicing, change: splice.Change) -> bool:
        """Put new items before what follows those of a ResourceList; False where that is not certain either."""
        envelope = self._given.envelope
        if envelope is None or not isinstance(change, splice.AppendItems):
            return False
        try:
            edit = before_next_key(envelope, change)
        except Unplaceable:
            return False
        if any(other.start <= edit.start < other.end for other in splicing.edits.values()):
            return False
        splicing.edits[edit.start] = edit
        splicing.made[splice.target(change)] = change
        return True

    def _drop_document(self, read: Read, change: Change) -> None:
        try:
            assert read.chunk is not None
            self.edits.append(whole_objects.dropped_document(read.chunk, read.piece))
        except Unplaceable as refusal:
            self._refuse_all([change.thing], str(refusal))

    def add_documents(self, text: str, last: Read | None, number: int) -> None:
        """Put new objects behind the documents of a stream."""
        objects = [new.data for new in self._new.added]
        try:
            if text.lstrip().startswith(("{", "[")):
                # What reads JSON takes no YAML behind it.
                raise Unplaceable("the input is JSON, or looks like it, and that takes no further document")
            assert last is not None
            edit = whole_objects.new_documents(text, last.piece, objects)
        except Unplaceable as refusal:
            for new in self._new.added:
                message = f"cannot be added: {refusal}; asked for in {new.line}"
                self.results.append(Result(message, Severity.ERROR, new.ref))
            return
        self.edits.append(edit)
        self._announce_new(number, edit.start)

    def _announce_new(self, first: int, position: int) -> None:
        for i, new in enumerate(self._new.added):
            self.changes.append(AnnouncedChange(first + i, "", None, unmarked(new.data), new.ref, position, ""))
            self.summaries.append(Result("added", Severity.INFO, new.ref, None, new.file))

    def _refuse(self, thing: Object, error: InputError, asked: list[Change]) -> None:
        """An error about something that is wanted, and does not fit what is there."""
        line = next((c.line for c in asked if error.path and _concerns(thing, c, error.path)), asked[-1].line)
        resource = thing.resource
        result = self._reporter.error(error, resource.document, resource)
        self.results.append(result._replace(message=f"{result.message}; asked for in {line}"))

    def _refuse_all(self, drops: list[Object], reason: str) -> None:
        for thing in drops:
            message = f"cannot be dropped: {reason}; asked for in {self._dropped[id(thing)].line}"
            self.results.append(thing.says(Severity.ERROR, message, (), None))

    def _refuse_change(self, thing: Object | None, change: splice.Change, reason: str) -> None:
        """An error about a change that has no place in the text that is sure."""
        if thing is None:
            line = next((c.line for c in self._dropped.values()), None) or self._new.added[0].line
            message = f"cannot drop or add objects: {reason}; asked for in {line}"
            self.results.append(Result(message, Severity.ERROR))
            return
        asked = self._wanted[id(thing)][1]
        path = next(splice.removed(change))[0] if isinstance(change, splice.RemoveEntries) else change.path
        line = next((c.line for c in asked if _concerns(thing, c, path)), asked[-1].line)
        result = self._reporter.refused(thing.resource, change, reason)
        self.results.append(result._replace(message=f"{result.message}; asked for in {line}"))


def _inner_first(found: tuple[Object | None, splice.Change]) -> tuple[int, bool]:
    """The order in which changes are made: at one place in the text, what is deeper comes first.

    A new key may go behind a value that is filled, so that one is before it.
    """
    change = found[1]
    return -len(paths.steps(change.path)), isinstance(change, splice.AddKey)


def _concerns(thing: Object, change: Change, path: str) -> bool:
    """Whether what is asked for may have led to a change at a field path of the document."""
    own, other = paths.steps(thing.in_document(change.path)), paths.steps(path)
    shorter = min(len(own), len(other))
    return own[:shorter] == other[:shorter]


def _summary(thing: Object, announced: list[AnnouncedChange]) -> Result:
    """What became of an object, in few words."""
    fields = list(dict.fromkeys(path_in_resource(thing.resource, change.path) for change in announced))
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return of_resource(thing.resource, f"changed {', '.join(fields[:_SHOWN])}{more}", Severity.INFO)
