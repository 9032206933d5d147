"""Pieces to edits: what the rules want of a piece, placed and verified."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.imagepull.decisions import Decider, Decision
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


class Edited(NamedTuple):
    """What came of a piece: edits with positions in the whole input.

    `summaries` say what the edits do, `results` everything else; `uses` are of all its pods; `images` are explained
    where that was asked for; `has_manifests` tells whether there was any resource.
    """

    results: tuple[Result, ...]
    summaries: tuple[Result, ...]
    changes: tuple[AnnouncedChange, ...]
    edits: tuple[Edit, ...]
    uses: tuple[Use, ...]
    images: "tuple[ExplainedImage, ...]" = ()
    has_manifests: bool = False
    immutable: tuple[Immutable, ...] = ()


def edit(piece: Piece, context: Context, reporter: Reporter, reported: set[Hashable], *, explains: bool) -> Edited:
    """Work out and verify the edits of a piece; raise `VerificationError` when they are not what was announced.

    `reported` has the keys of what is reported once in a run, and grows; `explains`: whether images are explained.
    """
    decider = Decider(context, reporter, reported)
    decisions = tuple(decider.decide(piece))
    splicing = Splicing(
        piece,
        ((decision.resource.document.number, change) for decision in decisions for change in decision.changes),
    )
    refused: list[Result] = []
    for is_key in (False, True):  # a new key may go behind a value that is filled, so that one is first
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
        results=(*decider.results, *refused),
        summaries=tuple(
            of_resource(decision.resource, "; ".join(summaries(decision.changes, decision.uses)), Severity.INFO)
            for decision in changed
        ),
        changes=tuple(change for decision in changed for change in announce(decision.resource, decision.changes)),
        edits=tuple(edit.moved(piece.start) for edit in edits),
        uses=tuple(use for decision in decisions for use in decision.uses),
        images=_explained(decisions, decider, context) if explains else (),
        has_manifests=decider.has_manifests,
        immutable=tuple(decider.immutable),
    )


def _explained(decisions: Sequence[Decision], decider: Decider, context: Context) -> "tuple[ExplainedImage, ...]":
    from krmfn.imagepull.explanation import explain

    return tuple(explain(decisions, decider.left_alone, decider.unhandled, context))
