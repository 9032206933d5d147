"""Make result items from findings, errors and changes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import DoubledKey, InputError
from krmfn.krm.findings import Finding
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.resources import Resource
from krmfn.krm.results import Field, Location, Result, Severity
from krmfn.splice import nodes, paths
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Change,
    EditText,
    RemoveEntries,
    ReplaceEntry,
    ReplaceScalar,
    ReplaceValue,
    removed,
    touched,
)
from krmfn.splice.pieces import Document
from krmfn.splice.source import line_and_column


class Reporter(NamedTuple):
    """Makes results whose message names the place in the input.

    Attributes:
        text: the whole input.
        in_list: whether documents are the items of a ResourceList.
    """

    text: str
    in_list: bool

    def finding(self, resource: Resource, finding: Finding) -> Result:
        """The result for a finding of a rule."""
        if finding.severity is Severity.INFO or finding.node is None:
            # Without line and column, because counting lines takes long.
            location = Location(resource.document.position(nodes.start(finding.node or resource.node)))
        else:
            location = self.locate(resource.document, nodes.start(finding.node))
        field = Field(path_in_resource(resource, finding.path), finding.current, finding.proposed)
        message = f"{finding.message}{location}"
        return Result(message, finding.severity, resource.ref, field, resource.file, location, finding.rule)

    def error(
        self, error: InputError, document: Document, resource: Resource | None, doubt: str = "", is_sure: bool = True
    ) -> Result:
        """The result for input that is refused.

        Args:
            error: the reason.
            document: the document.
            resource: the resource, or None if it is not known.
            doubt: another possible cause, appended to the message.
            is_sure: whether the input is wrong; otherwise the result is no error and the resource is left alone.
        """
        location = self.locate(document, error.position)
        message = f"{error}{location}"
        if resource is None:
            return Result(f"{error.path}: {message}" if error.path else message, Severity.ERROR, location=location)
        if isinstance(error, DoubledKey):
            doubt, is_sure = "", True  # wrong in every kind
        if doubt:
            message += f"; {doubt}" + ("" if is_sure else ": the resource is left alone")
        severity = Severity.ERROR if is_sure else Severity.WARNING
        field = Field(path_in_resource(resource, error.path)) if error.path else None
        return Result(message, severity, resource.ref, field, resource.file, location)

    def refused(self, resource: Resource, change: Change, reason: str) -> Result:
        """The error for a change that could not be made."""
        message = f"cannot be edited by krmfn: {reason}; edit it by hand, or exclude the resource"
        path, node = change.path, touched(change)
        if isinstance(change, RemoveEntries):
            path, node, _ = next(removed(change))
        location = self.locate(resource.document, nodes.start(node))
        field = Field(path_in_resource(resource, path))
        return Result(f"{message}{location}", Severity.ERROR, resource.ref, field, resource.file, location)

    def locate(self, document: Document, position: int | None) -> Location:
        """` (document 1, line 3, column 5 of the input)` for a position in the text of a document."""
        number = document.outermost.number
        which = f"items[{number}]" if self.in_list else f"document {number + 1}"
        if position is None:
            return Location(document.position(nodes.start(document.root)), f" ({which})")
        place = document.position(position)
        line, column = line_and_column(self.text, place)
        return Location(place, f" ({which}, line {line}, column {column} of the input)")


def of_resource(resource: Resource, message: str, severity: Severity) -> Result:
    """A result about a whole object."""
    return Result(message, severity, resource.ref, None, resource.file, resource.location)


def announce(resource: Resource, changes: Iterable[Change]) -> Iterator[AnnouncedChange]:
    """The changes field by field, with paths from the root of the document; changes in an edited string separately."""
    number = resource.document.outermost.number
    for change in changes:
        if isinstance(change, EditText):
            continue
        path = resource.document.path + change.path
        of = (resource.ref, resource.document.position(nodes.start(touched(change))), change.rule)
        match change:
            case AddKey():
                yield AnnouncedChange(number, path, change.current, change.value, *of)
            case ReplaceScalar():
                current = None if nodes.is_null(change.node) else change.node.value
                yield AnnouncedChange(number, path, current, change.value, *of)
            case AppendItems():
                first = len(change.sequence.value)
                for i, item in enumerate(change.items, first):
                    yield AnnouncedChange(number, f"{path}[{i}]", None, item, *of)
            case ReplaceValue():
                yield AnnouncedChange(number, path, nodes.plain(change.node), change.value, *of)
            case ReplaceEntry():
                old = nodes.child(change.mapping, change.old)
                assert old is not None
                gone = resource.document.path + change.old_path
                yield AnnouncedChange(number, gone, nodes.plain(old), None, *of, removed=True)
                yield AnnouncedChange(number, path, None, change.value, *of)
            case RemoveEntries():
                for gone, _, node in removed(change):
                    at = resource.document.path + gone
                    yield AnnouncedChange(number, at, nodes.plain(node), None, *of, removed=True)


def path_in_resource(resource: Resource, path: str) -> str:
    """A field path from the root of the document as a path from the root of the resource that results name."""
    return paths.behind(resource.field_prefix, path.removeprefix(resource.at).lstrip("."))
