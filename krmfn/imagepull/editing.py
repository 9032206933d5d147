"""One piece of the input: what the rules want of it agreed on, placed, verified."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError, Unplaceable
from krmfn.imagepull.decisions import Demand, Demands
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


class Treatment(NamedTuple):
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


def treat(piece: Piece, context: Context, reporter: Reporter, said: set[Hashable]) -> Treatment:
    """Work out and verify the edits of a piece; raise `VerificationError` when they are not what was announced.

    `said` has the keys of what is said once in a run, and grows.
    """
    search = Demands(context, reporter, said)
    demands = tuple(search.of(piece))
    placing = Placing(
        piece, ((demand.resource.document.number, change) for demand in demands for change in demand.changes)
    )
    refused: list[Result] = []
    for is_key in (False, True):  # a new key may go behind a value that is filled, so that one is first
        for demand, change in ((d, c) for d in demands for c in d.changes if isinstance(c, AddKey) is is_key):
            try:
                placing.make(change)
            except Unplaceable as refusal:
                refused.append(reporter.refused(demand.resource, change, str(refusal)))
            except InputError as error:
                error.path = error.path or change.path
                refused.append(reporter.error(error, demand.resource.document, demand.resource))
    edits = tuple(placing.edits.values())
    if edits:
        verify(piece.roots, piece.text, edits, placing.made.values())
    changed = [demand for demand in demands if demand.changes]
    return Treatment(
        results=(*search.results, *refused),
        summaries=tuple(
            reporter.summary(demand.resource, summaries(demand.changes, demand.uses)) for demand in changed
        ),
        changes=tuple(change for demand in changed for change in announce(demand.resource, demand.changes)),
        edits=tuple(edit.moved(piece.start) for edit in edits),
        uses=tuple(use for demand in demands for use in demand.uses),
        images=_explained(demands, search, context) if context.explains else (),
    )


def _explained(demands: Sequence[Demand], search: Demands, context: Context) -> "tuple[ExplainedImage, ...]":
    from krmfn.imagepull.explanation import explain

    return tuple(explain(demands, search.left_alone, context))
