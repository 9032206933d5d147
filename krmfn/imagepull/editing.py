"""Pieces to edits: what the rules want of a piece, placed and verified."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.imagepull.decisions import Decider, Decisions
from krmfn.imagepull.rules import Context, summaries
from krmfn.imagepull.uses import Use
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.reporting import Reporter, announce
from krmfn.krm.results import Result
from krmfn.splice.changes import AddKey
from krmfn.splice.edits import Edit
from krmfn.splice.pieces import Piece
from krmfn.splice.placing import Placing
from krmfn.splice.verify import verify

if TYPE_CHECKING:
    from krmfn.imagepull.explanation.images import ExplainedImage


class Edited(NamedTuple):
    """What came of a piece: edits with positions in the whole input.

    `summaries` say what the edits do, `results` everything else; `uses` are of all its pods; `images` are explained
    where that was asked for.
    """

    results: tuple[Result, ...]
    summaries: tuple[Result, ...]
    changes: tuple[AnnouncedChange, ...]
    edits: tuple[Edit, ...]
    uses: tuple[Use, ...]
    images: "tuple[ExplainedImage, ...]" = ()


def edit(piece: Piece, context: Context, reporter: Reporter, reported: set[Hashable]) -> Edited:
    """Work out and verify the edits of a piece; raise `VerificationError` when they are not what was announced.

    `reported` has the keys of what is reported once in a run, and grows.
    """
    decider = Decider(context, reporter, reported)
    all_decisions = tuple(decider.decide(piece))
    placing = Placing(
        piece,
        ((decisions.resource.document.number, change) for decisions in all_decisions for change in decisions.changes),
    )
    refused: list[Result] = []
    for is_key in (False, True):  # a new key may go behind a value that is filled, so that one is first
        for decisions, change in ((d, c) for d in all_decisions for c in d.changes if isinstance(c, AddKey) is is_key):
            try:
                placing.make(change)
            except Unplaceable as refusal:
                refused.append(reporter.refused(decisions.resource, change, str(refusal)))
            except InputError as error:
                error.path = error.path or change.path
                refused.append(reporter.error(error, decisions.resource.document, decisions.resource))
    edits = tuple(placing.edits.values())
    if edits:
        verify(piece.roots, piece.text, edits, placing.made.values())
    changed = [decisions for decisions in all_decisions if decisions.changes]
    return Edited(
        results=(*decider.results, *refused),
        summaries=tuple(
            reporter.summary(decisions.resource, summaries(decisions.changes, decisions.uses)) for decisions in changed
        ),
        changes=tuple(change for decisions in changed for change in announce(decisions.resource, decisions.changes)),
        edits=tuple(edit.moved(piece.start) for edit in edits),
        uses=tuple(use for decisions in all_decisions for use in decisions.uses),
        images=_explained(all_decisions, decider, context) if context.explains else (),
    )


def _explained(all_decisions: Sequence[Decisions], decider: Decider, context: Context) -> "tuple[ExplainedImage, ...]":
    from krmfn.imagepull.explanation import explain

    return tuple(explain(all_decisions, decider.left_alone, context))
