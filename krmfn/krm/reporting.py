"""Findings, errors and changes put into words: the result items of a run."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import DoubledKey, InputError
from krmfn.imagepull.kinds import Kind, Source
from krmfn.krm.documents import Document
from krmfn.krm.findings import Finding
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.resources import Resource
from krmfn.krm.results import Field, Place, Result, Severity
from krmfn.splice import nodes
from krmfn.splice.changes import AddKey, AppendItems, Change, ReplaceScalar, touched
from krmfn.splice.source import line_and_column

# Of an object that is not as a row says.
_SAYS_SO = {
    Source.CATALOGUE: "the catalogue has it otherwise, and a row in `kinds` of the settings can correct that",
    Source.SCHEMA: "its CustomResourceDefinition has it otherwise",
    Source.STRUCTURE: "its kind is not known, and it looked like a pod spec",
    Source.CONFIG: "the row for its kind in `kinds` of the settings has it otherwise",
}


class Reporter(NamedTuple):
    """Makes results whose text names the place in the input.

    Attributes:
        text: the whole input.
        in_list: whether documents are the items of a ResourceList.
    """

    text: str
    in_list: bool

    def finding(self, resource: Resource, finding: Finding) -> Result:
        """What a rule found."""
        if finding.severity is Severity.INFO or finding.node is None:
            # Without words, since lines take long to count.
            place = Place(resource.document.start + nodes.start(finding.node or resource.node))
        else:
            place = self.where(resource.document, nodes.start(finding.node))
        field = Field(path_in_resource(resource, finding.path), finding.current, finding.proposed)
        return Result(f"{finding.message}{place}", finding.severity, resource.ref, field, resource.file, place)

    def error(
        self, error: InputError, document: Document, resource: Resource | None, source: Source = Source.BUILT_IN
    ) -> Result:
        """Input that is refused; where what krmfn knows of the kind may be wrong, the resource is only left alone."""
        place = self.where(document, error.position)
        message = f"{error}{place}"
        if resource is None:
            return Result(f"{error.path}: {message}" if error.path else message, Severity.ERROR, place=place)
        if isinstance(error, DoubledKey):
            source = Source.BUILT_IN  # wrong in whatever kind
        if why := _SAYS_SO.get(source):
            message += f"; {why}" + ("" if source.is_sure else ": the resource is left alone")
        severity = Severity.ERROR if source.is_sure else Severity.WARNING
        field = Field(path_in_resource(resource, error.path)) if error.path else None
        return Result(message, severity, resource.ref, field, resource.file, place)

    def looked_like_pods(self, resource: Resource, kind: Kind) -> Result:
        """A kind that no table knows was treated for its look."""
        meta = resource.type_meta
        paths = ", ".join(f"'{place.path}'" if "[" in place.path else place.path for place in kind.places)
        row = f"{{group: {meta.group or repr('')}, kind: {meta.kind}, podSpecs: [{paths}]}}"
        found = "looks like a pod spec and was" if len(kind.places) == 1 else "look like pod specs and were"
        message = (
            f"unknown kind {meta.api_version} {meta.kind}: {paths} {found} edited. To confirm, add {row} to `kinds` "
        )
        message += "in the settings; to leave the kind alone, add a row with `ignore: true`"
        return Result(message, Severity.WARNING, resource.ref, None, resource.file, resource.place)

    def immutable(self, resource: Resource) -> Result:
        """An object that cannot change once it is applied is edited."""
        kind = resource.type_meta.kind
        message = f"a {kind} is immutable: if this one exists in the cluster already, applying the change fails until "
        message += f"that {kind} is deleted. `immutableObjects: Skip` leaves such objects alone"
        return Result(message, Severity.WARNING, resource.ref, None, resource.file, resource.place)

    def sealed(self, resource: Resource) -> Result:
        """An object that SOPS has sealed is left as it is."""
        message = "SOPS has sealed this object, and an edit would break its seal: left alone; decrypt it first"
        return Result(message, Severity.WARNING, resource.ref, None, resource.file, resource.place)

    def left_alone(self, resource: Resource, changes: Iterable[Change]) -> Result:
        """An object that cannot change once it is applied is left as it is, without these changes."""
        missed = ", ".join(dict.fromkeys(path_in_resource(resource, change.path) for change in changes))
        message = f"a {resource.type_meta.kind} is immutable, so this one gets no {missed} (`immutableObjects: Skip`)"
        return Result(message, Severity.INFO, resource.ref, None, resource.file, resource.place)

    def refused(self, resource: Resource, change: Change, reason: str) -> Result:
        """A change that could not be made."""
        message = f"cannot be edited by krmfn: {reason}; edit it by hand, or exclude the resource"
        place = self.where(resource.document, nodes.start(touched(change)))
        field = Field(path_in_resource(resource, change.path))
        return Result(f"{message}{place}", Severity.ERROR, resource.ref, field, resource.file, place)

    def summary(self, resource: Resource, parts: Iterable[str]) -> Result:
        """All that was done to one resource, in one line: a part for each rule."""
        return Result("; ".join(parts), Severity.INFO, resource.ref, None, resource.file, resource.place)

    def where(self, document: Document, position: int | None) -> Place:
        """` (document 1, line 3, column 5 of the input)` for a position in the text of a document."""
        which = f"items[{document.number}]" if self.in_list else f"document {document.number + 1}"
        if position is None:
            return Place(document.start + nodes.start(document.root), f" ({which})")
        line, column = line_and_column(self.text, document.start + position)
        return Place(document.start + position, f" ({which}, line {line}, column {column} of the input)")


def announce(resource: Resource, changes: Iterable[Change]) -> Iterator[AnnouncedChange]:
    """The changes field by field, paths from the root of the document."""
    number = resource.document.number
    for change in changes:
        of = (resource.ref, resource.document.start + nodes.start(touched(change)), change.rule)
        match change:
            case AddKey():
                yield AnnouncedChange(number, change.path, change.current, change.value, *of)
            case ReplaceScalar():
                current = None if nodes.is_null(change.node) else change.node.value
                yield AnnouncedChange(number, change.path, current, change.value, *of)
            case AppendItems():
                first = len(change.sequence.value)
                for i, item in enumerate(change.items, first):
                    yield AnnouncedChange(number, f"{change.path}[{i}]", None, item, *of)


def path_in_resource(resource: Resource, path: str) -> str:
    """A field path from the root of the document as one from the root of the resource that results name."""
    return ".".join(filter(None, (resource.field_prefix, path.removeprefix(resource.at).lstrip("."))))
