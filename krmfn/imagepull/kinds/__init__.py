"""Where images run, as data: one row for each group and kind, looked up by the type of an object."""

from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.imagepull.kinds import argo, catalogue, core
from krmfn.imagepull.kinds.rows import ImageField, Kind, Origin, PodSite, SecretForm, SecretsField, Shape, TextField
from krmfn.imagepull.kinds.written import read, write
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice.nodes import MappingNode

__all__ = [
    "DEFINITION",
    "RENDERED",
    "STRUCTURE_WORD",
    "ImageField",
    "Kind",
    "KindName",
    "KindTables",
    "Origin",
    "PodSite",
    "SecretForm",
    "SecretsField",
    "Shape",
    "by_structure",
    "in_objects_inside",
    "item_type",
    "read",
    "rows",
    "secrets_fields",
    "shape",
]

DEFINITION = "CustomResourceDefinition"
"""The kind that defines kinds."""
STRUCTURE_WORD = "containers"
"""A word that the text of every object with the structure of pods has."""

KindName = tuple[str, str]
"""Group and kind."""

RENDERED = "Helm renders its values elsewhere"
"""Why a kind with Helm values is left alone: they look like manifests, but are not."""
_WITH_VALUES = (
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("argoproj.io", "Application"),
    ("argoproj.io", "ApplicationSet"),
    ("helm.cattle.io", "HelmChart"),
    ("helm.cattle.io", "HelmChartConfig"),
)
# Rancher Fleet, pkg/apis/fleet.cattle.io/v1alpha1, BundleResource: the files of a folder, charts among them.
_BUNDLED = Shape(texts=(TextField("resources[].content", is_applied=False),))
_BUILT_IN = (
    core.KINDS
    | argo.KINDS
    | {("fleet.cattle.io", "Bundle"): Kind(sites=(PodSite("spec", _BUNDLED),))}
    | {name: Kind(ignored=RENDERED) for name in _WITH_VALUES}
)
_BUILT_IN_NAMES = frozenset(kind for _, kind in _BUILT_IN)
_SHAPES = core.SHAPES | argo.SHAPES
# Its items have types of their own. A kind may also only be named like a list.
_TYPED_LIST = Kind(items=("items[]",), origin=Origin.STRUCTURE)
# Kinds of these groups may name pods or containers, but never run any.
_IGNORED_GROUPS = {
    "admissionregistration.k8s.io": "admission policies",
    "apiextensions.k8s.io": "definitions of kinds",
    "autoscaling.k8s.io": "autoscalers name containers, but run none",
    "config.gatekeeper.sh": "policies",
    "constraints.gatekeeper.sh": "policies",
    "kustomize.config.k8s.io": "input of kustomize",
    "kyverno.io": "policies",
    "mutations.gatekeeper.sh": "policies",
    "policies.kyverno.io": "policies",
    "templates.gatekeeper.sh": "policies",
}


class KindTables:
    """The tables of one run. Rows of the settings come first, then krmfn's own, then rows from definitions."""

    def __init__(
        self,
        own: Mapping[KindName, Kind] | None = None,
        forbidden: Mapping[KindName, tuple[str, ...]] | None = None,
        defined: Mapping[TypeMeta, Kind] | None = None,
        *,
        embedded: bool = False,
        workflow_defaults: str = "",
    ) -> None:
        """Make the tables.

        Args:
            own: the rows of the settings, by group and kind.
            forbidden: the forbidden paths of the settings, by group and kind.
            defined: rows from CustomResourceDefinitions, by apiVersion and kind.
            embedded: whether objects inside objects of the catalogue are edited.
            workflow_defaults: the name of the ConfigMap whose `workflowDefaults` gets pull secrets; empty for none.
        """
        self._own = own or {}
        self._forbidden = forbidden or {}
        self._defined = defined or {}
        self.embedded = embedded
        self.workflow_defaults = workflow_defaults
        self._names = {kind for _, kind in (*self._own, *self._forbidden)} | {meta.kind for meta in self._defined}

    def taught(self, defined: Mapping[TypeMeta, Kind]) -> "KindTables":
        """These tables with rows from definitions."""
        if not defined:
            return self
        return KindTables(
            self._own,
            self._forbidden,
            defined,
            embedded=self.embedded,
            workflow_defaults=self.workflow_defaults,
        )

    def lookup(self, meta: TypeMeta) -> Kind | None:
        """The row for a kind; None if no table has it."""
        name = meta.group, meta.kind
        row = self._own.get(name) or _lookup(meta) or self._defined.get(meta)
        if row is None:
            return _TYPED_LIST if item_type(meta) else None
        if row.origin is Origin.CATALOGUE and row.objects and not self.embedded:
            return row._replace(objects=())
        return row

    def leaves_objects(self, meta: TypeMeta) -> bool:
        """Whether a kind is known to hold objects that are left alone because the settings do not include them."""
        row = None if self.embedded else _lookup(meta)
        return row is not None and row.origin is Origin.CATALOGUE and bool(row.objects)

    def looks_into_texts(self, meta: TypeMeta) -> bool:
        """Whether the settings include texts of objects of this type."""
        return (self.embedded or bool(self.workflow_defaults)) and (meta.group, meta.kind) == ("", "ConfigMap")

    def forbidden(self, meta: TypeMeta) -> tuple[str, ...]:
        """The paths of a kind at and below which the settings forbid changes."""
        return self._forbidden.get((meta.group, meta.kind), ())

    def is_known_name(self, kind: str) -> bool:
        """Whether a table has a kind of this name in any group: a cheap filter before `lookup`."""
        return kind in _BUILT_IN_NAMES or kind in self._names or catalogue.is_known_name(kind)


def _lookup(meta: TypeMeta) -> Kind | None:
    row = _BUILT_IN.get((meta.group, meta.kind))
    if row is None and (reason := _IGNORED_GROUPS.get(meta.group)):
        return Kind(ignored=reason)
    return row or catalogue.lookup(meta)


def item_type(meta: TypeMeta) -> TypeMeta | None:
    """The type of the items of a typed list: `Deployment` for `DeploymentList`; None for other kinds."""
    kind = meta.kind.removesuffix("List")
    return TypeMeta(meta.api_version, kind) if kind and kind != meta.kind else None


def by_structure(root: MappingNode) -> Kind | None:
    """A row for an object of an unknown kind, by its structure; None if nothing in it looks like a pod spec."""
    from krmfn.imagepull.kinds import structure

    return structure.find(root)


def in_objects_inside(root: MappingNode) -> set[int]:
    """The ids of all nodes in whole objects inside an object, to which the row of `by_structure` does not apply."""
    from krmfn.imagepull.kinds import structure

    return structure.in_objects_inside(root)


def shape(given: str | Shape) -> Shape:
    """A shape, given by its name or as itself."""
    return _SHAPES[given] if isinstance(given, str) else given


def secrets_fields(kind: Kind) -> tuple[str, ...]:
    """The paths of a kind's fields for pull secrets."""
    sites = ((site, shape(site.shape).pull_secrets) for site in kind.sites)
    return tuple(dict.fromkeys(f"{site.secrets_path}.{field.key}".lstrip(".") for site, field in sites if field))


def rows() -> Iterator[dict[str, Any]]:
    """All rows of krmfn, sorted, in the notation of `written`, each with its `source`."""
    known = [{"group": group, "kind": kind} | write(row, _SHAPES) for (group, kind), row in _BUILT_IN.items()]
    known += [
        {"group": group, "kind": "*", "ignore": why, "source": "built-in"} for group, why in _IGNORED_GROUPS.items()
    ]
    known += [row | {"source": Origin.CATALOGUE.value} for row in catalogue.rows()]
    yield from sorted(known, key=lambda row: (row["group"], row["kind"], row.get("versions", [])))
