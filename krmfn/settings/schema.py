"""Fields of settings classes: pydantic's schema for the value and one description each, which the README shows too.

The classes are dataclasses, validated by pydantic's core: the model classes of pydantic cost every run more start-up
time than the whole of krmfn.
"""

from dataclasses import field, fields
from typing import Any

from pydantic_core import core_schema


def key(schema: Any, description: str, **default: Any) -> Any:
    """A field of a settings class: pydantic's schema for its value, and its description."""
    if default:
        schema = core_schema.with_default_schema(schema, **default)
    return field(metadata={"schema": schema, "description": description}, **default)


def mapping(cls: type) -> Any:
    """The schema of a settings class: a mapping with the keys of its fields, in camel case, and no others."""
    keys = [
        core_schema.dataclass_field(f.name, f.metadata["schema"], validation_alias=key_of(f.name), kw_only=True)
        for f in fields(cls)
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, keys),
        [f.name for f in fields(cls)],
        config=core_schema.CoreConfig(extra_fields_behavior="forbid", coerce_numbers_to_str=True),
    )


def key_of(name: str) -> str:
    """The key in the function config for a field: `pullSecrets` for `pull_secrets`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def list_of(schema: Any, min_length: int = 0) -> Any:
    """The schema of a list, which becomes a tuple."""
    return core_schema.tuple_schema([schema], variadic_item_index=0, min_length=min_length)


TEXT = core_schema.str_schema()
TEXTS = core_schema.dict_schema(TEXT, TEXT)


def keys_of(cls: type) -> tuple[str, ...]:
    """The keys in the function config for the fields of a settings class."""
    return tuple(key_of(f.name) for f in fields(cls))
