"""What a function's config is, for editors, for hosts and for people: all of it made of its pydantic model."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.sdk.config import Config
from krmfn.splice import rendering

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TABLE = "<!-- settings -->"
# What a structural schema cannot say, or the API server does not know.
_NOT_STRUCTURAL = ("additionalProperties", "const", "examples", "prefixItems", "propertyNames", "title", "$defs")


class Description(NamedTuple):
    """A config and how it is called; `summary` is the docstring of the function."""

    config: type[Config]
    api_version: str
    kind: str
    name: str
    summary: str

    @property
    def sentence(self) -> str:
        """What the function does: the first paragraph of its docstring, on one line."""
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
        """A CustomResourceDefinition of the function config, for tools that read those, as text."""
        group, _, version = self.api_version.rpartition("/")
        plural = f"{self.kind.lower()}s"
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
        """A KRMFunctionDefinition, as catalogues of functions have it, as text.

        https://github.com/kubernetes-sigs/krm-functions-registry; `image` is where the function can be had.
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
        """A function config with the keys that must be there, as far as their schemas tell of a value."""
        spec = self._spec()
        required = {key: _example(spec["properties"][key]) for key in spec.get("required", ())}
        config = {"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": self.name}}
        return config | ({"spec": required} if required else {})

    def _spec(self) -> dict[str, Any]:
        schema = self.config.model_json_schema(by_alias=True)
        inlined: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
        inlined.pop("description", None)  # that of the class, for programmers
        return inlined

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


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema without references and titles."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _inlined(definitions[reference.rpartition("/")[2]] | rest, definitions)
    made = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: _inlined(inner, definitions) for name, inner in value.items()}
        elif key != "$defs" and not (key == "title" and isinstance(value, str)):
            made[key] = value if key in ("default", "examples", "const", "enum") else _inlined(value, definitions)
    return made


def _structural(schema: dict[str, Any]) -> dict[str, Any]:
    """What of a JSON schema a structural one can say.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
    """
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _structural(options[0]) | ({"nullable": True})
    if "anyOf" in schema or "oneOf" in schema or "allOf" in schema:
        return {"x-kubernetes-preserve-unknown-fields": True}
    made = {key: value for key, value in schema.items() if key not in _NOT_STRUCTURAL}
    if "const" in schema:
        made["enum"] = [schema["const"]]
    if made.get("default", 0) is None:
        del made["default"]
    if "properties" in schema:
        made["properties"] = {key: _structural(value) for key, value in schema["properties"].items()}
    elif isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _structural(schema["additionalProperties"])
    elif schema.get("type") == "object":
        made["x-kubernetes-preserve-unknown-fields"] = True
    if "items" in schema:
        made["items"] = _structural(schema["items"])
    for key in ("exclusiveMinimum", "exclusiveMaximum"):  # booleans beside the bound, in OpenAPI 3.0
        if key in made:
            made[key.removeprefix("exclusive").lower()] = made[key]
            made[key] = True
    return made


def _rows(schema: dict[str, Any], above: str) -> Iterator[tuple[str, str, str, str]]:
    for key, value in schema.get("properties", {}).items():
        path = f"{above}{key}"
        default = "required" if key in schema.get("required", ()) else rendering.flow(value.get("default"))
        yield (
            path,
            _type(value).replace("|", "\\|"),
            default if default == "required" else f"`{default}`",
            value.get("description", "").replace("\n", " ").replace("|", "\\|"),
        )
        yield from _rows(value, f"{path}.")
        if isinstance(value.get("items"), dict):
            yield from _rows(value["items"], f"{path}[].")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{rendering.flow(value)}`" for value in schema.get("enum") or [schema["const"]])
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"] if option.get("type") != "null")
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


def _yaml(data: dict[str, Any]) -> str:
    from krmfn.sdk.changes import plain

    return "".join(f"{line}\n" for line in rendering.block(plain(data, has_literals=True)))
