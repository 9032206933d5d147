"""The settings as a JSON schema, which pydantic makes from the schema that validates them."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from krmfn.imagepull.settings import API_VERSION, KIND, SCHEMA

_DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that yaml-language-server, and so most editors, support fully."""


def image_pull() -> str:
    """The JSON schema of an ImagePull, as text."""
    schema = {
        "$schema": _DRAFT,
        "title": KIND,
        "description": "Settings of krmfn.",
        "type": "object",
        "additionalProperties": False,
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "metadata": {"type": "object", "description": "Name and annotations, which hosts read and krmfn does not."},
            "spec": spec(),
        },
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def spec() -> dict[str, Any]:
    """The JSON schema of `spec`, without references and titles."""
    return _Generator().generate(SCHEMA)


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, without the titles that it makes from names."""

    # The default of a mapping cannot be serialized; its keys have their own defaults.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """The schema of a mapping, without a title and description: the key of the mapping has them."""
        return {**self.generate_inner(schema["schema"]), "additionalProperties": False}

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        """The schema of a mapping. Before 2.12, pydantic does not forbid other keys by itself."""
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """The schema of a value with a default; a default of null is left out."""
        made = super().default_schema(schema)
        return {key: value for key, value in made.items() if key != "default" or value is not None}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Always False: no field gets a title."""
        return False
