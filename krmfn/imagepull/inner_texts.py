"""YAML in scalars, such as `resource.manifest` of a Workflow: parsed, and edited in the scalar's own style.

Whole objects are handled like objects inside the outer one; fragments by the row that the kind tables have for them.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import InputError, KrmfnError, Unplaceable
from krmfn.imagepull import wording
from krmfn.imagepull.causes import LEFT_ALONE
from krmfn.imagepull.decisions import Decision, is_sealed
from krmfn.imagepull.editing import Edited, edit
from krmfn.imagepull.immutability import cannot_change
from krmfn.imagepull.kinds import Kind, KindTables
from krmfn.imagepull.pod_spec_patches import in_pod
from krmfn.imagepull.podspecs import PodSpec, Text, find_resources
from krmfn.imagepull.rules import Context
from krmfn.imagepull.unwanted_objects import NOT_APPLIED, PATCH
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import Reporter
from krmfn.krm.resources import Resource, is_object
from krmfn.krm.results import ResourceRef, Severity
from krmfn.splice import nodes, paths
from krmfn.splice.changes import EditText
from krmfn.splice.edits import apply_edits
from krmfn.splice.inner_text import InnerText
from krmfn.splice.nodes import MappingNode
from krmfn.splice.pieces import Document, Piece, Within


class ParsedText(NamedTuple):
    """A text that can be edited.

    Attributes:
        outer: the object that holds the text.
        text: the scalar.
        inner: the characters of the text, mapped to the outer text.
        pieces: the parsed documents.
    """

    outer: Resource
    text: Text
    inner: InnerText
    pieces: tuple[Piece, ...]

    def resources(self, document: Document, tables: KindTables) -> Iterator[tuple[Resource, Kind | None]]:
        """The fragment or the whole objects of a document in the text, each with its row of the kind tables."""
        if self.text.field.holds:
            if isinstance(document.root, MappingNode):
                yield self._framed(_fragment(self.outer, document), document), self.text.field.holds
            return
        for resource, kind in find_resources(document, tables):
            yield self._framed(resource, document), kind

    def completed(self, pod_specs: Iterable[PodSpec]) -> Iterator[PodSpec]:
        """The pod specs of a fragment; their containers get the policies that the outer object has for them."""
        text = self.text
        for pod_spec in pod_specs:
            containers = pod_spec.containers
            if text.settled or text.against:
                around = ((one, text.settled.get(in_pod(one))) for one in containers)
                containers = tuple(
                    one._replace(inherits=own, filled_in=own.filled_in if own else None, against=text.against)
                    for one, own in around
                )
            yield pod_spec._replace(containers=containers)

    def _framed(self, resource: Resource, document: Document) -> Resource:
        """An object with the identity of the outer one, which results and selectors use."""
        outer = self.outer
        at = self.text.path.removeprefix(outer.at).lstrip(".")
        prefix = paths.behind(outer.field_prefix, at) + " |"
        if index := _index(document):
            prefix = paths.behind(prefix, index)
        return resource._replace(
            ref=ResourceRef(
                outer.ref.api_version, outer.ref.kind, outer.ref.name, resource.ref.namespace or outer.ref.namespace
            ),
            file=outer.file,
            metadata=outer.metadata,
            annotations=outer.annotations | resource.annotations,
            field_prefix=paths.behind(prefix, resource.field_prefix or resource.at),
        )


class EditedText(NamedTuple):
    """A text and its outcome.

    Attributes:
        decision: the decision about the object that holds the text.
        text: the scalar.
        edited: results and changes; its edits are relative to the text, and `change` applies them.
        change: the change of the scalar; None if nothing in it changes.
    """

    decision: Decision
    text: Text
    edited: Edited
    change: EditText | None = None

    def left_alone(self, reason: KrmfnError) -> Finding:
        """The finding about a text that would change, but cannot be edited."""
        return _left_alone(self.text, reason)._replace(severity=Severity.WARNING)


_MOST_LEVELS = 8
"""Texts nested deeper are left alone: each level costs as much as everything inside it."""
_NOTHING = Edited((), (), (), (), ())


def edited(
    text: Text, decision: Decision, context: Context, reporter: Reporter, reported: set[Hashable], *, explains: bool
) -> EditedText | None:
    """Edit a text of an object; None if there is nothing to edit or to report."""

    def stays(reason: KrmfnError) -> EditedText:
        finding = reporter.finding(decision.resource, _left_alone(text, reason))
        return EditedText(decision, text, _NOTHING._replace(results=(finding,)))

    if is_sealed(decision.resource) or (not text.field.holds and "kind" not in text.node.value):
        return None
    if _level(decision.resource.document) >= _MOST_LEVELS:
        return stays(Unplaceable(f"it is nested {_MOST_LEVELS} texts deep"))
    if text.verb in NOT_APPLIED and text.verb != PATCH:
        return None
    try:
        parsed = _parsed(text, decision.resource)
    except (InputError, Unplaceable) as reason:
        return stays(reason) if "image" in text.node.value else None
    if not _is_as_its_place_says(parsed):
        return None
    if not text.field.is_applied and not context.settings.embedded:
        tried = [edit(piece, context, reporter, set(reported), explains=False, text=parsed) for piece in parsed.pieces]
        once = LEFT_ALONE, decision.resource.type_meta, text.field.path
        if once in reported or not any(one.edits for one in tried):
            return None
        reported.add(once)
        finding = reporter.finding(decision.resource, _not_wanted(text))
        return EditedText(decision, text, _NOTHING._replace(results=(finding,)))
    done = [edit(piece, context, reporter, reported, explains=explains, text=parsed) for piece in parsed.pieces]
    joined = Edited(
        results=tuple(result for one in done for result in one.results),
        summaries=tuple(summary for one in done for summary in one.summaries),
        changes=tuple(change for one in done for change in one.changes),
        edits=tuple(an_edit for one in done for an_edit in one.edits),
        uses=tuple(use for one in done for use in one.uses),
        images=tuple(image for one in done for image in one.images),
    )
    if not joined.edits:
        return EditedText(decision, text, joined)
    try:
        outer = parsed.inner.edits(joined.edits)
    except Unplaceable as reason:
        return stays(reason)
    value = apply_edits(parsed.inner.value, joined.edits)
    change = EditText(text.path, text.mapping, text.key, text.node, value, outer)
    if context.settings.immutable_objects == "Skip" and cannot_change(decision.resource, decision.kind):
        return EditedText(decision, text, _NOTHING._replace(results=(wording.kept(decision.resource, [change]),)))
    return EditedText(decision, text, joined, change)


def reason_against(text: Text, outer: Resource) -> str:
    """Why a text that holds a fragment cannot be edited; empty if it can."""
    try:
        nodes.child(text.mapping, text.key)  # raises where it stands twice
        roots = [document.root for piece in _parsed(text, outer).pieces for document in piece.documents]
    except (InputError, Unplaceable) as reason:
        return str(reason)
    if len(roots) > 1:
        return "it holds several documents"
    return "" if roots and isinstance(roots[0], MappingNode) else "it is not a mapping"


def _level(document: Document) -> int:
    """The number of texts around a document."""
    return _level(document.within.document) + 1 if document.within else 0


def _left_alone(text: Text, reason: KrmfnError) -> Finding:
    message = f"this text is left alone: {reason}"
    return Finding(Severity.INFO, message, text.path, text.node, rule=LEFT_ALONE)


def _not_wanted(text: Text) -> Finding:
    message = "Kubernetes objects in this text: left alone. `embedded: true` in the settings includes them"
    return Finding(Severity.INFO, message, text.path, text.node, rule=LEFT_ALONE)


def _parsed(text: Text, outer: Resource) -> ParsedText:
    """Parse a text of an object.

    Raises:
        Unplaceable: krmfn cannot edit the style of the scalar, or the text is a patch.
        InputError: the text is not valid YAML, has a template marker outside of quotes, or is a ResourceList.
    """
    if text.verb == PATCH:
        raise Unplaceable("it is a patch, in which a list of pull secrets may replace another list")
    inner = InnerText(outer.document.text, text.node)
    found = documents.of_input(inner.value, _pieces)
    for piece in found:
        _refuse_markers(piece)
    number = sum(len(piece.documents) for piece in found)
    pieces = tuple(
        Piece(
            piece.text,
            piece.start,
            piece.roots,
            tuple(_within(document, text, outer, inner, is_stream=number > 1) for document in piece.documents),
        )
        for piece in found
    )
    return ParsedText(outer, text, inner, pieces)


def _pieces(given: Input) -> list[Piece]:
    if given.envelope:
        raise InputError("it is a ResourceList, which cannot be applied to a cluster", 0)
    return list(given.pieces(lambda _: True))


def _is_as_its_place_says(parsed: ParsedText) -> bool:
    """Whether the text holds what its field expects: one document with a fragment, or only whole objects."""
    roots = [document.root for piece in parsed.pieces for document in piece.documents]
    if parsed.text.field.holds:
        return len(roots) == 1
    return all(nodes.is_null(root) or is_object(root) for root in roots)


def _within(document: Document, text: Text, outer: Resource, inner: InnerText, *, is_stream: bool) -> Document:
    path = f"{text.path} | " + (f"[{document.number}]." if is_stream else "")
    return document._replace(within=Within(outer.document, inner, path))


def _index(document: Document) -> str:
    """The index of a document in a text with several, such as `[1]`; else empty."""
    assert document.within is not None
    return document.within.path.rpartition("| ")[2].rstrip(".")


def _fragment(outer: Resource, document: Document) -> Resource:
    assert isinstance(document.root, MappingNode)
    return Resource(document, document.root, outer.type_meta, "", outer.ref, None, {})


def _refuse_markers(piece: Piece) -> None:
    """Raise `InputError` for `{{x}}` outside of quotes, which YAML reads as a mapping whose key is a mapping."""
    for node in nodes.descendants(piece.roots):
        if isinstance(node, MappingNode):
            for key, _ in node.value:
                if isinstance(key, MappingNode):
                    raise InputError("a template marker is outside of quotes", nodes.start(key))
