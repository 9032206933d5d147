"""Where images run, as data: a row per group and kind, looked up by what an object says it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.kinds import argo, catalogue, core
from krmfn.kinds.rows import ImageField, Kind, Place, SecretForm, SecretsField, Shape, Source
from krmfn.kinds.written import read, write
from krmfn.typemeta import TypeMeta

__all__ = [
    "ImageField",
    "Kind",
    "Kinds",
    "Place",
    "SecretForm",
    "SecretsField",
    "Shape",
    "Source",
    "item_type",
    "read",
    "rows",
    "shape",
]

_BUILT_IN = core.KINDS | argo.KINDS
_BUILT_IN_NAMES = frozenset(kind for _, kind in _BUILT_IN)
_SHAPES = core.SHAPES | argo.SHAPES
_TYPED_LIST = Kind(items=("items[]",))
# Kinds of these groups are about pods, or about other clouds, and never run any.
_NEVER_GROUPS = {
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


class Kinds:
    """The tables of one run: rows of the function config before ours, and ours before those from definitions."""

    def __init__(
        self,
        own: Mapping[tuple[str, str], Kind] | None = None,
        defined: Mapping[tuple[str, str], Kind] | None = None,
        *,
        descends: bool = False,
    ) -> None:
        """Rows by group and kind: `own` are the user's, `defined` from CustomResourceDefinitions.

        `descends`: whether objects inside those of the catalogue are looked at.
        """
        self.descends = descends
        self._own = own or {}
        self._defined = defined or {}
        self._names = frozenset(kind for _, kind in (*self._own, *self._defined))

    def lookup(self, meta: TypeMeta) -> Kind | None:
        """The row for a kind; None when no table knows it."""
        own = self._own.get((meta.group, meta.kind))
        if own is None:
            return _lookup(meta) or self._defined.get((meta.group, meta.kind)) or self._typed_list(meta)
        if own.forbidden and not own.places:
            known = _lookup(meta)
            return known._replace(forbidden=own.forbidden) if known else None
        return own

    def is_known_name(self, kind: str) -> bool:
        """Whether a table has a kind of this name in some group: cheaper than `lookup`, which needs the group."""
        return kind in _BUILT_IN_NAMES or kind in self._names or catalogue.is_known_name(kind)

    def _typed_list(self, meta: TypeMeta) -> Kind | None:
        item = item_type(meta)
        return _TYPED_LIST if item and self.lookup(item) else None


def _lookup(meta: TypeMeta) -> Kind | None:
    row = _BUILT_IN.get((meta.group, meta.kind))
    if row is None and (reason := _NEVER_GROUPS.get(meta.group)):
        return Kind(never=reason)
    return row or catalogue.lookup(meta)


def item_type(meta: TypeMeta) -> TypeMeta | None:
    """What the items of a typed list are: `Deployment` for `DeploymentList`."""
    kind = meta.kind.removesuffix("List")
    return TypeMeta(meta.api_version, kind) if kind and kind != meta.kind else None


def shape(given: str | Shape) -> Shape:
    """The shape a row refers to by name, or has itself."""
    return _SHAPES[given] if isinstance(given, str) else given


def rows() -> Iterator[dict[str, Any]]:
    """All that is known, in the notation of `krmfn.kinds.written`, each row with its `source`; sorted."""
    known = [{"group": group, "kind": kind} | write(row, _SHAPES) for (group, kind), row in _BUILT_IN.items()]
    known += [{"group": group, "kind": "*", "never": why, "source": "built-in"} for group, why in _NEVER_GROUPS.items()]
    known += [row | {"source": Source.CATALOGUE.value} for row in catalogue.rows()]
    yield from sorted(known, key=lambda row: (row["group"], row["kind"], row.get("versions", [])))
