"""One piece of the input: what the rules want of it agreed on, placed, verified."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from krmfn import nodes, parsing, paths
from krmfn.changes import AddKey, AppendItems, Change, ReplaceScalar, same_effect, target
from krmfn.demands import Demand, Demands
from krmfn.documents import Piece
from krmfn.edits import Edit
from krmfn.errors import InputError, Unplaceable
from krmfn.nodes import MappingNode, SequenceNode
from krmfn.outcome import AnnouncedChange
from krmfn.placement import place
from krmfn.reporting import Reporter, announce
from krmfn.resources import Resource
from krmfn.results import Result
from krmfn.rules import Context
from krmfn.uses import Use
from krmfn.verify import verify

if TYPE_CHECKING:
    from krmfn.explained import ExplainedImage


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
    placing = _Placing(piece, demands, [one.resource for one in search.left_alone])
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
        summaries=tuple(reporter.summary(demand.resource, demand.changes, _called_for(demand)) for demand in changed),
        changes=tuple(change for demand in changed for change in announce(demand.resource, demand.changes)),
        edits=tuple(edit.moved(piece.start) for edit in edits),
        uses=tuple(use for demand in demands for use in demand.uses),
        images=_explained(demands, search, context) if context.explains else (),
    )


def _explained(demands: Sequence[Demand], search: Demands, context: Context) -> "tuple[ExplainedImage, ...]":
    from krmfn.explanation import explain  # function mode explains nothing

    return tuple(explain(demands, search.left_alone, context))


def _called_for(demand: Demand) -> Mapping[str, str]:
    """The images that call for pull secrets, by the name of the secret."""
    return {name: image for use in demand.uses for name, image in use.secrets.items()}


class _Placing:
    """Changes to edits, each target once. `made` has the changes by target, `edits` their edits by start."""

    def __init__(self, piece: Piece, demands: Sequence[Demand], left_alone: Sequence[Resource]) -> None:
        self.made: dict[tuple[int, str], Change] = {}
        self.edits: dict[int, Edit] = {}
        self._piece = piece
        changes = [change for demand in demands for change in demand.changes]
        self._added = {target(change) for change in changes if isinstance(change, AddKey)}
        # By what a change touches: how many places there are, and how many of them want it. They differ under aliases.
        has_aliases = parsing.has_aliases(piece.text)
        self._places = _places(demands) if has_aliases else Counter()
        self._wishes = Counter(map(_touched, changes)) if has_aliases else Counter()
        self._fixed = _fixed([demand.resource for demand in demands], left_alone) if has_aliases else set()

    def make(self, change: Change) -> None:
        """Place a change; raise `Unplaceable` or `InputError`."""
        earlier = self.made.get(target(change))
        if earlier is None:
            self._check_sharing(change)
            self._add(place(self._piece.text, change, self._piece.holder))
            self.made[target(change)] = change
        elif not same_effect(earlier, change):
            raise Unplaceable("it is shared with another place by an alias, and the two need different values")

    def _add(self, new: list[Edit]) -> None:
        """Add the edits of a change; two new keys of one mapping may go to the same place, one after the other."""
        *first, last = new
        earlier = self.edits.get(last.start)
        if any(self.edits.get(edit.start, edit) != edit for edit in first):
            raise Unplaceable("another change goes to the same place")
        if earlier is None:
            self.edits |= {edit.start: edit for edit in new}
        elif earlier.end == last.end == last.start:
            # A comma that stands apart, or none: then the one between the two is still to be written.
            comma = "," if first else ", " if self._is_alone_in_braces(last.start) else ""
            self.edits[last.start] = earlier._replace(text=earlier.text + comma + last.text)
        else:
            raise Unplaceable("another change goes to the same place")

    def _is_alone_in_braces(self, position: int) -> bool:
        text = self._piece.text
        return text.startswith("}", position) and text[:position].rstrip().endswith("{")

    def _check_sharing(self, change: Change) -> None:
        """Refuse what would reach further than announced: by ambiguous keys, by aliases, by `<<`."""
        node, _ = _touched(change)
        if not self._fixed.isdisjoint(((node, ""), target(change))):
            raise Unplaceable("it is shared by an alias with a place that is to be left alone")
        if self._places[_touched(change)] > self._wishes[_touched(change)]:
            raise Unplaceable("it is shared with another place by an alias, and that one is not to get it")
        if isinstance(change, (AddKey, ReplaceScalar)):
            nodes.check_keys(change.mapping)
            for heir in self._piece.heirs.get(id(change.mapping), []):
                if not nodes.entry(heir, change.key) and (id(heir), change.key) not in self._added:
                    raise Unplaceable("another mapping takes it over by `<<` and would get the new value too")


def _places(demands: Iterable[Demand]) -> Counter[tuple[int, str]]:
    """How often each mapping or list that could be changed is reached, in the form of `_touched`."""
    places: Counter[tuple[int, str]] = Counter()
    for pod_spec in (pod_spec for demand in demands for pod_spec in demand.pod_specs):
        if pod_spec.shape.has_policies:
            places.update((id(container.node), "") for container in pod_spec.containers)
        if field := pod_spec.shape.pull_secrets:
            value = nodes.last(pod_spec.node, field.key)
            if isinstance(value, SequenceNode):
                places[id(value), "[]"] += 1
            elif isinstance(value, MappingNode):
                places[id(value), "name"] += 1
            else:
                places[id(pod_spec.node), pod_spec.missing_key or field.key] += 1
    return places


def _fixed(demanded: Sequence[Resource], left_alone: Sequence[Resource]) -> set[tuple[int, str]]:
    """What must stay as it is: collections by their id, and keys of mappings, in the form of `changes.target`."""
    roots = {id(resource.node) for resource in (*demanded, *left_alone)}
    fixed: set[tuple[int, str]] = set()
    for resource in left_alone:
        # An object inside has a demand of its own, or is left alone itself.
        others = roots - {id(resource.node)}
        inside = nodes.descendants([resource.node], without=others)
        fixed |= {(id(node), "") for node in inside if id(node) not in others}
    for resource in demanded:
        # Paths of an object around this one are those of its own demand.
        for path in (path for above, path in resource.forbidden if above == resource.at):
            fixed |= set(_forbidden_nodes(resource, path))
    return fixed


def _forbidden_nodes(resource: Resource, path: str) -> Iterator[tuple[int, str]]:
    """All that stands at a forbidden path, and the mapping or list to which it could be added."""
    holder, key = (path[:-2], "") if path.endswith("[]") else path.rpartition(".")[::2]
    with suppress(InputError):  # what has another form is reported where it matters
        yield from ((id(node), key) for node, _ in paths.walk(resource.node, holder, resource.at))
        for root, _ in paths.walk(resource.node, path, resource.at):
            yield from ((id(node), "") for node in nodes.descendants([root]))


def _touched(change: Change) -> tuple[int, str]:
    """What a change is made to, by its id, and the key there that pull secrets go to; empty for policies."""
    if isinstance(change, AppendItems):
        return id(change.sequence), "[]"
    return id(change.mapping), change.key if change.secrets else ""
