"""JSON, read as Go's `encoding/json` reads it into structs; error messages quote no part of the text."""

import json
import re
from typing import Any

from krmfn.errors import InputError

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Object(tuple[tuple[str, Any], ...]):
    """The keys and values of a JSON object, in order; keys may be duplicate."""

    __slots__ = ()


def load(text: str) -> Any:
    """The value of a JSON text, with objects as `Object`; raise `InputError` with line and column."""
    try:
        return json.loads(text, object_pairs_hook=Object, parse_int=float, parse_constant=_no_json)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
    except ValueError:
        place = "it has NaN or Infinity"
    except RecursionError:
        raise InputError("is JSON that is nested too deeply") from None
    raise InputError(f"is not JSON ({place})")


def _no_json(_: str) -> Any:
    raise ValueError


def entries(holder: Object, name: str) -> dict[str, Any]:
    """The object at a key of any case; empty if it is missing or null; raise `InputError` for other values."""
    found: dict[str, Any] = {}
    for value in _values(holder, name):
        if isinstance(value, Object):
            found |= {clean(key): item for key, item in value}
        elif value is None:
            found = {}
        else:
            raise InputError(f"`{name}` must be an object")
    return found


def text(holder: Object, name: str) -> str:
    """The string at a key of any case; empty if it is missing or null; raise `InputError` for other values."""
    found = ""
    for value in _values(holder, name):
        if not isinstance(value, str | None):
            raise InputError(f"`{name}` must be a string")
        found = found if value is None else clean(value)
    return found


def clean(string: str) -> str:
    """The string with each lone surrogate replaced by the replacement character, as Go does."""
    return _LONE_SURROGATE.sub("\ufffd", string)


def _values(holder: Object, name: str) -> list[Any]:
    return [value for key, value in holder if key.lower() == name.lower()]
