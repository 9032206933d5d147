"""Survey folders of schemas: the rows of kinds by version, and questions for a person to review."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from krmfn.imagepull.kinds import DEFINITION
from krmfn.imagepull.kinds.schema_fields import CONTAINER, is_string, mapping, properties_of
from krmfn.imagepull.kinds.schemas import row_of, schemas_of
from krmfn.splice.paths import SIMPLE_KEY

Row = dict[str, Any]
PLACES = ("podSpecs", "containers", "images", "pullSecrets", "objects")

_NOT_BELOW = ("apiVersion", "kind", "metadata", "status")
_IMAGE = re.compile(r"image|\w+Image|\w+_image")
_SECRET = re.compile(r"\w*(?:pull|registry|repo)_?secrets?\w*", re.IGNORECASE)
_POD = re.compile(r"(?:\w*pod)?_?template(?:_?spec)?|\w*pod_?spec", re.IGNORECASE)


_WITH_A_MEANING = frozenset(
    {
        "nullable",
        "default",
        "oneOf",
        "anyOf",
        "allOf",
        "not",
        "x-kubernetes-validations",
        "minProperties",
        "maxProperties",
    }
)
"""Keywords of a schema for which the presence or the content of a mapping matters."""


class Surveyed(NamedTuple):
    """A version of a kind. If `has_name` is false, the kind is in lower case, because JSON schemas lack its name."""

    group: str
    kind: str
    version: str
    row: Row
    schema: Mapping[str, Any]
    has_name: bool


def survey(folders: Sequence[Path]) -> Iterator[Surveyed]:
    """Every schema in and below the folders."""
    suffixes = (".yaml", ".yml", ".json")
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in suffixes):
        for document in _documents_in(file):
            if document.get("kind") == DEFINITION:
                for group, kind, version, schema in schemas_of(document):
                    yield Surveyed(group, kind, version, row_of(schema), schema, True)
            elif "properties" in document:
                kind, _, version = file.stem.partition("_")
                yield Surveyed(file.parent.name, kind, version, row_of(document), document, False)


def _documents_in(file: Path) -> Iterator[dict[str, Any]]:
    """The mappings of a YAML or JSON stream and of Lists in it; prints files that cannot be read to stderr."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for data in yaml.load_all(file.read_bytes(), Loader=loader):
            items = mapping(data).get("items")
            yield from (item for item in (items if isinstance(items, list) else [data]) if isinstance(item, dict))
    except (yaml.YAMLError, ValueError) as error:
        sys.stderr.write(f"{file}: {' '.join(str(error).split())}\n")


def merged(rows: Mapping[str, Row]) -> Iterator[tuple[list[str], Row]]:
    """The different rows of a kind with their versions; without versions if all versions agree."""
    by_text: dict[str, list[str]] = {}
    for version, row in sorted(rows.items()):
        by_text.setdefault(json.dumps(row), []).append(version)
    for text, versions in sorted(by_text.items(), key=lambda pair: pair[1]):
        yield versions if len(by_text) > 1 else [], json.loads(text)


def places(row: Mapping[str, Any]) -> set[str]:
    """The fields of a row, as lines of a report show them."""
    return {f"{key} {json.dumps(entry)}" for key in PLACES for entry in row.get(key, ())}


def path_of(entry: Any) -> str:
    """The path of an entry of a row."""
    path: str = entry if isinstance(entry, str) else entry["path"]
    return path


def lacks(schema: Mapping[str, Any], path: str) -> bool:
    """Whether a schema lacks a path; a path that it leaves open is not lacking."""
    node: Any = schema
    for step in path.split("."):
        name, depth = step.rstrip("[]"), step.count("[]")
        if _is_open(node):
            return False
        node = mapping(node).get("additionalProperties") if name == "*" else properties_of(node).get(name)
        for _ in range(depth):
            node = mapping(node).get("items")
        if not isinstance(node, Mapping):
            return node is not True
    return False


def creatable(schema: Mapping[str, Any], path: str) -> list[Any] | None:
    """The entries of `create` for the mappings around a field with pull secrets; None if one must not be created.

    A schema allows it if each mapping is a plain object: it has no rules, defaults or null of its own, and requires
    nothing except the path and lists. Only the operator knows whether the presence of such a mapping has a meaning.
    """
    found: list[Any] = []
    holder = path.rpartition(".")[0]
    while "." in holder and SIMPLE_KEY.fullmatch(holder.rpartition(".")[2]):
        node = _at(schema, holder)
        lists = _lists_required(node, path.removeprefix(f"{holder}.").partition(".")[0])
        if lists is None or node.get("type") != "object" or node.keys() & _WITH_A_MEANING:
            break
        found.insert(0, {"path": holder, "lists": lists} if lists else holder)
        holder = holder.rpartition(".")[0]
    while found and _is_required(schema, path_of(found[0])):  # present whenever its parent is
        del found[0]
    return found or None


def _is_required(schema: Mapping[str, Any], path: str) -> bool:
    around, _, key = path.rpartition(".")
    return key in (_at(schema, around).get("required") or ())


def _lists_required(schema: Mapping[str, Any], given: str) -> list[str] | None:
    """The lists that a schema requires beside a field; None if it requires anything else, or items in a list."""
    required = [name for name in schema.get("required") or () if name != given]
    fields = [mapping(properties_of(schema).get(name)) for name in required]
    are_lists = all(field.get("type") == "array" and not field.get("minItems") for field in fields)
    return required if are_lists else None


def _at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The schema at a path; empty if there is none, or if it is open."""
    node: Any = schema
    for step in path.split("."):
        name, depth = step.rstrip("[]"), step.count("[]")
        node = mapping(node).get("additionalProperties") if name == "*" else properties_of(node).get(name)
        for _ in range(depth):
            node = mapping(node).get("items")
    return mapping(node)


def questions(schema: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    """Questions about a row that the schema does not answer in a machine-readable way."""
    if row.get("podSpecs") or row.get("containers"):
        yield "are these passed on as they are? Where a controller sets a policy of its own first, they are `images`"
    known_to_create = {path_of(entry) for entry in row.get("create", ())}
    fields = [
        *map(path_of, row.get("pullSecrets", ())),
        *(f"{path}.imagePullSecrets" for path in row.get("podSpecs", ())),
    ]
    for field in fields:
        created = [one for one in creatable(schema, field) or () if path_of(one) not in known_to_create]
        if created:
            yield f"may these be created when they are absent, and do pods run then? {json.dumps(created)}"
    named = {(path_of(entry), mapping(entry).get("image", "image")) for key in PLACES for entry in row.get(key, ())}
    known = {path for path, _ in named}
    for path, inner in _below("", schema, tuple(row.get("podSpecs", ()))):
        above, _, name = path.rpartition(".")
        if above.endswith("rbd"):  # a block device of Ceph, in every volume
            continue
        if row.get("pullSecrets") and _IMAGE.fullmatch(name) and inner.get("type") == "string":
            if (above, name) not in named:
                yield f"an image without a policy? {path}"
        elif _SECRET.fullmatch(name) and path not in known and inner.get("type") != "boolean":
            yield f"pull secrets of another form? {path}"
        elif _POD.fullmatch(name) and _is_open(inner):
            yield f"a pod that the schema leaves open? {path}"
        for rule in mapping(inner).get("x-kubernetes-validations") or ():
            text = " ".join(str(mapping(rule).get("rule")).split())
            if "oldSelf" in text and any(f"{place}.".startswith((f"{path}.", f"{path}[")) for place in known):
                yield f"immutable? {path}: {text}"


def _below(path: str, schema: Any, pod_specs: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field below a schema, except those of pods and containers, which are known."""
    properties = properties_of(schema)
    if path in pod_specs or properties.keys() >= CONTAINER or is_string(properties, "mountPath"):
        return
    for name, inner in properties.items():
        if SIMPLE_KEY.fullmatch(name) and (path or name not in _NOT_BELOW):
            at = f"{path}.{name}".lstrip(".")
            yield at, mapping(inner)
            yield from _below(at, inner, pod_specs)
    for key, sign in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(inner := mapping(schema).get(key), Mapping):
            yield from _below(path + sign, inner, pod_specs)


def _is_open(schema: Any) -> bool:
    if mapping(schema).get("x-kubernetes-preserve-unknown-fields"):
        return True
    is_object = mapping(schema).get("type") == "object"
    return is_object and not properties_of(schema) and not mapping(mapping(schema).get("additionalProperties"))
