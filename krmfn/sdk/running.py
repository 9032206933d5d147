"""One run of an author's function: it gets the objects of an input, and `editing` gets the requests that it yields."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from types import GeneratorType
from typing import Any

from krmfn.errors import InputError
from krmfn.imagepull.kinds import DEFINITION, KindTables
from krmfn.imagepull.podspecs import SKIP_ANNOTATION, find_resources
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.krm.function import Proposal
from krmfn.krm.reporting import Reporter
from krmfn.krm.results import Result, Severity
from krmfn.sdk import config as configs
from krmfn.sdk.authoring import Line, code_of, failing_line
from krmfn.sdk.changes import Change
from krmfn.sdk.editing import Editor, Read
from krmfn.sdk.new_objects import NewObjects
from krmfn.sdk.objects import Object, Objects
from krmfn.sdk.parts import Unreadable
from krmfn.splice import nodes
from krmfn.splice.pieces import Document


class _NeedsWhole(Exception):
    """The function drops items, but the ResourceList was cut at its items."""


class _Failed(Exception):
    """The author's function has raised an exception; the results have an error for it."""


class Run:
    """A function and its config, for one input."""

    def __init__(self, work: Callable[[Any, Any], Any], config: Any, *, is_on_all: bool, validates: bool) -> None:
        self._work = work
        self._code = code_of(work)
        self._config = config
        self._is_on_all = is_on_all
        self._validates = validates

    def proposal(self, text: str, given: Input) -> Proposal:
        """The edits and results for an input; raise `InputError` if it cannot be read."""
        if given.envelope and given.chunks and self._is_on_all and not self._validates:
            given = documents.whole(text)  # items may be added and removed
        try:
            return self._proposal(text, given)
        except _NeedsWhole:
            return self._proposal(text, documents.whole(text))

    def _proposal(self, text: str, given: Input) -> Proposal:
        self._reporter = Reporter(text, in_list=given.envelope is not None)
        self._given = given
        self._new = NewObjects(text, in_list=self._reporter.in_list)
        self._editor = editor = Editor(given, self._reporter, self._new)
        reads: Iterable[Read] = self._reads(given, _tables(given, text))
        last: Read | None = None
        number = 0
        try:
            if self._is_on_all:
                reads = list(reads)
                self._new.objects = Objects([thing for read in reads for thing in read.objects])
                self._ask(self._new.objects)
            for read in reads:
                for thing in read.objects if not self._is_on_all else ():
                    self._ask(thing)
                editor.edit(read)
                last, number = read, number + len(read.piece.documents)
            if self._new.added and given.envelope is None:
                editor.add_documents(text, last, number)
        except _Failed:
            pass
        return Proposal(tuple(editor.results), tuple(editor.summaries), tuple(editor.changes), tuple(editor.edits))

    # Reading.

    def _reads(self, given: Input, tables: KindTables) -> Iterator[Read]:
        pieces = given.pieces(lambda _: True)
        for piece, chunk in zip_longest(pieces, given.chunks):
            found: list[Object] = []
            for document in piece.documents:
                found += self._objects(document, tables)
            yield Read(piece, chunk, found)

    def _objects(self, document: Document, tables: KindTables) -> Iterator[Object]:
        """The objects of a document that do not ask to be left alone; adds results about anything else."""
        try:
            found = list(find_resources(document, tables))
        except InputError as error:
            self._editor.results.append(self._reporter.error(error, document, None))
            return
        if not found and not nodes.is_null(document.root):
            where = self._reporter.locate(document, nodes.start(document.root))
            message = f"not a Kubernetes resource, as it has no apiVersion and kind: left as it is{where}"
            self._editor.results.append(Result(message, Severity.WARNING, location=where))
        holders: dict[int, Object] = {}
        for resource, kind in found:
            if not resource.type_meta.kind or resource.opts_out(SKIP_ANNOTATION):
                meta, ref = resource.type_meta, resource.ref
                self._new.left_alone.add((meta.group, meta.kind, ref.namespace, ref.name))
                continue
            if resource.field_prefix:  # an object in the spec of another object
                outer = next((thing for thing in holders.values() if resource.at.startswith(thing.resource.at)), None)
                if outer and kind:
                    outer.inner.append((resource, kind))
            elif not (kind and kind.items):  # the items of a list are objects, the list is not
                thing = Object(resource, kind, self._reporter)
                holders = {id(thing): thing}
                yield thing

    # Asking.

    def _ask(self, seen: Object | Objects) -> None:
        """Call the author's function, and take what it yields."""
        answers: Any = ()
        try:
            answers = self._work(seen, self._config)
            if isinstance(answers, (Result, Mapping, str)):  # these are iterable too
                answers = (answers,)
            for answer in () if answers is None else answers:
                self._note(answer, seen, self._line(answers))
        except Unreadable as error:
            resource = error.thing.resource
            self._editor.results.append(self._reporter.error(error, resource.document, resource))
        except _NeedsWhole:
            raise
        except Exception as error:
            line = failing_line(error, self._code.co_filename) or Line(self._code, self._code.co_firstlineno)
            self._refuse(seen, f"the function failed in {line}: {configs.described(error)}")
            raise _Failed from None

    def _line(self, answers: object) -> Line:
        """The line that has just yielded, or the line of the function if it returns a list."""
        if isinstance(answers, GeneratorType) and answers.gi_frame:
            return Line(answers.gi_frame.f_code, answers.gi_frame.f_lineno)
        return Line(self._code, self._code.co_firstlineno)

    def _note(self, answer: object, seen: Object | Objects, line: Line) -> None:
        if isinstance(answer, Result):
            self._editor.results.append(answer)
        elif isinstance(answer, Change):
            self._note_change(answer, seen)
        elif isinstance(answer, Mapping):
            self._note_object(answer, seen, line)
        else:
            self._refuse(seen, f"{line} yields {answer!r}, which is not a change, a result or an object")

    def _note_object(self, data: Mapping[str, Any], seen: Object | Objects, line: Line) -> None:
        if self._validates:
            self._refuse(seen, f"{line} yields an object, and a validator may change nothing")
        elif not self._is_on_all:
            self._refuse(seen, f"{line} yields an object; only a function on Objects may")
        else:
            try:
                change = self._new.take(data, line)
            except ValueError as error:
                self._refuse(seen, f"{line} yields an object that {error}")
            else:
                if change is not None:
                    self._note_change(change, seen)

    def _note_change(self, change: Change, seen: Object | Objects) -> None:
        if self._validates:
            what = "drop it" if change.drops else f"change {change.path or 'it'}"
            self._refuse(change.thing, f"{change.line} wants to {what}, and a validator may change nothing")
        elif isinstance(seen, Object) and change.thing is not seen:
            # The other object's text may have been written already; the change would be lost.
            self._refuse(seen, f"{change.line} wants to change {change.thing}; only a function on Objects may")
        elif change.drops and self._given.envelope and self._given.chunks:
            raise _NeedsWhole
        else:
            self._editor.want(change)

    def _refuse(self, seen: Object | Objects, message: str) -> None:
        if isinstance(seen, Object):
            result = seen.says(Severity.ERROR, message, (), None)
        else:
            result = Result(message, Severity.ERROR)
        self._editor.results.append(result)


def _tables(given: Input, text: str) -> KindTables:
    tables = KindTables()
    if DEFINITION in text:
        from krmfn.imagepull.definitions import Definitions, rows_defined

        tables = tables.taught(rows_defined(given, tables, Definitions(())))
    return tables
