"""Validation errors in the user's words: the key, what is wrong with it, and what would be accepted."""

import re
from collections.abc import Mapping
from typing import Any

from krmfn.errors import SettingsError
from krmfn.krm.config.schema import Keys, described, keys_in, keys_of
from krmfn.krm.suggestions import did_you_mean
from krmfn.splice import rendering

_CHOICE = re.compile(r"'([^']*)'|\b(True|False)\b")


def check_keys(config: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    """Raise `SettingsError` for a key that is not in `known`; `prefix` is the path of the mapping."""
    for key in config:
        if key not in known:
            raise SettingsError(unknown_key(prefix + key, known))


def unknown_key(path: str, known: tuple[str, ...]) -> str:
    """The message about an unknown key."""
    key = path.rpartition(".")[2]
    return f"unknown key `{path}`{did_you_mean(key, known)}; known are {', '.join(known)}"


def say(error: Any, where: str, root: Keys) -> str:
    """The message for one of pydantic's errors about the mapping at `where`, which has the keys `root`."""
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    value = error["input"]
    match error["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            words = unknown_key(place, keys_of(_keys_at(error["loc"][:-1], root)))
            return f"{words} (`krmfn init --output -` explains them)"
        case "missing":
            shown = rendering.flow(dict(described(_keys_at(error["loc"][:-1], root)))[error["loc"][-1]].example)
            return f"`{place}` is missing, such as `{error['loc'][-1]}: {shown}`"
        case "dataclass_type" | "dict_type":
            return f"`{place}` must be a mapping, not {value!r}"
        case "tuple_type":
            return f"`{place}` must be a list, not {value!r}"
        case "string_type":
            return f"`{place}` must be a string, not {value!r}"
        case "bool_parsing" | "bool_type":
            return f"`{place}` must be true or false, not {value!r}"
        case "literal_error":
            choices = [match[1] or match[0].lower() for match in _CHOICE.finditer(error["ctx"]["expected"])]
            return f"`{place}` is {value!r}{did_you_mean(str(value), choices)}; it must be one of {', '.join(choices)}"
        case "too_short" | "string_too_short":
            return f"`{place}` must not be empty"
        case "value_error":
            return f"`{place}`: {error['ctx']['error']}"
        case _:
            return f"`{place}`: {error['msg']}"


def _keys_at(location: tuple[int | str, ...], root: Keys) -> Keys:
    """The keys of the mapping at a location in the config."""
    keys = root
    for name in location:
        if isinstance(name, str):
            keys = keys_in(dict(described(keys))[name].schema) or keys
    return keys
