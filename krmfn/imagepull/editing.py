"""Pieces to edits: the changes that the rules want, placed and verified."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.imagepull.decisions import Decider, Decision
from krmfn.imagepull.immutability import cannot_change
from krmfn.imagepull.rules import Context, summaries
from krmfn.imagepull.uses import Use
from krmfn.imagepull.wording import Immutable
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.reporting import Reporter, announce, of_resource
from krmfn.krm.results import Result, Severity
from krmfn.splice.changes import AddKey
from krmfn.splice.edits import Edit
from krmfn.splice.pieces import Piece
from krmfn.splice.splicing import Splicing
from krmfn.splice.verify import verify

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage
    from krmfn.imagepull.inner_texts import EditedText, ParsedText


class Edited(NamedTuple):
    """The outcome of a piece.

    Attributes:
        results: all results except the summaries.
        summaries: results that summarize the edits, one for each changed resource.
        changes: the changes as reports announce them.
        edits: the edits, with positions in the whole input.
        uses: which pull secrets the pods use or need.
        images: the images with explanations, if these were asked for.
        has_manifests: whether the piece had a resource.
        immutable: the immutable objects that are edited.
    """

    results: tuple[Result, ...]
    summaries: tuple[Result, ...]
    changes: tuple[AnnouncedChange, ...]
    edits: tuple[Edit, ...]
    uses: tuple[Use, ...]
    images: "tuple[ExplainedImage, ...]" = ()
    has_manifests: bool = False
    immutable: tuple[Immutable, ...] = ()


def edit(
    piece: Piece,
    context: Context,
    reporter: Reporter,
    reported: set[Hashable],
    *,
    explains: bool,
    text: "ParsedText | None" = None,
) -> Edited:
    """The edits of a piece, verified.

    Args:
        piece: the piece.
        context: what the rules need.
        reporter: makes results.
        reported: keys of results that a run reports once; grows.
        explains: whether to explain images.
        text: the scalar that holds the piece, if one does.

    Raises:
        VerificationError: the edits do not have exactly the announced effect.
    """
    decider = Decider(context, reporter, reported, text)
    decisions = tuple(decider.decide(piece))
    texts = _edited_texts(decisions, context, reporter, reported, explains=explains)
    for decision in decisions:
        if any(decision.texts):
            decider.report_texts(decision.resource, [one.text for one in texts])
    splicing = Splicing(
        piece,
        (
            *((decision.resource.document.number, change) for decision in decisions for change in decision.changes),
            *((one.decision.resource.document.number, one.change) for one in texts if one.change),
        ),
    )
    refused: list[Result] = []
    for one in [*texts]:
        if one.change:
            try:
                splicing.make(one.change)
            except (Unplaceable, InputError) as refusal:
                refused.append(reporter.finding(one.decision.resource, one.left_alone(refusal)))
                texts.remove(one)
    for is_key in (False, True):  # values first: a new key may be placed behind a value that is filled in here
        for decision, change in ((d, c) for d in decisions for c in d.changes if isinstance(c, AddKey) is is_key):
            try:
                splicing.make(change)
            except Unplaceable as refusal:
                refused.append(reporter.refused(decision.resource, change, str(refusal)))
            except InputError as error:
                error.path = error.path or change.path
                refused.append(reporter.error(error, decision.resource.document, decision.resource))
    edits = tuple(splicing.edits.values())
    if edits:
        verify(piece.roots, piece.text, edits, splicing.made.values())
    changed = [decision for decision in decisions if decision.changes]
    return Edited(
        results=(*decider.results, *refused, *(result for one in texts for result in one.edited.results)),
        summaries=tuple(
            of_resource(decision.resource, "; ".join(summaries(decision.changes, decision.uses)), Severity.INFO)
            for decision in changed
        )
        + tuple(summary for one in texts for summary in one.edited.summaries),
        changes=tuple(change for decision in changed for change in announce(decision.resource, decision.changes))
        + tuple(change for one in texts for change in one.edited.changes),
        edits=tuple(edit.moved(piece.start) for edit in edits),
        uses=tuple(use for decision in decisions for use in decision.uses)
        + tuple(use for one in texts for use in one.edited.uses),
        images=(_explained(decisions, decider, context) if explains else ())
        + tuple(image for one in texts for image in one.edited.images),
        has_manifests=decider.has_manifests,
        immutable=(*decider.immutable, *_immutable(texts, context)),
    )


def _immutable(texts: "Iterable[EditedText]", context: Context) -> Iterator[Immutable]:
    """The objects whose texts are edited although the API server refuses the change, each once."""
    resources = {
        one.decision.resource.place: one.decision.resource
        for one in texts
        if one.change and cannot_change(one.decision.resource, one.decision.kind)
    }
    for resource in resources.values() if context.settings.immutable_objects == "Warn" else ():
        yield Immutable(resource.type_meta, resource.ref, resource.file, resource.location)


def _edited_texts(
    decisions: Iterable[Decision], context: Context, reporter: Reporter, reported: set[Hashable], *, explains: bool
) -> "list[EditedText]":
    """The texts of the decided objects, edited."""
    found = [(decision, text) for decision in decisions if not decision.why_unchanged for text in decision.texts]
    if not found:
        return []
    from krmfn.imagepull.inner_texts import edited  # few objects hold any

    return [
        done
        for decision, text in found
        if (done := edited(text, decision, context, reporter, reported, explains=explains))
    ]


def _explained(decisions: Sequence[Decision], decider: Decider, context: Context) -> "tuple[ExplainedImage, ...]":
    from krmfn.imagepull.explanation import explain

    return tuple(explain(decisions, decider.left_alone, decider.unhandled, context))
