"""Pieces to decisions: the rules check every pod spec; results report everything else."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull import kinds, misplaced, overlooked, rules, wording
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.immutability import cannot_change
from krmfn.imagepull.kinds import RENDERED, Kind, Origin, by_structure
from krmfn.imagepull.overlooked import Overlooked
from krmfn.imagepull.podspecs import SKIP_ANNOTATION, PodSpec, Text, find_pod_specs, find_resources, unwanted_in
from krmfn.imagepull.rules import Context
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import PolicyReason, SecretsReason, Verdict
from krmfn.krm.anchors import redefined
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import Reporter
from krmfn.krm.resources import Resource
from krmfn.krm.results import Result, Severity
from krmfn.splice import nodes
from krmfn.splice.changes import Change
from krmfn.splice.nodes import MappingNode
from krmfn.splice.pieces import Document, Piece

if TYPE_CHECKING:
    from krmfn.imagepull.inner_texts import ParsedText


class Decision(NamedTuple):
    """What the rules decided for one resource.

    Attributes:
        resource: the object.
        kind: the row of its kind.
        pod_specs: the pod specs that the rules checked.
        changes: the changes that the rules want.
        uses: which pull secrets the pods use or need.
        reasons: the reasons for changes and for leaving fields unchanged.
        why_unchanged: why nothing is changed in spite of the rules; else empty.
    """

    resource: Resource
    kind: Kind
    pod_specs: tuple[PodSpec, ...]
    changes: tuple[Change, ...]
    uses: tuple[Use, ...]
    reasons: tuple[PolicyReason | SecretsReason, ...]
    why_unchanged: str = ""

    @property
    def texts(self) -> Iterator[Text]:
        """Its scalars that hold YAML, each once."""
        found = {id(text.node): text for pod_spec in self.pod_specs for text in pod_spec.texts}
        yield from (text for text in found.values() if not self.resource.forbids(text.path))


class LeftAlone(NamedTuple):
    """A resource that the rules do not check: settings or annotations exclude it, or it is not applied as it is.

    Attributes:
        resource: the object.
        kind: the row of its kind; None if the kind is not known.
        why: why it is excluded.
    """

    resource: Resource
    kind: Kind | None
    why: str


_OWN = "krmfn.dev/"
"""The prefix of krmfn's annotations."""


class Unhandled(NamedTuple):
    """An object that may run images, but whose kind is not known well enough to edit it.

    Attributes:
        resource: the object.
        places: the fields that may name images; empty for an object with Helm values.
        why: why it is left alone.
    """

    resource: Resource
    places: tuple[Overlooked, ...]
    why: str


class Decider:
    """Runs the rules on pieces, and collects results.

    Attributes, all of which grow with each piece:
        results: results besides the changes.
        left_alone: resources that the rules do not check.
        unhandled: objects that may run images, but whose kinds are not known well enough.
        immutable: edited objects whose changes the API server rejects if they exist in the cluster already.
        has_manifests: whether any piece had a resource.
    """

    def __init__(
        self, context: Context, reporter: Reporter, reported: set[Hashable], text: "ParsedText | None" = None
    ) -> None:
        """`reported`: keys of results that a run reports once; grows. `text`: the scalar that holds the pieces."""
        self.results: list[Result] = []
        self.left_alone: list[LeftAlone] = []
        self.unhandled: list[Unhandled] = []
        self.immutable: list[wording.Immutable] = []
        self.has_manifests = False
        self._context = context
        self._reporter = reporter
        self._reported = reported
        self._text = text

    def decide(self, piece: Piece) -> Iterator[Decision]:
        """A decision for each resource of a piece that the settings include and whose kind is known or recognised."""
        if self._text:
            for document in piece.documents:
                for resource, kind in self._text.resources(document, self._context.tables):
                    if kind is None:  # unknown kinds in texts are never edited by their structure
                        self._report_overlooked(resource, None)
                    elif decision := self._of_resource(resource, kind):
                        yield decision
            return
        for document in piece.documents:
            if self._reporter.in_list and not isinstance(document.root, MappingNode):
                self.results += self._no_resource(document, document.root)
                continue
            try:
                found = list(find_resources(document, self._context.tables))
            except InputError as error:
                self.results.append(self._reporter.error(error, document, None))
                continue
            if not found:
                self.results += self._no_resource(document, document.root)
            for resource, kind in found:
                if decision := self._of_resource(resource, kind):
                    yield decision
                if kind and resource.forbidden:
                    tables = self._context.tables
                    self.left_alone += (
                        LeftAlone(inner, tables.lookup(inner.type_meta), why)
                        for inner, why in unwanted_in(resource, kind)
                    )
        for resource, finding in redefined(piece, self._reporter.text):
            self.results.append(self._reporter.finding(resource, finding))

    def _of_resource(self, resource: Resource, kind: Kind | None) -> Decision | None:
        if not resource.type_meta.kind:
            self.results += self._no_resource(resource.document, resource.node)
            return None
        self.has_manifests = True
        if resource.type_meta.is_resource_list and not self._reporter.in_list:
            start = nodes.start(resource.node)
            misplaced = InputError("a ResourceList must be the only document of the input", start)
            self.results.append(self._reporter.error(misplaced, resource.document, None))
        if any(name.startswith(_OWN) for name in resource.annotations) and not (resource.at or self._text):
            for finding in wording.odd_annotations(resource, _OWN, SKIP_ANNOTATION):
                self._report_once(resource, finding)
        finder = self._context.finder
        if finder:
            finder.add_resource(resource)
        if why := self._reason_to_leave(resource, kind):
            self.left_alone.append(LeftAlone(resource, kind, why))
            if finder and (row := kind or by_structure(resource.node)):
                finder.add_images(_images_of(resource, row))
            return None
        row = by_structure(resource.node) if kind is None else kind
        if row is None or row.ignored:
            self._report_misplaced(resource, row, ())
            self._report_overlooked(resource, row)
            return None
        asked = rules.OF_SERVICE_ACCOUNTS if row is accounts.KIND else rules.OF_PODS
        try:
            found = find_pod_specs(resource, row)
            if self._text:
                found = self._text.completed(found)
            # Builds do not replace images in texts.
            pod_specs = tuple(self._context.around(found, is_built=not self._text))
            verdicts = [rule.check(pod_spec, self._context) for pod_spec in pod_specs for rule in asked]
        except InputError as error:
            self.results.append(
                self._reporter.error(
                    error, resource.document, resource, wording.DOUBTS.get(row.origin, ""), row.origin.is_sure
                )
            )
            return None
        self._report_misplaced(resource, row, pod_specs)
        if finder:
            finder.add_images(image for pod_spec in pod_specs for image in pod_spec.images)
        if not (pod_specs or row.objects or row.items):
            self._report_overlooked(resource, row)
        if row.origin in (Origin.CATALOGUE, Origin.CONFIG, Origin.SCHEMA):
            self._report_missing_place(resource, row, pod_specs)
        return self._decision(resource, row, pod_specs, verdicts)

    def _report_misplaced(self, resource: Resource, row: Kind | None, pod_specs: Sequence[PodSpec]) -> None:
        if self._text and self._text.text.field.holds:
            return  # a fragment may have fields that its row does not have
        for finding in misplaced.find(resource, row, pod_specs):
            self._report_once(resource, finding)

    def _report_overlooked(self, resource: Resource, row: Kind | None) -> None:
        """Report what is left alone in an object although it may run images, once for each kind."""
        tables = self._context.tables
        severity = Severity.WARNING if self._context.settings.pull_secrets else Severity.INFO
        if row is None or not row.ignored:
            if found := overlooked.find(resource, tables, only_objects=row is not None):
                self._leave(resource, found, wording.overlooked(resource, found, tables, severity))
            if row is None:
                self.report_texts(resource, ())
        elif row.ignored == RENDERED and (number := overlooked.images_in(resource)):
            finding = wording.rendered(resource, number, severity)
            self.unhandled.append(Unhandled(resource, (), finding.message))
            self._report_once(resource, finding)

    def report_texts(self, resource: Resource, handled: Collection[Text]) -> None:
        """Report texts of a ConfigMap or Secret that are left alone although they name images; not those `handled`."""
        if overlooked.may_be_in_texts(resource.type_meta, resource.document.text):
            from krmfn.imagepull import images_in_text  # few objects have any

            others = {id(text.node) for text in handled}
            if found := [one for one in images_in_text.find(resource) if id(one.node) not in others]:
                self._leave(
                    resource,
                    found,
                    wording.images_in_text(resource, found[0], is_looked_into=self._context.settings.embedded),
                )

    def _leave(self, resource: Resource, found: Sequence[Overlooked], finding: Finding) -> None:
        """Report that `found` is left alone."""
        self.unhandled.append(Unhandled(resource, tuple(found), finding.message))
        if finder := self._context.finder:
            finder.add_images(one.image for one in found if one.image)
        self._report_once(resource, finding)

    def _report_missing_place(self, resource: Resource, kind: Kind, pod_specs: Sequence[PodSpec]) -> None:
        """Report an object whose fields for pull secrets are in mappings that it does not have."""
        if kind.may_lack or any(pod_spec.shape.pull_secrets for pod_spec in pod_specs):
            return
        if kinds.secrets_fields(kind):
            images = [image for pod_spec in pod_specs for image in pod_spec.images]
            wanted = [s for s in self._context.settings.pull_secrets if not s.images or any(map(s.serves, images))]
            if names := [secret.name for secret in wanted]:
                self._report_once(resource, wording.no_place_for_secrets(resource, kind, names))

    def _report_once(self, resource: Resource, finding: Finding) -> None:
        if finding.once is None or self._is_new(finding.once):
            self.results.append(self._reporter.finding(resource, finding))

    def _decision(
        self, resource: Resource, kind: Kind, pod_specs: tuple[PodSpec, ...], verdicts: Iterable[Verdict]
    ) -> Decision:
        """The verdicts about one resource joined to a decision; their findings are reported."""
        settings = self._context.settings
        found = [verdict.allowed(resource.forbids) if resource.forbidden else verdict for verdict in verdicts]
        decision = Decision(
            resource,
            kind,
            pod_specs,
            changes=tuple(change for verdict in found for change in verdict.changes),
            uses=tuple(use for verdict in found for use in verdict.uses),
            reasons=tuple(reason for verdict in found for reason in verdict.reasons),
        )
        if decision.changes and is_sealed(resource):
            self.results.append(wording.sealed(resource))
            return decision._replace(changes=(), why_unchanged="it is encrypted with SOPS")
        is_final = bool(decision.changes) and settings.immutable_objects != "Edit" and cannot_change(resource, kind)
        if is_final and settings.immutable_objects == "Skip":
            self.results.append(wording.kept(resource, decision.changes))
            why = "it is immutable, and `immutableObjects` is Skip"
            return decision._replace(changes=(), why_unchanged=why)
        findings = [finding for verdict in found for finding in verdict.findings]
        if self._context.renames_secrets and (secrets := self._context.secrets_by_name):
            from krmfn.imagepull.secrets.renaming import outdated_names

            findings += outdated_names(decision, secrets, settings)
        for finding in findings:
            self._report_once(resource, finding)
        if kind.origin is Origin.STRUCTURE and decision.changes and self._is_new((resource.type_meta, kind)):
            self.results.append(wording.looked_like_pods(resource, kind))
        # Writing a default that the API server has already set is no change, as long as the image is the same. The API
        # server sets no defaults in custom resources.
        is_defaulted = kind.origin is Origin.BUILT_IN
        if is_final and any(verdict.changes and not (is_defaulted and verdict.is_default) for verdict in found):
            immutable = wording.Immutable(resource.type_meta, resource.ref, resource.file, resource.location)
            self.immutable.append(immutable)
        return decision

    def _reason_to_leave(self, resource: Resource, kind: Kind | None) -> str:
        settings = self._context.settings
        if annotation := resource.opts_out(SKIP_ANNOTATION):
            return f"its annotation {annotation} excludes it"
        if not settings.selects(resource):
            return "`include` or `exclude` in the settings exclude it"
        is_off = kind is None and settings.unknown_kinds != "Structural"
        return "its kind is not known, and `unknownKinds` is Skip" if is_off else ""

    def _is_new(self, key: Hashable) -> bool:
        """Whether a key has not been reported yet; it counts as reported from now on."""
        if key in self._reported:
            return False
        self._reported.add(key)
        return True

    def _no_resource(self, document: Document, node: nodes.Node) -> Iterator[Result]:
        where = self._reporter.locate(document, nodes.start(node))
        if not isinstance(node, MappingNode) and self._reporter.in_list:
            yield Result(
                f"an item must be a resource, not {nodes.describe(node)}{where}", Severity.ERROR, location=where
            )
        elif not nodes.is_null(node):
            message = f"not a Kubernetes resource, as it has no apiVersion and kind: left as it is{where}"
            yield Result(message, Severity.WARNING, location=where)


def _images_of(resource: Resource, kind: Kind) -> list[str]:
    """The images of an object that the rules do not check; none if the object is malformed."""
    try:
        return [image for pod_spec in find_pod_specs(resource, kind) for image in pod_spec.images]
    except InputError:
        return []  # errors in excluded objects are not reported


def is_sealed(resource: Resource) -> bool:
    """Whether SOPS has signed all values of an object, including those that it left readable."""
    return nodes.last(nodes.last(resource.node, "sops"), "mac") is not None
