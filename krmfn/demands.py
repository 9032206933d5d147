"""Documents to demands: every pod spec of a piece through the rules, and what is to be said of all else in it."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from krmfn import accounts, nodes
from krmfn.changes import Change, written_paths
from krmfn.documents import Document, Piece
from krmfn.errors import InputError
from krmfn.findings import Finding
from krmfn.immutability import cannot_change, may_break_sync
from krmfn.kinds import Kind, by_look
from krmfn.nodes import MappingNode
from krmfn.podspecs import PodSpec, find_pod_specs, find_resources
from krmfn.reporting import Reporter
from krmfn.resources import Resource
from krmfn.results import Result, Severity
from krmfn.rules import OF_ACCOUNTS, OF_PODS, Context
from krmfn.uses import Use


class Demand(NamedTuple):
    """What the rules want of one resource, the pod specs they looked at, and what those want of pull secrets."""

    resource: Resource
    pod_specs: tuple[PodSpec, ...]
    changes: tuple[Change, ...]
    uses: tuple[Use, ...]


class Demands:
    """Asks the rules.

    `results` grows with what there is to say beside the changes, `left_alone` with the resources that got no demand;
    `said` has the keys of what is said once in a run, and grows too.
    """

    def __init__(self, context: Context, reporter: Reporter, said: set[Hashable]) -> None:
        self.results: list[Result] = []
        self.left_alone: list[Resource] = []
        self._context = context
        self._reporter = reporter
        self._said = said

    def of(self, piece: Piece) -> Iterator[Demand]:
        """A demand for each resource that the settings let through and of which it is known, or clear, what it runs."""
        for document in piece.documents:
            try:
                found = list(find_resources(document, self._context.kinds))
            except InputError as error:
                self.results.append(self._reporter.error(error, document, None))
                continue
            if not found:
                self.results += self._no_resource(document, document.root)
            for resource, kind in found:
                if demand := self._of_resource(resource, kind):
                    yield demand
                else:
                    self.left_alone.append(resource)

    def _of_resource(self, resource: Resource, kind: Kind | None) -> Demand | None:
        if not resource.type_meta.kind:
            self.results += self._no_resource(resource.document, resource.node)
            return None
        if resource.type_meta.is_resource_list and not self._reporter.in_list:
            misplaced = InputError("a ResourceList must be the only document of the input")
            self.results.append(self._reporter.error(misplaced, resource.document, None))
        if resource.opts_out or not self._context.settings.selects(resource):
            return None
        is_unknown = kind is None and self._context.settings.unknown_kinds == "Structural"
        row = by_look(resource.node) if is_unknown else kind
        if row is None or row.never:
            return None
        rules = OF_ACCOUNTS if row is accounts.KIND else OF_PODS
        try:
            pod_specs = tuple(find_pod_specs(resource, row))
            answers = [list(rule(pod_spec, self._context)) for pod_spec in pod_specs for rule in rules]
        except InputError as error:
            self.results.append(self._reporter.error(error, resource.document, resource, row.source))
            return None
        changes, findings, uses = _sorted(resource, answers)
        settings = self._context.settings
        is_final = bool(changes) and settings.immutable != "Change" and cannot_change(resource, row)
        if is_final and settings.immutable == "Skip":
            self.results.append(self._reporter.left_alone(resource, changes))
            self.left_alone.append(resource)
            return Demand(resource, pod_specs, (), uses)
        for finding in findings:
            if finding.once is None or self._is_new(finding.once):
                self.results.append(self._reporter.finding(resource, finding))
        if is_unknown and changes and self._is_new((resource.type_meta, row)):
            self.results.append(self._reporter.looked_like_pods(resource, row))
        if is_final and may_break_sync(changes, settings):
            self.results.append(self._reporter.immutable(resource))
        return Demand(resource, pod_specs, changes, uses)

    def _is_new(self, key: Hashable) -> bool:
        """Whether this has not been said yet; it will have been from now on."""
        if key in self._said:
            return False
        self._said.add(key)
        return True

    def _no_resource(self, document: Document, node: nodes.Node) -> Iterator[Result]:
        where = self._reporter.where(document, nodes.start(node))
        if not isinstance(node, MappingNode) and self._reporter.in_list:
            yield Result(f"an item must be a resource, not {nodes.describe(node)}{where}", Severity.ERROR, place=where)
        elif not nodes.is_null(node):
            message = f"no resource, since it has no apiVersion and kind: left as it is{where}"
            yield Result(message, Severity.WARNING, place=where)


def _sorted(
    resource: Resource, answers: list[list[Change | Finding | Use]]
) -> tuple[tuple[Change, ...], list[Finding], tuple[Use, ...]]:
    """What the rules answered, each list from one of them: without what the resource forbids, and the talk of that."""
    changes: list[Change] = []
    findings: list[Finding] = []
    for of_one_rule in answers:
        wanted = [answer for answer in of_one_rule if not isinstance(answer, (Finding, Use))]
        allowed = [change for change in wanted if not any(map(resource.forbids, written_paths(change)))]
        changes += allowed
        if allowed or not wanted:
            findings += [answer for answer in of_one_rule if isinstance(answer, Finding)]
    return tuple(changes), findings, tuple(a for of_one_rule in answers for a in of_one_rule if isinstance(a, Use))
