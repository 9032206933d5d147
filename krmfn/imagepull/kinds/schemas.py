"""Rows from the schemas of custom resources: of definitions in the input, and for the catalogue.

A schema is plain data, OpenAPI v3 as a CustomResourceDefinition holds it, or JSON schema; scalars may be text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.imagepull.kinds.rows import IMAGE_PARTS, Kind, Origin
from krmfn.imagepull.kinds.written import read
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice.paths import SIMPLE_KEY

_NOT_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})
# What every pod spec of Kubernetes has, and hardly any mapping that only borrows some of its fields.
_POD_SPEC = frozenset({"containers", "imagePullSecrets", "restartPolicy", "volumes", "nodeSelector"})
_CONTAINER = frozenset({"image", "imagePullPolicy", "command", "volumeMounts"})
# The key of an image or of its name, by the key of the policy.
_IMAGES = {
    "imagePullPolicy": ("image", "repository", "imageRepository", "containerImage"),
    "pullPolicy": ("image", "repository", "name"),
}
_SECRETS = re.compile(r"image_?pull_?secrets?|pullSecrets?", re.IGNORECASE)


def kind_of(definition: Mapping[str, Any], meta: TypeMeta) -> Kind | None:
    """The row of a kind that a CustomResourceDefinition, as plain data, defines.

    None when it defines another kind or version, or has no place for images and is open for what it does not name.
    """
    for group, kind, version, schema in schemas_of(definition):
        if (group, kind) == (meta.group, meta.kind) and version in ("", meta.version):
            row = row_of(schema)
            return read(row, Origin.SCHEMA) if row or not _is_open(schema) else None
    return None


def schemas_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Group, kind, version and schema of each version that a CustomResourceDefinition, as plain data, has a schema for.

    In `apiextensions.k8s.io/v1beta1` one schema may be there for all versions; its version is empty here.
    """
    spec = _mapping(definition.get("spec"))
    group, kind = str(spec.get("group", "")), str(_mapping(spec.get("names")).get("kind", ""))
    for part in [spec, *_list(spec.get("versions"))]:
        validation = _mapping(part.get("schema") or part.get("validation"))
        if kind and (schema := _mapping(validation.get("openAPIV3Schema"))):
            yield group, kind, "" if part is spec else str(part.get("name", "")), schema


def row_of(schema: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a schema has of a row, in the notation of `written`; empty when it has no images or secrets."""
    row: dict[str, list[Any]] = {}
    for name, inner in _mapping(schema.get("properties")).items():
        if name not in _NOT_BELOW and SIMPLE_KEY.fullmatch(name):
            for key, entry in _entries(name, _mapping(inner)):
                row.setdefault(key, []).append(entry)
    return {key: sorted(row[key], key=str) for key in ("podSpecs", "containers", "images", "pullSecrets") if key in row}


def _entries(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if items := _mapping(schema.get("items")):
        yield from _entries(f"{path}[]", items)
    if isinstance(every := schema.get("additionalProperties"), Mapping):
        yield from _entries(f"{path}.*", every)
    properties = _mapping(schema.get("properties"))
    if properties.keys() >= _POD_SPEC and "image" not in properties:
        yield "podSpecs", path
        return
    yield from _images(path, properties)
    if properties.keys() >= _CONTAINER:
        return
    for name, inner in properties.items():
        if not SIMPLE_KEY.fullmatch(name):
            continue
        if _SECRETS.fullmatch(name) and (form := _form(_mapping(inner))):
            yield "pullSecrets", f"{path}.{name}" if form == "names" else {"path": f"{path}.{name}", "form": form}
        else:
            yield from _entries(f"{path}.{name}", _mapping(inner))


def _images(path: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if path.endswith("volumes[].image") and {"reference", "pullPolicy"} <= properties.keys():
        yield "containers", {"path": path, "image": "reference", "policy": "pullPolicy"}
        return
    for policy, names in _IMAGES.items():
        image = next((name for name in names if _is_string(properties, name)), None)
        if image is None or not _is_string(properties, policy):
            continue
        is_container = properties.keys() >= _CONTAINER
        # `image` alone is a whole reference; beside `repository` it is a name, as `repository` is beside `registry`.
        is_whole = image == "image" and not _is_string(properties, "repository")
        also = [] if is_container or is_whole else [part for part in IMAGE_PARTS if _is_string(properties, part)]
        also = [part for part in also if part != image]
        entry: dict[str, Any] = {"path": path}
        entry |= {"image": image} if image != "image" else {}
        entry |= {"also": also} if also else {}
        entry |= {"policy": policy} if policy != "imagePullPolicy" else {}
        yield "containers" if is_container else "images", path if len(entry) == 1 else entry


def _form(schema: Mapping[str, Any]) -> str | None:
    """The form of a field with pull secrets; None for those that hold more than names."""
    items = _mapping(schema.get("items"))
    if _mapping(items.get("properties")).keys() == {"name"}:
        return "names"
    if schema.get("type") == "array" and items.get("type") == "string":
        return "strings"
    if schema.get("type") == "string":
        return "string"
    return "name" if _mapping(schema.get("properties")).keys() == {"name"} else None


def _is_open(schema: Any) -> bool:
    """Whether anything may stand somewhere below."""
    if isinstance(schema, Mapping):
        return "x-kubernetes-preserve-unknown-fields" in schema or any(map(_is_open, schema.values()))
    return isinstance(schema, list) and any(map(_is_open, schema))


def _is_string(properties: Mapping[str, Any], name: str) -> bool:
    return _mapping(properties.get(name)).get("type") in ("string", ["string", "null"])


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _list(data: Any) -> list[Any]:
    return [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
