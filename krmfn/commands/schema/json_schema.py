"""The settings as JSON schema, made by pydantic from what validates them."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from krmfn.imagepull.settings import API_VERSION, KIND, SCHEMA

_DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest that yaml-language-server, and so most editors, know in full."""


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
    """The JSON schema of `spec`: no references, no titles."""
    return _Generator().generate(SCHEMA)


class _Generator(GenerateJsonSchema):
    """Pydantic's own, without the titles it makes of names."""

    # The default of a mapping with keys of its own: these have theirs.
    ignored_warning_kinds = GenerateJsonSchema.ignored_warning_kinds | {"non-serializable-default"}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """A mapping, which has no title and description but those of the key that leads to it."""
        return {**self.generate_inner(schema["schema"]), "additionalProperties": False}

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        """A mapping too; before 2.12 pydantic does not say of it that it has no other keys."""
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """No default where it would be null: then none is written."""
        made = super().default_schema(schema)
        return {key: value for key, value in made.items() if key != "default" or value is not None}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False
