"""One run of an author's function on an input: objects ─▶ what is wanted ─▶ changes ─▶ edits, and results of it all."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from types import GeneratorType
from typing import Any, NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.imagepull.kinds import DEFINITION, KindTables
from krmfn.imagepull.podspecs import SKIP_ANNOTATION, find_resources
from krmfn.krm import documents, whole_objects
from krmfn.krm.documents import Chunk, Input
from krmfn.krm.envelope import before_next_key
from krmfn.krm.function import Proposal
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.reporting import Reporter, announce, of_resource, path_in_resource
from krmfn.krm.results import Result, Severity
from krmfn.sdk.authoring import Line, failing_line
from krmfn.sdk.changes import Change, unmarked
from krmfn.sdk.new_objects import NewObjects
from krmfn.sdk.objects import Object, Objects, Unreadable
from krmfn.sdk.paths import steps
from krmfn.splice import changes as splice
from krmfn.splice import differences, nodes
from krmfn.splice.edits import Edit
from krmfn.splice.nodes import MappingNode
from krmfn.splice.pieces import Document, Piece
from krmfn.splice.splicing import Splicing
from krmfn.splice.verify import verify
from krmfn.splice.wanted import Wanted

_SHOWN = 4
"""How many fields of an object a summary names."""


class _NeedsWhole(Exception):
    """Items are dropped, and the ResourceList was cut at its items."""


class _Failed(Exception):
    """The author's function has raised an exception, which is among the results."""


class _Read(NamedTuple):
    """A composed piece, the chunk it was made of, and the objects in it."""

    piece: Piece
    chunk: Chunk | None
    objects: list[Object]


class Run:
    """A function and its config, for one input."""

    def __init__(self, work: Callable[[Any, Any], Any], config: Any, *, is_on_all: bool, validates: bool) -> None:
        self._work = work
        self._config = config
        self._is_on_all = is_on_all
        self._validates = validates

    def proposal(self, text: str, given: Input) -> Proposal:
        """What comes of the input; raise `InputError` where that cannot be read."""
        if given.envelope and given.chunks and self._is_on_all and not self._validates:
            given = documents.whole(text)  # items may come and go
        try:
            return self._proposal(text, given)
        except _NeedsWhole:
            return self._proposal(text, documents.whole(text))

    def _proposal(self, text: str, given: Input) -> Proposal:
        self._reporter = Reporter(text, in_list=given.envelope is not None)
        self._given = given
        self._results: list[Result] = []
        self._summaries: list[Result] = []
        self._changes: list[AnnouncedChange] = []
        self._edits: list[Edit] = []
        self._wanted: dict[int, tuple[Wanted, list[Change]]] = {}
        self._dropped: dict[int, Change] = {}
        self._new = NewObjects(self._reporter.in_list)
        reads: Iterable[_Read] = self._reads(given, _tables(given, text))
        last: _Read | None = None
        number = 0
        try:
            if self._is_on_all:
                reads = list(reads)
                self._new.objects = Objects([thing for read in reads for thing in read.objects])
                self._ask(self._new.objects)
            for read in reads:
                for thing in read.objects if not self._is_on_all else ():
                    self._ask(thing)
                self._edit(read)
                last, number = read, number + len(read.piece.documents)
            if self._new.added and given.envelope is None:
                self._add_documents(text, last, number)
        except _Failed:
            pass
        return Proposal(tuple(self._results), tuple(self._summaries), tuple(self._changes), tuple(self._edits))

    # Reading.

    def _reads(self, given: Input, tables: KindTables) -> Iterator[_Read]:
        pieces = given.pieces(lambda _: True)
        for piece, chunk in zip_longest(pieces, given.chunks):
            found: list[Object] = []
            for document in piece.documents:
                found += self._objects(document, tables)
            yield _Read(piece, chunk, found)

    def _objects(self, document: Document, tables: KindTables) -> Iterator[Object]:
        """The objects of a document that do not ask to be left alone, and what is to be said of anything else."""
        try:
            found = list(find_resources(document, tables))
        except InputError as error:
            self._results.append(self._reporter.error(error, document, None))
            return
        if not found and not nodes.is_null(document.root):
            where = self._reporter.locate(document, nodes.start(document.root))
            message = f"not a Kubernetes resource, as it has no apiVersion and kind: left as it is{where}"
            self._results.append(Result(message, Severity.WARNING, location=where))
        holders: dict[int, Object] = {}
        for resource, kind in found:
            if not resource.type_meta.kind or resource.opts_out(SKIP_ANNOTATION):
                continue
            if resource.field_prefix:  # a whole object in the spec of another one
                outer = next((thing for thing in holders.values() if resource.at.startswith(thing.resource.at)), None)
                if outer and kind:
                    outer.inner.append((resource, kind))
            elif not (kind and kind.items):  # of a list, the items are the objects
                thing = Object(resource, kind, self._reporter)
                holders = {id(thing): thing}
                yield thing

    # Asking.

    def _ask(self, seen: Object | Objects) -> None:
        """Call the author's function, and note what it yields."""
        answers: Any = ()
        try:
            answers = self._work(seen, self._config)
            for answer in () if answers is None else answers:
                self._note(answer, seen, self._line(answers))
        except Unreadable as error:
            resource = error.thing.resource
            self._results.append(self._reporter.error(error, resource.document, resource))
        except _NeedsWhole:
            raise
        except Exception as error:
            line = failing_line(error, self._work.__code__)
            words = " ".join(f"{type(error).__name__}: {error}".split())
            self._results.append(self._about(seen, f"the function failed in {line}: {words}"))
            raise _Failed from None

    def _line(self, answers: object) -> Line:
        """The line that yields right now; that of the function where it returns a list."""
        if isinstance(answers, GeneratorType) and answers.gi_frame:
            return Line(answers.gi_frame.f_code, answers.gi_frame.f_lineno)
        return Line(self._work.__code__, self._work.__code__.co_firstlineno)

    def _note(self, answer: object, seen: Object | Objects, line: Line) -> None:
        if isinstance(answer, Result):
            self._results.append(answer)
        elif isinstance(answer, Change):
            self._note_change(answer)
        elif not isinstance(answer, Mapping):
            what = f"{line} yields {answer!r}, which is no change, no result and no object"
            self._results.append(self._about(seen, what))
        elif self._validates:
            self._results.append(self._about(seen, f"{line} yields an object, and a validator may change nothing"))
        elif not self._is_on_all:
            what = f"{line} yields an object; only a function on Objects may"
            self._results.append(self._about(seen, what))
        else:
            try:
                if (change := self._new.take(answer, line)) is not None:
                    self._note_change(change)
            except ValueError as error:
                self._results.append(self._about(seen, f"{line} yields an object that {error}"))

    def _note_change(self, change: Change) -> None:
        thing = change.thing
        if self._validates:
            what = "drop it" if change.drops else f"change {change.path or 'it'}"
            message = f"{change.line} wants to {what}, and a validator may change nothing"
            self._results.append(thing.says(Severity.ERROR, message, (), None))
        elif change.drops:
            if self._given.envelope and self._given.chunks:
                raise _NeedsWhole
            self._dropped[id(thing)] = change
        else:
            wanted, changes = self._wanted.setdefault(id(thing), (Wanted(), []))
            try:
                change.want(wanted)
            except InputError as error:
                self._refuse(thing, error, [change])
            changes.append(change)

    # Editing.

    def _edit(self, read: _Read) -> None:
        """Place and verify what is wanted of a piece: changes to its objects, and objects that come or go."""
        piece = read.piece
        found: list[tuple[Object | None, splice.Change]] = []
        drops: list[Object] = []
        for thing in read.objects:
            if drop := self._dropped.get(id(thing)):
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
            self._edits += (edit.moved(piece.start) for edit in self._spliced(piece, found))
        of_things: dict[int, tuple[Object, list[splice.Change]]] = {}
        for owner, change in found:
            if owner:
                of_things.setdefault(id(owner), (owner, []))[1].append(change)
        for thing, changes in of_things.values():
            announced = [
                change._replace(proposed=unmarked(change.proposed)) for change in announce(thing.resource, changes)
            ]
            self._changes += announced
            self._summaries.append(_summary(thing, announced))
        for thing in drops:
            resource = thing.resource
            gone = nodes.plain(resource.node)
            of = (resource.ref, resource.document.start + nodes.start(resource.node), "")
            self._changes.append(AnnouncedChange(resource.document.number, resource.at, gone, None, *of, removed=True))
            self._summaries.append(of_resource(resource, "dropped", Severity.INFO))
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
            self._results.append(of_resource(resource, message, Severity.WARNING))
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
                wanted.remove(steps(at))
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

    def _drop_document(self, read: _Read, change: Change) -> None:
        try:
            assert read.chunk is not None
            self._edits.append(whole_objects.dropped_document(read.chunk, read.piece))
        except Unplaceable as refusal:
            self._refuse_all([change.thing], str(refusal))

    def _add_documents(self, text: str, last: _Read | None, number: int) -> None:
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
                self._results.append(Result(message, Severity.ERROR, new.ref))
            return
        self._edits.append(edit)
        self._announce_new(number, edit.start)

    def _announce_new(self, first: int, position: int) -> None:
        for i, new in enumerate(self._new.added):
            self._changes.append(AnnouncedChange(first + i, "", None, unmarked(new.data), new.ref, position, ""))
            self._summaries.append(Result("added", Severity.INFO, new.ref, None, new.file))

    # Refusing.

    def _about(self, seen: Object | Objects, message: str) -> Result:
        if isinstance(seen, Object):
            return seen.says(Severity.ERROR, message, (), None)
        return Result(message, Severity.ERROR)

    def _refuse(self, thing: Object, error: InputError, asked: list[Change]) -> None:
        """An error about something that is wanted, and does not fit what is there."""
        line = next((c.line for c in asked if error.path and _concerns(thing, c, error.path)), asked[-1].line)
        resource = thing.resource
        result = self._reporter.error(error, resource.document, resource)
        self._results.append(result._replace(message=f"{result.message}; asked for in {line}"))

    def _refuse_all(self, drops: list[Object], reason: str) -> None:
        for thing in drops:
            message = f"cannot be dropped: {reason}; asked for in {self._dropped[id(thing)].line}"
            self._results.append(thing.says(Severity.ERROR, message, (), None))

    def _refuse_change(self, thing: Object | None, change: splice.Change, reason: str) -> None:
        """An error about a change that has no place in the text that is sure."""
        if thing is None:
            line = next((c.line for c in self._dropped.values()), None) or self._new.added[0].line
            message = f"cannot drop or add objects: {reason}; asked for in {line}"
            self._results.append(Result(message, Severity.ERROR))
            return
        asked = self._wanted[id(thing)][1]
        line = next((c.line for c in asked if _concerns(thing, c, change.path)), asked[-1].line)
        result = self._reporter.refused(thing.resource, change, reason)
        self._results.append(result._replace(message=f"{result.message}; asked for in {line}"))


def _inner_first(found: tuple[Object | None, splice.Change]) -> tuple[int, bool]:
    """The order in which changes are made: at one place in the text, what is deeper comes first.

    A new key may go behind a value that is filled, so that one is before it.
    """
    change = found[1]
    return -len(steps(change.path)) if change.path else 0, isinstance(change, splice.AddKey)


def _concerns(thing: Object, change: Change, path: str) -> bool:
    """Whether what is asked for may have led to a change at a field path of the document."""
    own = thing.in_document(steps(change.path) if change.path else ())
    return path.startswith(own) or own.startswith(path)


def _summary(thing: Object, announced: list[AnnouncedChange]) -> Result:
    """What became of an object, in few words."""
    fields = list(dict.fromkeys(path_in_resource(thing.resource, change.path) for change in announced))
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return of_resource(thing.resource, f"changed {', '.join(fields[:_SHOWN])}{more}", Severity.INFO)


def _tables(given: Input, text: str) -> KindTables:
    tables = KindTables()
    if DEFINITION in text:
        from krmfn.imagepull.definitions import Definitions, rows_defined

        tables = tables.taught(rows_defined(given, tables, Definitions(())))
    return tables
