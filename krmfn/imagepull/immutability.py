"""Objects that are immutable once they are applied, so that the next sync fails after an edit."""

from krmfn.imagepull.kinds import Kind
from krmfn.krm.resources import Resource
from krmfn.splice import nodes

# Annotations with which an object is deleted and created again when it is applied, with their values (none: any).
_REPLACED = {
    "helm.sh/hook": (),
    "argocd.argoproj.io/hook": (),
    "argocd.argoproj.io/sync-options": ("Force=true",),  # the API server also rejects `Replace=true` alone
    "kustomize.toolkit.fluxcd.io/force": ("enabled",),
    "kapp.k14s.io/update-strategy": ("fallback-on-replace", "always-replace"),
}


def cannot_change(resource: Resource, kind: Kind) -> bool:
    """Whether the API server rejects changes of an object's pods, and no annotation has the object replaced."""
    if not kind.immutable or resource.field_prefix:  # an object inside another one is not applied itself
        return False
    metadata = nodes.last(resource.node, "metadata")
    if nodes.last(metadata, "name") is None and nodes.last(metadata, "generateName") is not None:
        return False
    given = ((resource.annotations[key], values) for key, values in _REPLACED.items() if key in resource.annotations)
    return not any(not values or not set(values).isdisjoint(_parts(text)) for text, values in given)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
