"""Objects that are immutable once they are applied, so that the next sync fails after an edit."""

from krmfn.imagepull.kinds import Kind
from krmfn.krm.resources import Resource
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes
from krmfn.splice.nodes import ScalarNode

# Annotations with which an object is deleted and created again when it is applied, with their values (none: any).
_REPLACED = {
    "helm.sh/hook": (),
    "argocd.argoproj.io/hook": (),
    "argocd.argoproj.io/sync-options": ("Force=true",),  # the API server also rejects `Replace=true` alone
    "kustomize.toolkit.fluxcd.io/force": ("enabled",),
    "kapp.k14s.io/update-strategy": ("fallback-on-replace", "always-replace"),
}


_WITH_DATA = (TypeMeta("v1", "ConfigMap"), TypeMeta("v1", "Secret"))
_TRUE = ("true", "True", "TRUE")


def cannot_change(resource: Resource, kind: Kind) -> bool:
    """Whether the API server rejects changes of an object's pods, and no annotation has the object replaced."""
    if resource.field_prefix or not (kind.immutable or says_immutable(resource)):
        return False  # an object inside another one is not applied itself
    metadata = nodes.last(resource.node, "metadata")
    if nodes.last(metadata, "name") is None and nodes.last(metadata, "generateName") is not None:
        return False
    given = ((resource.annotations[key], values) for key, values in _REPLACED.items() if key in resource.annotations)
    return not any(not values or not set(values).isdisjoint(_parts(text)) for text, values in given)


def says_immutable(resource: Resource) -> bool:
    """Whether it is a ConfigMap or Secret whose own field says that its data stays."""
    field = nodes.last(resource.node, "immutable") if resource.type_meta in _WITH_DATA else None
    return isinstance(field, ScalarNode) and field.value in _TRUE and not nodes.is_string(field)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
