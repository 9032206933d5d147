"""The JSON schema of a config with references inlined, and text values parsed by it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from krmfn.errors import InputError
from krmfn.splice import nodes, parsing

_AS_WRITTEN = ("default", "examples", "const", "enum")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model without references and titles. A recursive model becomes any mapping."""
    schema = model.model_json_schema(by_alias=True)
    inlined: dict[str, Any] = _inlined(schema, schema.get("$defs", {}), ())
    return inlined


def key_of(model: type[BaseModel], name: str) -> str:
    """The key of a model's field in its schema."""
    field = model.model_fields[name]
    first = field.validation_alias
    if first is not None and not isinstance(first, str):  # several choices, or a path
        first = next((choice for choice in getattr(first, "choices", ()) if isinstance(choice, str)), None)
    return first or field.alias or name


def options(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The alternative schemas for a value."""
    yield schema
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from options(option)


def from_text(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value of a text: lists and mappings are written as YAML, lists also with commas or line breaks."""
    types = {option.get("type") for option in options(schema)}
    if not isinstance(value, str) or types.isdisjoint({"array", "object"}):
        return value
    try:
        roots = parsing.compose(value)
        found = nodes.plain(roots[0]) if len(roots) == 1 else None
    except InputError:
        found = None
    if isinstance(found, (dict, list)):
        return found
    if "array" not in types:
        return value
    return [part.strip() for part in value.replace("\n", ",").split(",") if part.strip()]


def _inlined(schema: Any, definitions: Mapping[str, Any], around: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, definitions, around) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "$defs")}
        if reference in around:
            return {"type": "object"} | rest
        return _inlined(definitions[reference.rpartition("/")[2]] | rest, definitions, (*around, reference))
    made = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: _inlined(inner, definitions, around) for name, inner in value.items()}
        elif key != "$defs" and not (key == "title" and isinstance(value, str)):
            made[key] = value if key in _AS_WRITTEN else _inlined(value, definitions, around)
    return made
