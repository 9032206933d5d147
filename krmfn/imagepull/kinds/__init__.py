"""Where images run, as data: a row per group and kind, looked up by what an object says it is."""

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
"""A word that is in the text of every object that looks as if it ran images."""

KindName = tuple[str, str]
"""Group and kind."""

RENDERED = "Helm renders its values elsewhere"
"""Why a kind with Helm values is left alone: they look like manifests, and are none."""
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
# What its items are is told by themselves, and a kind may only be named like a list.
_TYPED_LIST = Kind(items=("items[]",), origin=Origin.STRUCTURE)
# Kinds of these groups are about pods, or about other clouds, and never run any.
_IGNORED_GROUPS = {
    "admissionregistration.k8s.io": "admission policies",
    "apiextensions.k8s.io": "definitions of kinds",
    "autoscaling.k8s.io": "autoscalers name containers, and run none",
    "config.gatekeeper.sh": "policies",
    "constraints.gatekeeper.sh": "policies",
    "kustomize.config.k8s.io": "what kustomize builds from",
    "kyverno.io": "policies",
    "mutations.gatekeeper.sh": "policies",
    "policies.kyverno.io": "policies",
    "templates.gatekeeper.sh": "policies",
}


class KindTables:
    """The tables of one run: rows of the function config before ours, and ours before those from definitions."""

    def __init__(
        self,
        own: Mapping[KindName, Kind] | None = None,
        forbidden: Mapping[KindName, tuple[str, ...]] | None = None,
        defined: Mapping[TypeMeta, Kind] | None = None,
        *,
        embedded: bool = False,
        workflow_defaults: str = "",
    ) -> None:
        """By group and kind, `own` are the user's rows and `forbidden` paths; by version, `defined` from definitions.

        `embedded`: whether objects inside those of the catalogue count; `workflow_defaults`: the name of the ConfigMap
        whose `workflowDefaults` gets pull secrets; empty for none.
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
        """The row for a kind; None when no table knows it."""
        name = meta.group, meta.kind
        row = self._own.get(name) or _lookup(meta) or self._defined.get(meta)
        if row is None:
            return _TYPED_LIST if item_type(meta) else None
        if row.origin is Origin.CATALOGUE and row.objects and not self.embedded:
            return row._replace(objects=())
        return row

    def leaves_objects(self, meta: TypeMeta) -> bool:
        """Whether objects inside those of a kind are known, and left alone for the settings do not want them."""
        row = None if self.embedded else _lookup(meta)
        return row is not None and row.origin is Origin.CATALOGUE and bool(row.objects)

    def looks_into_texts(self, meta: TypeMeta) -> bool:
        """Whether the texts of an object of this type are looked into, where a table has it."""
        return (self.embedded or bool(self.workflow_defaults)) and (meta.group, meta.kind) == ("", "ConfigMap")

    def forbidden(self, meta: TypeMeta) -> tuple[str, ...]:
        """The paths of a kind at and below which nothing is to be written, whatever row it has."""
        return self._forbidden.get((meta.group, meta.kind), ())

    def is_known_name(self, kind: str) -> bool:
        """Whether a table has a kind of this name in some group: cheaper than `lookup`, which needs the group."""
        return kind in _BUILT_IN_NAMES or kind in self._names or catalogue.is_known_name(kind)


def _lookup(meta: TypeMeta) -> Kind | None:
    row = _BUILT_IN.get((meta.group, meta.kind))
    if row is None and (reason := _IGNORED_GROUPS.get(meta.group)):
        return Kind(ignored=reason)
    return row or catalogue.lookup(meta)


def item_type(meta: TypeMeta) -> TypeMeta | None:
    """What the items of a typed list are: `Deployment` for `DeploymentList`."""
    kind = meta.kind.removesuffix("List")
    return TypeMeta(meta.api_version, kind) if kind and kind != meta.kind else None


def by_structure(root: MappingNode) -> Kind | None:
    """What an object of a kind that no table knows looks like; None when it does not look as if it ran images."""
    from krmfn.imagepull.kinds import structure

    return structure.find(root)


def in_objects_inside(root: MappingNode) -> set[int]:
    """The ids of all nodes that are no part of what `by_structure` says of an object."""
    from krmfn.imagepull.kinds import structure

    return structure.in_objects_inside(root)


def shape(given: str | Shape) -> Shape:
    """The shape a row refers to by name, or has itself."""
    return _SHAPES[given] if isinstance(given, str) else given


def secrets_fields(kind: Kind) -> tuple[str, ...]:
    """The paths of the fields that a kind has for pull secrets."""
    sites = ((site, shape(site.shape).pull_secrets) for site in kind.sites)
    return tuple(dict.fromkeys(f"{site.secrets_path}.{field.key}".lstrip(".") for site, field in sites if field))


def rows() -> Iterator[dict[str, Any]]:
    """All that is known, in the notation of `written`, each row with its `source`; sorted."""
    known = [{"group": group, "kind": kind} | write(row, _SHAPES) for (group, kind), row in _BUILT_IN.items()]
    known += [
        {"group": group, "kind": "*", "ignore": why, "source": "built-in"} for group, why in _IGNORED_GROUPS.items()
    ]
    known += [row | {"source": Origin.CATALOGUE.value} for row in catalogue.rows()]
    yield from sorted(known, key=lambda row: (row["group"], row["kind"], row.get("versions", [])))
