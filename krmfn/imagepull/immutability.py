"""Objects that nobody can change once they are applied: what an edit means for the next sync."""

from krmfn.imagepull.kinds import Kind
from krmfn.krm.resources import Resource
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes
from krmfn.splice.nodes import ScalarNode

# By annotation, the values (any, if there are none) with which an object is deleted and made anew when it is applied.
_REPLACED = {
    "helm.sh/hook": (),
    "argocd.argoproj.io/hook": (),
    "argocd.argoproj.io/sync-options": ("Force=true",),  # `Replace=true` alone is refused as any change is
    "kustomize.toolkit.fluxcd.io/force": ("enabled",),
    "kapp.k14s.io/update-strategy": ("fallback-on-replace", "always-replace"),
}


_WITH_DATA = (TypeMeta("v1", "ConfigMap"), TypeMeta("v1", "Secret"))
_TRUE = ("true", "True", "TRUE")


def cannot_change(resource: Resource, kind: Kind) -> bool:
    """Whether the API server refuses to change the pods of an object, and nothing tells that it is made anew."""
    if resource.field_prefix or not (kind.immutable or says_immutable(resource)):
        return False  # one that stands in another object is not applied itself
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
