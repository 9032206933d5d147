"""Fields of settings classes: pydantic's schema for the value and one description each, which the README shows too.

The classes are dataclasses, validated by pydantic's core: the model classes of pydantic cost every run more start-up
time than the whole of krmfn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, field, fields
from typing import Any, NamedTuple

from pydantic_core import core_schema


def key(schema: Any, description: str, example: Any = None, **default: Any) -> Any:
    """A field of a settings class: pydantic's schema for its value, its description, and a value to show if any."""
    if default:
        schema = core_schema.with_default_schema(schema, **default)
    return field(metadata={"schema": schema, "description": description, "example": example}, **default)


def mapping(cls: type) -> Any:
    """The schema of a settings class: a mapping with the keys of its fields, in camel case, and no others."""
    keys = [
        core_schema.dataclass_field(
            f.name,
            f.metadata["schema"],
            validation_alias=key_of(f.name),
            kw_only=True,
            metadata=in_json_schema(description=f.metadata["description"], **_examples(f.metadata["example"])),
        )
        for f in fields(cls)
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, keys),
        [f.name for f in fields(cls)],
        config=core_schema.CoreConfig(extra_fields_behavior="forbid", coerce_numbers_to_str=True),
    )


def in_json_schema(**keywords: Any) -> dict[str, Any]:
    """Metadata of a schema: what its JSON schema says beside what pydantic knows."""
    return {"pydantic_js_updates": keywords}


def _examples(example: Any) -> dict[str, Any]:
    return {} if example is None else {"examples": [example]}


def matching(check: Any, pattern: str, **keywords: Any) -> Any:
    """The schema of a text that `check` takes or refuses; `pattern` and `keywords` tell JSON schema's readers of it."""
    metadata = in_json_schema(pattern=f"^(?:{pattern})$", **keywords)
    return core_schema.no_info_after_validator_function(check, TEXT, metadata=metadata)


def key_of(name: str) -> str:
    """The key in the function config for a field: `pullSecrets` for `pull_secrets`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def list_of(schema: Any, min_length: int = 0) -> Any:
    """The schema of a list, which becomes a tuple."""
    return core_schema.tuple_schema([schema], variadic_item_index=0, min_length=min_length or None)


TEXT = core_schema.str_schema()
TEXTS = core_schema.dict_schema(TEXT, TEXT)


_KEYS = "keys"
"""In the metadata of a mapping that stays one: its keys."""


class Key(NamedTuple):
    """A key of a mapping that stays one: its value's schema, description, default and a value to show, if any."""

    schema: Any
    description: str
    default: Any = MISSING
    example: Any = None


def mapping_of(keys: Mapping[str, Key]) -> Any:
    """The schema of a mapping with these keys and no others; the result has all that have a default."""
    fields_ = {
        name: core_schema.typed_dict_field(
            key.schema if key.default is MISSING else core_schema.with_default_schema(key.schema, default=key.default),
            required=key.default is MISSING,
            metadata=in_json_schema(description=key.description, **_examples(key.example)),
        )
        for name, key in keys.items()
    }
    return core_schema.typed_dict_schema(
        fields_,
        config=core_schema.CoreConfig(extra_fields_behavior="forbid", coerce_numbers_to_str=True),
        metadata={_KEYS: keys},
    )


Keys = type | Mapping[str, Key]
"""The keys of a mapping in the function config: a settings class, or a mapping that stays one."""


def keys_in(schema: Any) -> Keys | None:
    """The keys of the mapping, or of the mappings in the list, that a schema describes; None for anything else."""
    if schema["type"] == "dataclass":
        found: Keys = schema["cls"]
        return found
    if schema["type"] == "typed-dict":
        return schema["metadata"][_KEYS]  # type: ignore[no-any-return]
    inner = [schema[key] for key in ("schema",) if key in schema] + list(schema.get("items_schema", ()))
    return next((keys for part in inner if (keys := keys_in(part))), None)


def described(keys: Keys) -> Iterator[tuple[str, Key]]:
    """The keys in the function config of a settings class or mapping, each with what there is to know of it."""
    if isinstance(keys, Mapping):
        yield from keys.items()
        return
    for f in fields(keys):
        default = f.default if f.default_factory is MISSING else f.default_factory()
        yield key_of(f.name), Key(f.metadata["schema"], f.metadata["description"], default, f.metadata["example"])


def keys_of(keys: Keys) -> tuple[str, ...]:
    """The names of these keys."""
    return tuple(name for name, _ in described(keys))
