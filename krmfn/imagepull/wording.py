"""Results and findings about whole objects: unknown kinds, immutable objects, objects that are left alone."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from krmfn.imagepull import kinds
from krmfn.imagepull.causes import IMMUTABLE_OBJECT, LEFT_ALONE
from krmfn.imagepull.kinds import Kind, KindTables, Origin
from krmfn.imagepull.overlooked import Overlooked, row
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import of_resource, path_in_resource
from krmfn.krm.resources import Resource
from krmfn.krm.results import File, Location, ResourceRef, Result, Severity
from krmfn.krm.suggestions import did_you_mean
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import paths
from krmfn.splice.changes import Change

_BY_FIELD = ("ConfigMap", "Secret")
"""Kinds of which an object says itself that it is immutable."""
_SHOWN = 3
"""The number of object names that a message lists."""

DOUBTS = {
    Origin.CATALOGUE: "krmfn's catalogue expects another form; a row in `kinds` of the settings can correct that",
    Origin.SCHEMA: "its CustomResourceDefinition expects another form",
    Origin.STRUCTURE: "krmfn does not know this kind, and what looks like a pod spec may be something else",
    Origin.CONFIG: "the row for its kind in `kinds` of the settings expects another form",
}
"""By the origin of a kind's row: why the row, and not the object, may be wrong if the object does not fit it."""


def looked_like_pods(resource: Resource, kind: Kind) -> Result:
    """The result about an object of an unknown kind that was edited because it looks like a pod spec."""
    meta = resource.type_meta
    paths = ", ".join(f"'{site.path}'" if "[" in site.path else site.path for site in kind.sites)
    row = f"{{group: {meta.group or repr('')}, kind: {meta.kind}, podSpecs: [{paths}]}}"
    found = "looks like a pod spec and was" if len(kind.sites) == 1 else "look like pod specs and were"
    message = f"unknown kind {meta.api_version} {meta.kind}: {paths} {found} edited. To confirm, add {row} to `kinds` "
    message += "in the settings; to leave the kind alone, add a row with `ignore: true`"
    return of_resource(resource, message, Severity.WARNING)


class Immutable(NamedTuple):
    """An immutable object that is edited: its type, and the identity and location for results."""

    type_meta: TypeMeta
    ref: ResourceRef
    file: File | None
    location: Location


def immutable(objects: Iterable[Immutable]) -> Iterator[Result]:
    """Immutable objects that are edited to one result for each kind."""
    by_kind: dict[TypeMeta, list[Immutable]] = {}
    for one in objects:
        by_kind.setdefault(one.type_meta, []).append(one)
    for meta, those in by_kind.items():
        names = ", ".join(one.ref.name or one.ref.kind for one in those[:_SHOWN])
        more = ", …" if len(those) > _SHOWN else ""
        which = "this one" if len(those) == 1 else f"one of these {len(those)} ({names}{more})"
        message = (
            f"{_cannot_change(meta.kind)}: if {which} exists in the cluster already, applying the change fails until "
            f"that {meta.kind} is deleted. `immutableObjects: Skip` leaves such objects alone"
        )
        yield Result(message, Severity.WARNING, those[0].ref, None, those[0].file, those[0].location, IMMUTABLE_OBJECT)


def _cannot_change(kind: str) -> str:
    return f"{_a(kind)} with `immutable: true` cannot change" if kind in _BY_FIELD else f"{_a(kind)} is immutable"


def _a(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "AEIO" else f"a {kind}"


def kept(resource: Resource, changes: Iterable[Change]) -> Result:
    """The result about an immutable object that does not get these changes."""
    missed = ", ".join(dict.fromkeys(path_in_resource(resource, change.path) for change in changes))
    kind = resource.type_meta.kind
    outcome = f"{missed} of this one stays as it is" if kind in _BY_FIELD else f"this one gets no {missed}"
    message = f"{_cannot_change(kind)}, so {outcome} (`immutableObjects: Skip`)"
    return of_resource(resource, message, Severity.INFO)


def sealed(resource: Resource) -> Result:
    """The result about an object that is left alone because SOPS has signed its values."""
    message = "this object is encrypted with SOPS, and an edit would break its signature: left alone; decrypt it first"
    return of_resource(resource, message, Severity.WARNING)


def overlooked(resource: Resource, found: Sequence[Overlooked], tables: KindTables, severity: Severity) -> Finding:
    """The finding about an object that is left alone although it may run images."""
    meta, first = resource.type_meta, found[0]
    further = f" and {len(found) - 1} more" if len(found) > 1 else ""
    pasted = f"add {row(first, resource)} to `kinds` in the settings"
    if first.inner and tables.leaves_objects(meta):
        what = f"embedded {first.inner.kind}{further}: left alone. `embedded: true` in the settings includes it"
    elif first.inner:
        what = f"embedded {first.inner.kind}{further}: left alone. To include it, {pasted}"
    else:
        what = f"unknown kind {meta.api_version} {meta.kind}: this field{further} may name an image; left alone. To "
        what += f"include it, {pasted}, or give its definition with --crds; a row with `ignore: true` silences this"
    return Finding(severity, what, first.path, first.node, once=(LEFT_ALONE, meta), rule=LEFT_ALONE)


def rendered(resource: Resource, number: int, severity: Severity) -> Finding:
    """The finding about an object with Helm values that name images."""
    kind = resource.type_meta.kind
    images = f"{number} image{'s' * (number != 1)} in them left alone"
    message = f"Helm renders the values of this {kind} elsewhere: {images}. Check the rendered manifests: "
    message += "`helm template … | krmfn check`"
    return Finding(
        severity, message, resource.at, resource.node, once=(LEFT_ALONE, resource.type_meta), rule=LEFT_ALONE
    )


def images_in_text(resource: Resource, first: Overlooked, *, is_looked_into: bool) -> Finding:
    """The finding about texts in a ConfigMap or Secret that may run images; `is_looked_into`: `embedded` is true."""
    kind = resource.type_meta.kind
    message = (
        f"a text in this {kind} holds Kubernetes objects or pod specs with images: left alone, since krmfn cannot "
    )
    message += "know whether it is ever applied. Run krmfn on the file that the text comes from"
    if kind == "ConfigMap" and not is_looked_into:
        message += "; `embedded: true` in the settings edits whole objects under keys such as `web.yaml`"
    once = LEFT_ALONE, resource.type_meta, "texts"
    return Finding(Severity.INFO, message, first.path, first.node, once=once, rule=LEFT_ALONE)


def no_place_for_secrets(resource: Resource, kind: Kind, names: Sequence[str]) -> Finding:
    """The finding about an object whose fields for pull secrets are in mappings that it does not have."""
    fields = " or ".join(kinds.secrets_fields(kind))
    message = f"no pull secret is written ({', '.join(names)}): {resource.type_meta.kind} takes them in {fields}, but "
    message += "the mapping around that field is absent. "
    if kind.origin is Origin.CONFIG:
        message += "Add that mapping, or name it in `create` of the row for its kind"
    else:
        message += "Add that mapping, with what it requires, and run krmfn again"
    once = LEFT_ALONE, resource.type_meta, "secrets"
    return Finding(Severity.WARNING, message, resource.at, resource.node, once=once, rule=LEFT_ALONE)


def odd_annotations(resource: Resource, prefix: str, known: str) -> Iterator[Finding]:
    """Findings about annotations of krmfn that have no effect: unknown names and invalid values."""
    for name, value in resource.annotations.items():
        if name.startswith(prefix) and name != known:
            message = f"unknown annotation {name} does nothing{did_you_mean(name, [known])}"
        elif name == known and value not in ("true", "false"):
            message = f"annotation {name} does nothing: it must be 'true' or 'false', not {value!r}"
        else:
            continue
        yield Finding(Severity.WARNING, message, paths.join("metadata.annotations", name), resource.metadata)
