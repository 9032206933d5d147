"""One piece of the input through the rules: changes found, agreed on, placed, verified."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from krmfn import nodes
from krmfn.changes import AddKey, Change, ReplaceScalar, same_effect, target
from krmfn.documents import Document, Piece
from krmfn.edits import Edit
from krmfn.errors import InputError, Unplaceable
from krmfn.findings import Finding
from krmfn.kinds import Kind, structure
from krmfn.nodes import MappingNode
from krmfn.outcome import AnnouncedChange
from krmfn.placement import place
from krmfn.podspecs import find_pod_specs, find_resources
from krmfn.reporting import Reporter, announce
from krmfn.resources import Resource
from krmfn.results import Result, Severity
from krmfn.rules import RULES, Context
from krmfn.verify import verify


@dataclass(slots=True)
class Treatment:
    """What came of a piece: edits with positions in the whole input.

    `summaries` say what the edits do, `results` everything else.
    """

    results: list[Result] = field(default_factory=list)
    summaries: list[Result] = field(default_factory=list)
    changes: list[AnnouncedChange] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


def treat(piece: Piece, context: Context, reporter: Reporter, said: set[Hashable]) -> Treatment:
    """Work out and verify the edits of a piece; raise `VerificationError` when they are not what was announced.

    `said` holds the `Finding.once` keys of what is not to be said again, and grows.
    """
    treatment = Treatment()
    made: dict[tuple[int, str], Change] = {}
    edits: dict[int, Edit] = {}
    wanted = list(_wanted(piece, context, reporter, said, treatment.results))
    added = {target(change) for _, changes in wanted for change in changes if isinstance(change, AddKey)}
    for resource, changes in wanted:
        for change in changes:
            earlier = made.get(target(change))
            try:
                if earlier is None:
                    _check_sharing(change, piece, added)
                    _join(edits, place(piece.text, change))
                    made[target(change)] = change
                elif not same_effect(earlier, change):
                    raise Unplaceable("it is shared with another place by an alias, and the two need different values")
            except Unplaceable as refusal:
                treatment.results.append(reporter.refused(resource, change, str(refusal)))
            except InputError as error:
                error.path = error.path or change.path
                treatment.results.append(reporter.error(error, resource.document, resource))
        if changes:
            treatment.changes += announce(resource, changes)
            treatment.summaries.append(reporter.summary(resource, changes))
    if edits:
        verify(piece.roots, piece.text, [*edits.values()], made.values())
        treatment.edits = [edit.moved(piece.start) for edit in edits.values()]
    return treatment


def _wanted(
    piece: Piece, context: Context, reporter: Reporter, said: set[Hashable], results: list[Result]
) -> Iterator[tuple[Resource, list[Change]]]:
    """The changes for each resource; what else there is to say goes to `results`."""
    for document in piece.documents:
        try:
            found = list(find_resources(document, context.kinds))
        except InputError as error:
            results.append(reporter.error(error, document, None))
            continue
        if not found:
            results += _no_resource(document, reporter)
        for resource, kind in found:
            if resource.type_meta.is_resource_list and not reporter.in_list:
                misplaced = InputError("a ResourceList must be the only document of the input")
                results.append(reporter.error(misplaced, document, None))
            if resource.opts_out or not context.settings.selects(resource):
                continue
            is_unknown = kind is None and context.settings.unknown_kinds == "Structural"
            row = structure.find(resource.node) if is_unknown else kind
            if row is None:
                continue
            try:
                changes = list(_changes(resource, row, context, reporter, said, results))
            except InputError as error:
                results.append(reporter.error(error, document, resource, row.source))
                continue
            if is_unknown and changes and (resource.type_meta, row) not in said:
                said.add((resource.type_meta, row))
                results.append(reporter.looked_like_pods(resource, row))
            yield resource, changes


def _changes(
    resource: Resource, kind: Kind, context: Context, reporter: Reporter, said: set[Hashable], results: list[Result]
) -> Iterator[Change]:
    for pod_spec in find_pod_specs(resource, kind):
        for rule in RULES:
            for answer in rule(pod_spec, context):
                if not isinstance(answer, Finding):
                    yield answer
                elif answer.once is None or answer.once not in said:
                    said.add(answer.once)
                    results.append(reporter.finding(resource, answer))


def _join(edits: dict[int, Edit], new: list[Edit]) -> None:
    """Add edits to those there are, by their start; two new keys of a mapping may go to the same place."""
    for edit in new:
        earlier = edits.get(edit.start)
        if earlier is None:
            edits[edit.start] = edit
        elif len(new) == 1 and earlier.end == edit.end == edit.start:
            edits[edit.start] = edit._replace(text=earlier.text + edit.text)
        else:
            raise Unplaceable("another change goes to the same place")


def _check_sharing(change: Change, piece: Piece, added: set[tuple[int, str]]) -> None:
    """Refuse what would reach further than announced: ambiguous keys, and keys that others take over by `<<`."""
    if isinstance(change, (AddKey, ReplaceScalar)):
        nodes.check_keys(change.mapping)
        for heir in piece.heirs.get(id(change.mapping), []):
            if not nodes.entry(heir, change.key) and (id(heir), change.key) not in added:
                raise Unplaceable("another mapping takes it over by `<<` and would get the new value too")


def _no_resource(document: Document, reporter: Reporter) -> Iterator[Result]:
    node = document.root
    where = reporter.where(document, nodes.start(node))
    if not isinstance(node, MappingNode) and reporter.in_list:
        yield Result(f"an item must be a resource, not {nodes.describe(node)}{where}", Severity.ERROR)
    elif not nodes.is_null(node):
        yield Result(f"no resource, since it has no apiVersion and kind: left as it is{where}", Severity.WARNING)
