"""Fields of settings classes: pydantic's schema for the value and one description each, which the README shows too.

The classes are dataclasses, validated by pydantic's core: the model classes of pydantic cost every run more start-up
time than the whole of krmfn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, field, fields
from typing import Any, NamedTuple

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


class Key(NamedTuple):
    """A key of a mapping that stays one: the schema of its value, its description, and its default if it has one."""

    schema: Any
    description: str
    default: Any = MISSING


def mapping_of(keys: Mapping[str, Key]) -> Any:
    """The schema of a mapping with these keys and no others; the result has all that have a default."""
    fields_ = {
        name: core_schema.typed_dict_field(
            key.schema if key.default is MISSING else core_schema.with_default_schema(key.schema, default=key.default),
            required=key.default is MISSING,
        )
        for name, key in keys.items()
    }
    return core_schema.typed_dict_schema(
        fields_, config=core_schema.CoreConfig(extra_fields_behavior="forbid", coerce_numbers_to_str=True)
    )


def described(keys: type | Mapping[str, Key]) -> Iterator[tuple[str, Any, str]]:
    """The keys in the function config of a settings class or mapping, with default and description."""
    if isinstance(keys, Mapping):
        yield from ((name, key.default, key.description) for name, key in keys.items())
        return
    for f in fields(keys):
        default = f.default if f.default_factory is MISSING else f.default_factory()
        yield key_of(f.name), default, f.metadata["description"]


def keys_of(keys: type | Mapping[str, Key]) -> tuple[str, ...]:
    """The names of these keys."""
    return tuple(name for name, _, _ in described(keys))
