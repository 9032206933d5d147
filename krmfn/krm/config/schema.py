"""Fields of settings classes: a pydantic schema for the value, and a description, which the docs show too.

pydantic's core validates the classes. Its schemas are plain data
(https://docs.pydantic.dev/latest/api/pydantic_core_schema) and written here as such: importing pydantic's builders
takes longer than any module of krmfn, and most runs validate nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, NoReturn, Self, dataclass_transform

MISSING: Any = object()
"""The default of a key that has none."""


class Key(NamedTuple):
    """A key of a mapping: the schema of its value, description, default and an optional example value."""

    schema: Any
    description: str
    default: Any = MISSING
    example: Any = None


def key(schema: Any, description: str, example: Any = None, *, default: Any = MISSING) -> Any:
    """A field of a settings class: the pydantic schema of its value, description, and an optional example value."""
    return Key(schema, description, default, example)


@dataclass_transform(frozen_default=True, field_specifiers=(key,))
class Section:
    """Base of immutable settings classes; the fields of a class are the keys of a mapping in the function config.

    It replaces `dataclasses`, whose import takes too long in a cold start.
    """

    keys: ClassVar[dict[str, Key]] = {}
    """The fields, by name."""

    def __init_subclass__(cls) -> None:
        cls.keys = {name: value for name, value in vars(cls).items() if isinstance(value, Key)}
        for name in cls.keys:
            delattr(cls, name)

    def __init__(self, *values: Any, **named: Any) -> None:
        by_position = dict(zip(self.keys, values, strict=False))
        if twice := named.keys() & by_position.keys():
            raise TypeError(f"{type(self).__name__} got {', '.join(sorted(twice))} twice")
        named |= by_position
        for name, key in self.keys.items():
            if name not in named and key.default is MISSING:
                raise TypeError(f"{type(self).__name__} needs {name}")
        if len(values) > len(self.keys) or not named.keys() <= self.keys.keys():
            raise TypeError(f"{type(self).__name__} has {', '.join(self.keys)}")
        self.__dict__.update({name: named.get(name, key.default) for name, key in self.keys.items()})

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot change: {name}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(self._values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self.keys, self._values(), strict=True))
        return f"{type(self).__name__}({fields})"

    def _values(self) -> list[Any]:
        return [self.__dict__[name] for name in self.keys]

    def replaced(self, **values: Any) -> Self:
        """A copy with other values for some fields."""
        return type(self)(**dict(zip(self.keys, self._values(), strict=True)) | values)


def mapping(cls: type[Section]) -> Any:
    """The schema of a settings class: a mapping with the keys of its fields, in camel case, and no others."""
    keys = [
        {
            "type": "dataclass-field",
            "name": name,
            "schema": _with_default(key),
            "kw_only": True,
            "validation_alias": key_of(name),
            "metadata": in_json_schema(description=key.description, **_examples(key.example)),
        }
        for name, key in cls.keys.items()
    ]
    return {
        "type": "dataclass",
        "cls": cls,
        "fields": [*cls.keys],
        "schema": {"type": "dataclass-args", "dataclass_name": cls.__name__, "fields": keys},
        "config": _CONFIG,
    }


def in_json_schema(**keywords: Any) -> dict[str, Any]:
    """Metadata of a schema: keywords for its JSON schema that pydantic cannot express."""
    return {"pydantic_js_updates": keywords}


def _examples(example: Any) -> dict[str, Any]:
    return {} if example is None else {"examples": [example]}


def matching(check: Any, pattern: str, **keywords: Any) -> Any:
    """The schema of a string that `check` accepts or refuses; `pattern` and `keywords` are for its JSON schema."""
    return after(check, TEXT, pattern=f"^(?:{pattern})$", **keywords)


def key_of(name: str) -> str:
    """The key in the function config for a field: `pullSecrets` for `pull_secrets`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def list_of(schema: Any, min_length: int = 0) -> Any:
    """The schema of a list, which becomes a tuple."""
    bound = {"min_length": min_length} if min_length else {}
    return {"type": "tuple", "items_schema": [schema], "variadic_item_index": 0, **bound}


def one_of(choices: Sequence[str]) -> Any:
    """The schema of a string that is one of these, in any case; accepts False for `Off`, which hosts may convert."""
    by_text = {choice.lower(): choice for choice in choices}
    by_text |= {"false": by_text["off"]} if "off" in by_text else {}

    def read(value: object) -> object:
        return by_text.get(str(value).lower(), value)

    return before(read, {"type": "literal", "expected": [*choices]})


def boolean_or(words: Sequence[str]) -> Any:
    """The schema of a boolean or one of some words, both also as text in any case."""
    by_text = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False) | {word.lower(): word for word in words}

    def read(value: object) -> object:
        return by_text.get(str(value).lower(), value)

    return {
        "type": "function-before",
        "function": {"type": "no-info", "function": read},
        "schema": {"type": "literal", "expected": [True, False, *words]},
        "json_schema_input_schema": {"type": "union", "choices": [BOOLEAN, one_of(words)]},
    }


def after(check: Callable[[Any], Any], schema: Any, **keywords: Any) -> Any:
    """The schema of a value that `check` converts after validation, or refuses with `ValueError`."""
    told = {"metadata": in_json_schema(**keywords)} if keywords else {}
    return {"type": "function-after", "function": {"type": "no-info", "function": check}, "schema": schema, **told}


def before(change: Callable[[Any], Any], schema: Any, *also: Any) -> Any:
    """The schema of a value that `change` converts before validation; `also`: further schemas before the conversion."""
    told = {"json_schema_input_schema": {"type": "union", "choices": [*also, schema]}} if also else {}
    return {"type": "function-before", "function": {"type": "no-info", "function": change}, "schema": schema, **told}


TEXT = {"type": "str"}
SOME_TEXT = {"type": "str", "min_length": 1}
TEXTS = {"type": "dict", "keys_schema": TEXT, "values_schema": TEXT}
BOOLEAN = {"type": "bool"}
# The texts that pydantic accepts as booleans.
_TRUE, _FALSE = ("true", "t", "yes", "y", "on", "1"), ("false", "f", "no", "n", "off", "0")
_CONFIG = {"extra_fields_behavior": "forbid", "coerce_numbers_to_str": True}


_KEYS = "keys"
"""The metadata key for the keys of a mapping that is validated as a plain dict."""


def mapping_of(keys: Mapping[str, Key]) -> Any:
    """The schema of a mapping with only these keys; the result includes keys that have a default."""
    fields_ = {
        name: {
            "type": "typed-dict-field",
            "schema": _with_default(key),
            "required": key.default is MISSING,
            "metadata": in_json_schema(description=key.description, **_examples(key.example)),
        }
        for name, key in keys.items()
    }
    return {"type": "typed-dict", "fields": fields_, "metadata": {_KEYS: keys}, "config": _CONFIG}


def _with_default(key: Key) -> Any:
    return key.schema if key.default is MISSING else {"type": "default", "schema": key.schema, "default": key.default}


Keys = type[Section] | Mapping[str, Key]
"""The keys of a mapping in the function config: a settings class, or a dict of keys."""


def keys_in(schema: Any) -> Keys | None:
    """The keys of the mapping, or of the list of mappings, that a schema describes; None for other schemas."""
    if schema["type"] == "dataclass":
        found: Keys = schema["cls"]
        return found
    if schema["type"] == "typed-dict":
        return schema["metadata"][_KEYS]  # type: ignore[no-any-return]
    inner = [schema[key] for key in ("schema",) if key in schema] + list(schema.get("items_schema", ()))
    return next((keys for part in inner if (keys := keys_in(part))), None)


def described(keys: Keys) -> Iterator[tuple[str, Key]]:
    """The keys in the function config of a settings class or mapping, each with its `Key`."""
    if isinstance(keys, Mapping):
        yield from keys.items()
        return
    yield from ((key_of(name), key) for name, key in keys.keys.items())


def keys_of(keys: Keys) -> tuple[str, ...]:
    """The names of the keys."""
    return tuple(name for name, _ in described(keys))
