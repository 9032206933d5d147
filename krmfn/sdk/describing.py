"""Descriptions of a function's config for editors, hosts and people, generated from its pydantic model."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from krmfn.sdk import schemas
from krmfn.sdk.changes import plain
from krmfn.sdk.config import Config
from krmfn.splice import rendering

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TABLE = "<!-- settings -->"
# The keywords of JSON schema that a structural schema can have; the API server refuses or drops other keywords.
_STRUCTURAL = {"type", "format", "description", "default", "enum", "required", "pattern", "multipleOf"}
_STRUCTURAL |= {f"{bound}{what}" for bound in ("min", "max") for what in ("Length", "Items", "Properties")}
_STRUCTURAL |= {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}


class Description(NamedTuple):
    """A config, its apiVersion and kind, and the function's name; `summary` is the function's docstring."""

    config: type[Config]
    api_version: str
    kind: str
    name: str
    summary: str

    @property
    def sentence(self) -> str:
        """The first paragraph of the function's docstring, on one line."""
        return " ".join(self.summary.strip().partition("\n\n")[0].split())

    def json_schema(self) -> str:
        """The JSON schema of the function config, as text."""
        spec = self._spec()
        schema = {
            "$schema": _DRAFT,
            "title": self.kind,
            "description": self.sentence,
            "type": "object",
            "additionalProperties": False,
            "required": ["apiVersion", "kind", *(["spec"] if spec.get("required") else [])],
            "properties": {
                "apiVersion": {"const": self.api_version},
                "kind": {"const": self.kind},
                "metadata": {"type": "object"},
                "spec": spec,
            },
        }
        return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"

    def crd(self) -> str:
        """A CustomResourceDefinition of the function config, as text."""
        group, _, version = self.api_version.rpartition("/")
        plural = _plural(self.kind.lower())
        names = {"kind": self.kind, "listKind": f"{self.kind}List", "plural": plural, "singular": self.kind.lower()}
        served = {
            "name": version,
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": self._open_api()},
        }
        return _yaml(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"{plural}.{group}"},
                "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [served]},
            }
        )

    def definition(self, image: str = "") -> str:
        """A KRMFunctionDefinition for catalogues of functions, as text.

        Format: https://github.com/kubernetes-sigs/krm-functions-registry. `image` is the image of the function.
        """
        group, _, version = self.api_version.rpartition("/")
        runtime = {"container": {"image": image or f"{self.name}:latest"}}
        return _yaml(
            {
                "apiVersion": "config.kubernetes.io/v1alpha1",
                "kind": "KRMFunctionDefinition",
                "metadata": {"name": self.name},
                "spec": {
                    "group": group,
                    "names": {"kind": self.kind},
                    "description": self.sentence,
                    "versions": [
                        {
                            "name": version,
                            "schema": {"openAPIV3Schema": self._open_api()},
                            "idempotent": True,
                            "runtime": runtime,
                        }
                    ],
                },
            }
        )

    def table(self) -> str:
        """The keys of `spec` as a Markdown table, for a README."""
        spec = self._spec()
        rows = [f"| `{key}` | {kind} | {default} | {what} |" for key, kind, default, what in _rows(spec, "")]
        return "\n".join(["| key in `spec` | type | default | |", "|---|---|---|---|", *rows]) + "\n"

    def with_table(self, text: str) -> str:
        """A README with the table between its two `<!-- settings -->` marks; raise `ValueError` without them."""
        parts = text.split(_TABLE)
        if len(parts) != 3:
            raise ValueError(f"the text must have the mark {_TABLE} twice")
        return f"{parts[0]}{_TABLE}\n{self.table()}{_TABLE}{parts[2]}"

    def minimal(self) -> dict[str, Any]:
        """A function config with the required keys, with example values from their schemas."""
        spec = self._spec()
        required = {key: _example(spec["properties"][key]) for key in spec.get("required", ())}
        config = {"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": self.name}}
        return config | ({"spec": required} if required else {})

    def _spec(self) -> dict[str, Any]:
        schema = schemas.schema_of(self.config)
        schema.pop("description", None)  # the docstring of the class is for programmers
        return schema

    def _open_api(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
                "spec": _structural(self._spec()),
            },
        }


def _structural(schema: dict[str, Any]) -> dict[str, Any]:
    """The structural schema for a JSON schema, without whatever it cannot express.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
    """
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        around = {key: schema[key] for key in ("description", "default") if schema.get(key) is not None}
        return _structural(options[0]) | around | {"nullable": True}
    if "type" not in schema:
        return {key: schema[key] for key in ("description",) if key in schema} | _ANYTHING
    made: dict[str, Any] = {}
    is_map = "properties" not in schema and isinstance(schema.get("additionalProperties"), dict)
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: _structural(inner) for name, inner in value.items()}
        elif key == "items" or (key == "additionalProperties" and is_map):
            made[key] = _structural(value)
        elif key == "const":
            made["enum"] = [value]
        elif key in _STRUCTURAL and (key, value) != ("default", None):
            made[key] = value
    if schema["type"] == "array":
        made.setdefault("items", _ANYTHING)
    is_closed = "properties" in schema and not schema.get("additionalProperties")
    if schema["type"] == "object" and not is_map and not is_closed:
        made |= _ANYTHING
    for key in ("exclusiveMinimum", "exclusiveMaximum"):  # booleans beside the bound, in OpenAPI 3.0
        if key in made:
            made[key.removeprefix("exclusive").lower()] = made[key]
            made[key] = True
    return made


def _rows(schema: Mapping[str, Any], above: str) -> Iterator[tuple[str, str, str, str]]:
    for key, value in schema.get("properties", {}).items():
        path = f"{above}{key}"
        default = f"`{rendering.flow(value['default'])}`" if "default" in value else ""
        yield (
            path,
            _type(value).replace("|", "\\|"),
            "required" if key in schema.get("required", ()) else default.replace("|", "\\|"),
            value.get("description", "").replace("\n", " ").replace("|", "\\|"),
        )
        for option in schemas.options(value):
            yield from _rows(option, f"{path}.")
            if isinstance(option.get("items"), dict):
                yield from _rows(option["items"], f"{path}[].")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{rendering.flow(value)}`" for value in schema.get("enum") or [schema["const"]])
    if choices := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        return " or ".join(dict.fromkeys(_type(choice) for choice in choices if choice.get("type") != "null"))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"mapping to {_type(schema['additionalProperties'])}"
    return {"object": "mapping"}.get(kind, kind)


def _example(schema: dict[str, Any]) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return (schema.get("enum") or [schema["const"]])[0]
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}))]
    if schema.get("type") == "object":
        return {key: _example(schema["properties"][key]) for key in schema.get("required", ())} or {"key": "value"}
    return {"integer": schema.get("minimum", 1), "number": 1.5, "boolean": True}.get(schema.get("type", ""), "text")


def _plural(noun: str) -> str:
    """The plural of an English noun in lower case: `policies`, `boxes`, `shops`."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    is_after_consonant = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{noun[:-1]}ies" if is_after_consonant else f"{noun}s"


def _yaml(data: dict[str, Any]) -> str:
    return "".join(f"{line}\n" for line in rendering.block(plain(data, has_literals=True)))
