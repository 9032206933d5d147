"""Errors about what an author wants and does not get: each names object, place, and the line that asks for it."""

from collections.abc import Sequence

from krmfn.errors import InputError
from krmfn.krm.reporting import Reporter
from krmfn.krm.results import Result, Severity
from krmfn.sdk.authoring import Line
from krmfn.sdk.changes import Change
from krmfn.sdk.new_objects import NewObject
from krmfn.sdk.objects import Object
from krmfn.splice import changes as splice
from krmfn.splice import paths


def of_wish(reporter: Reporter, thing: Object, asked: Sequence[Change], error: InputError) -> Result:
    """Something is wanted that does not fit what is there."""
    result = reporter.error(error, thing.resource.document, thing.resource)
    return _asked_for(result, _line(thing, asked, error.path))


def of_change(reporter: Reporter, thing: Object, asked: Sequence[Change], change: splice.Change, why: str) -> Result:
    """A change has no place in the text that is sure."""
    path = next(splice.removed(change))[0] if isinstance(change, splice.RemoveEntries) else change.path
    return _asked_for(reporter.refused(thing.resource, change, why), _line(thing, asked, path))


def of_drop(drop: Change, why: str) -> Result:
    """An object cannot leave the input."""
    return _asked_for(drop.thing.says(Severity.ERROR, f"cannot be dropped: {why}", (), None), drop.line)


def of_new(new: NewObject, why: str) -> Result:
    """An object cannot come into the input."""
    return _asked_for(Result(f"cannot be added: {why}", Severity.ERROR, new.ref), new.line)


def of_items(line: Line, why: str) -> Result:
    """The items of a list can neither come nor go."""
    return _asked_for(Result(f"cannot drop or add objects: {why}", Severity.ERROR), line)


def _asked_for(result: Result, line: Line) -> Result:
    return result._replace(message=f"{result.message}; asked for in {line}")


def _line(thing: Object, asked: Sequence[Change], path: str) -> Line:
    """The first line that may have led to a change at a field path of the document, else the last one."""
    steps = paths.steps(path)
    for change in asked if path else ():
        own = paths.steps(thing.in_document(change.path))
        shorter = min(len(own), len(steps))
        if own[:shorter] == steps[:shorter]:
            return change.line
    return asked[-1].line
