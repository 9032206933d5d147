"""Kinds and immutable objects to results: what is said of a whole object."""

from collections.abc import Iterable

from krmfn.imagepull.kinds import Kind, Origin
from krmfn.krm.reporting import of_resource, path_in_resource
from krmfn.krm.resources import Resource
from krmfn.krm.results import Result, Severity
from krmfn.splice.changes import Change

DOUBTS = {
    Origin.CATALOGUE: "the catalogue has it otherwise, and a row in `kinds` of the settings can correct that",
    Origin.SCHEMA: "its CustomResourceDefinition has it otherwise",
    Origin.STRUCTURE: "its kind is not known, and it looked like a pod spec",
    Origin.CONFIG: "the row for its kind in `kinds` of the settings has it otherwise",
}
"""By the origin of a kind's row: what else may be wrong when an object does not fit it."""


def looked_like_pods(resource: Resource, kind: Kind) -> Result:
    """A kind that no table knows was edited because it looks like pods."""
    meta = resource.type_meta
    paths = ", ".join(f"'{site.path}'" if "[" in site.path else site.path for site in kind.sites)
    row = f"{{group: {meta.group or repr('')}, kind: {meta.kind}, podSpecs: [{paths}]}}"
    found = "looks like a pod spec and was" if len(kind.sites) == 1 else "look like pod specs and were"
    message = f"unknown kind {meta.api_version} {meta.kind}: {paths} {found} edited. To confirm, add {row} to `kinds` "
    message += "in the settings; to leave the kind alone, add a row with `ignore: true`"
    return of_resource(resource, message, Severity.WARNING)


def immutable(resource: Resource) -> Result:
    """An object that cannot change once it is applied is edited."""
    kind = resource.type_meta.kind
    message = f"a {kind} is immutable: if this one exists in the cluster already, applying the change fails until "
    message += f"that {kind} is deleted. `immutableObjects: Skip` leaves such objects alone"
    return of_resource(resource, message, Severity.WARNING)


def kept(resource: Resource, changes: Iterable[Change]) -> Result:
    """An object that cannot change once it is applied is left as it is, without these changes."""
    missed = ", ".join(dict.fromkeys(path_in_resource(resource, change.path) for change in changes))
    message = f"a {resource.type_meta.kind} is immutable, so this one gets no {missed} (`immutableObjects: Skip`)"
    return of_resource(resource, message, Severity.INFO)


def sealed(resource: Resource) -> Result:
    """An object that SOPS has sealed is left as it is."""
    message = "SOPS has sealed this object, and an edit would break its seal: left alone; decrypt it first"
    return of_resource(resource, message, Severity.WARNING)
