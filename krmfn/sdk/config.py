"""Function configs as pydantic models, and validation errors in the user's words."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from krmfn.errors import SettingsError
from krmfn.krm.suggestions import did_you_mean
from krmfn.sdk import schemas
from krmfn.sdk.authoring import failing_line

_C = TypeVar("_C", bound="Config")
_MAPPINGS = ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type")
_LISTS = ("list_type", "set_type", "frozen_set_type", "tuple_type")


class Config(BaseModel):
    """Base of a function's config: keys in camel case, unknown keys refused, text accepted for numbers and booleans.

    Hosts pass config values as text, and the data of a ConfigMap is always text.
    """

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True, coerce_numbers_to_str=True
    )

    @classmethod
    def of_config_map(cls, data: Mapping[str, str]) -> dict[str, Any]:
        """The config in the data of a ConfigMap, as plain data. Override it to accept another form.

        A list is written as YAML or with commas between items, a mapping as YAML. Raise `ValueError` for invalid data.
        """
        properties = schemas.schema_of(cls).get("properties", {}) if data else {}
        return {key: schemas.from_text(value, properties.get(key, {})) for key, value in data.items()}


def validated(model: type[_C], data: object, where: str) -> _C:
    """A config from plain data; raise `SettingsError` if it is invalid. `where` is the key that holds the data."""
    with _by_author(model):
        try:
            return model.model_validate(_without_nulls({} if data is None else data))
        except ValidationError as error:
            known = [schemas.key_of(model, name) for name in model.model_fields]
            raise SettingsError(_in_words(error, where, known)) from None


def accepted(given: Mapping[str, Any], model: type[_C], api_version: str, kind: str) -> _C:
    """A config from a function config, which has the function's own kind or is a ConfigMap; raise `SettingsError`."""
    return validated(model, *data_of(given, model, api_version, kind))


def data_of(given: Mapping[str, Any], model: type[Config], api_version: str, kind: str) -> tuple[Any, str]:
    """The data of a function config, and the key that holds them; raise `SettingsError`."""
    found = given.get("apiVersion"), given.get("kind")
    if found == (api_version, kind):
        if unknown := [key for key in given if key not in ("apiVersion", "kind", "metadata", "spec", "status")]:
            key = str(unknown[0])
            raise SettingsError(
                f"unknown key `{key}` in the {kind}{did_you_mean(key, ['spec'])}; settings belong in `spec`"
            )
        return given.get("spec"), "spec"
    if found == ("v1", "ConfigMap"):
        data = given.get("data") or {}
        if not isinstance(data, dict):
            raise SettingsError(f"`data` of the ConfigMap must be a mapping, not {data!r}")
        with _by_author(model):
            try:
                return model.of_config_map({k: v for k, v in data.items() if v is not None}), "data"
            except ValueError as error:
                raise SettingsError(f"`data`: {error}") from None
    described = f"apiVersion {found[0]}, kind {found[1]}" if any(found) else "neither apiVersion nor kind"
    raise SettingsError(
        f"the function config has {described}; apiVersion {api_version}, kind {kind} is expected, or a ConfigMap"
    )


def described(error: Exception) -> str:
    """An exception on one line, with its class."""
    words = _in_words(error, error.title) if isinstance(error, ValidationError) else " ".join(str(error).split())
    return f"{type(error).__name__}: {words}"


@contextmanager
def _by_author(model: type[Config]) -> Iterator[None]:
    """Turn an exception in the author's config class into a `SettingsError` that names the line."""
    try:
        yield
    except SettingsError:
        raise
    except Exception as error:
        line = failing_line(error, getattr(sys.modules.get(model.__module__), "__file__", None) or "")
        if line is None:
            raise
        raise SettingsError(f"the config failed in {line}: {described(error)}") from None


def _without_nulls(data: Any) -> Any:
    """The data without keys whose value is null: a key without a value counts as not given."""
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(item) for item in data] if isinstance(data, list) else data


def _in_words(error: ValidationError, where: str, known: Sequence[str] = ()) -> str:
    """The validation errors as one message; `where` is the key that holds the data, `known` are its keys."""
    return "; ".join(_words(item, where, known) for item in error.errors())


def _words(error: Any, where: str, keys: Sequence[str]) -> str:
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            known = keys if len(error["loc"]) == 1 else ()
            listed = f"; known are {', '.join(known)}" if known else ""
            return f"unknown key `{place}`{did_you_mean(str(error['loc'][-1]), known)}{listed}"
        case "missing":
            return f"`{place}` is missing"
        case "value_error" | "assertion_error":
            return f"`{place}`: {error['ctx']['error']}"
        case kind if kind in _MAPPINGS or kind in _LISTS:
            return f"`{place}` must be a {'mapping' if kind in _MAPPINGS else 'list'}, not {error['input']!r}"
        case _:
            message = error["msg"].removeprefix("Input ")
            return f"`{place}` {message[:1].lower()}{message[1:]}, not {error['input']!r}"
