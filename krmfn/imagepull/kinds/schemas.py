"""Schemas of custom resources to rows: for CustomResourceDefinitions in the input, and for the catalogue.

A schema is plain data: OpenAPI v3 as in a CustomResourceDefinition, or JSON schema. Scalars may be text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.imagepull.kinds.rows import Kind, Origin
from krmfn.imagepull.kinds.schema_fields import CONTAINER, image_volume_in, images_in, mapping, secrets_in
from krmfn.imagepull.kinds.written import read
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice.paths import SIMPLE_KEY

_NOT_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})
# Fields that every pod spec of Kubernetes has, but hardly any mapping that only borrows some fields of pod specs.
_POD_SPEC = frozenset({"containers", "imagePullSecrets", "restartPolicy", "volumes", "nodeSelector"})
# Mappings in containers that hold no images; other fields are not those of containers, and are searched.
_OF_CONTAINERS = frozenset({"env", "envFrom", "lifecycle", "livenessProbe", "ports", "readinessProbe", "resizePolicy"})
_OF_CONTAINERS |= {
    "resources",
    "restartPolicyRules",
    "securityContext",
    "startupProbe",
    "volumeDevices",
    "volumeMounts",
}


def kind_of(definition: Mapping[str, Any], meta: TypeMeta) -> Kind | None:
    """The row of a kind that a CustomResourceDefinition, as plain data, defines.

    None if it defines another kind or version, or if it has no place for images but allows unknown fields.
    """
    for group, kind, version, schema in schemas_of(definition):
        if (group, kind) == (meta.group, meta.kind) and version in ("", meta.version):
            row = row_of(schema)
            return read(row, Origin.SCHEMA) if row or not _is_open(schema) else None
    return None


def schemas_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Group, kind, version and schema of each version with a schema in a CustomResourceDefinition, as plain data.

    `apiextensions.k8s.io/v1beta1` allows one schema for all versions; its version is empty here.
    """
    spec = mapping(definition.get("spec"))
    group, kind = str(spec.get("group", "")), str(mapping(spec.get("names")).get("kind", ""))
    for part in [spec, *_list(spec.get("versions"))]:
        validation = mapping(part.get("schema") or part.get("validation"))
        if kind and (schema := mapping(validation.get("openAPIV3Schema"))):
            yield group, kind, "" if part is spec else str(part.get("name", "")), schema


def row_of(schema: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The row for a schema, in the notation of `written`; empty if the schema has no images or secrets."""
    row: dict[str, list[Any]] = {}
    for name, inner in mapping(schema.get("properties")).items():
        if name not in _NOT_BELOW and SIMPLE_KEY.fullmatch(name):
            for key, entry in _entries(name, mapping(inner)):
                row.setdefault(key, []).append(entry)
    return {key: sorted(row[key], key=str) for key in ("podSpecs", "containers", "images", "pullSecrets") if key in row}


def _entries(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if items := mapping(schema.get("items")):
        yield from _entries(f"{path}[]", items)
    if isinstance(every := schema.get("additionalProperties"), Mapping):
        yield from _entries(f"{path}.*", every)
    properties = mapping(schema.get("properties"))
    if properties.keys() >= _POD_SPEC and "image" not in properties:
        yield "podSpecs", path
        return
    yield from images_in(path, properties)
    yield from image_volume_in(path, properties)
    # Some kinds add init containers and secrets to a mapping that has all fields of a container.
    skipped = _OF_CONTAINERS if properties.keys() >= CONTAINER else frozenset()
    for name, inner in properties.items():
        if name in skipped or not SIMPLE_KEY.fullmatch(name):
            continue
        if entry := secrets_in(path, name, inner):
            yield "pullSecrets", entry
        else:
            yield from _entries(f"{path}.{name}", mapping(inner))


def _is_open(schema: Any) -> bool:
    """Whether the schema allows unknown fields at any level."""
    if isinstance(schema, Mapping):
        return "x-kubernetes-preserve-unknown-fields" in schema or any(map(_is_open, schema.values()))
    return isinstance(schema, list) and any(map(_is_open, schema))


def _list(data: Any) -> list[Any]:
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
