"""Errors about changes that cannot be made: each names the object, the field and the author's line."""

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
    """The error if a requested change does not fit the object."""
    result = reporter.error(error, thing.resource.document, thing.resource)
    return _asked_for(result, _line(thing, asked, error.path))


def of_change(reporter: Reporter, thing: Object, asked: Sequence[Change], change: splice.Change, why: str) -> Result:
    """The error if a change cannot be placed in the text with certainty."""
    path = next(splice.removed(change))[0] if isinstance(change, splice.RemoveEntries) else change.path
    return _asked_for(reporter.refused(thing.resource, change, why), _line(thing, asked, path))


def of_drop(drop: Change, why: str) -> Result:
    """The error if an object cannot be removed from the input."""
    return _asked_for(drop.thing.says(Severity.ERROR, f"cannot be dropped: {why}", (), None), drop.line)


def of_new(new: NewObject, why: str) -> Result:
    """The error if an object cannot be added to the input."""
    return _asked_for(Result(f"cannot be added: {why}", Severity.ERROR, new.ref), new.line)


def of_items(line: Line, why: str) -> Result:
    """The error if items of a list can be neither added nor removed."""
    return _asked_for(Result(f"cannot drop or add objects: {why}", Severity.ERROR), line)


def _asked_for(result: Result, line: Line) -> Result:
    return result._replace(message=f"{result.message}; asked for in {line}")


def _line(thing: Object, asked: Sequence[Change], path: str) -> Line:
    """The first line that may have requested a change at a field path of the document, else the last line."""
    steps = paths.steps(path)
    for change in asked if path else ():
        own = paths.steps(thing.in_document(change.path))
        shorter = min(len(own), len(steps))
        if own[:shorter] == steps[:shorter]:
            return change.line
    return asked[-1].line
