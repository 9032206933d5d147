"""What Kubernetes' parsers read of an edited text: what they read before, and what PyYAML sees that the edits changed.

The laws hold the output against the announced changes, as PyYAML reads both. Here the difference that PyYAML sees is
put into what another parser reads of the input, and has to give what that parser reads of the output.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import laws
import yaml

_SEPARATOR = re.compile(r"^(?=\ufeff?---(?:\s|\Z))", re.MULTILINE)
_GONE = "a key or an item is gone"

Path = tuple[str | int, ...]


class Pair(NamedTuple):
    """A document before and after; empty before where it is new."""

    before: str
    after: str


def edited_documents(before: str, after: str) -> list[Pair]:
    """The documents that differ, cut as Kubernetes' programs cut them: at lines that begin with `---`."""
    cut = (_documents(before), _documents(after))
    return [Pair(old, new) for old, new in zip_longest(*cut, fillvalue="") if old != new]


def _documents(text: str) -> list[str]:
    return [part for part in _SEPARATOR.split(text) if part.strip("\ufeff \t\r\n")]


def objection(pair: Pair, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """What is wrong with the readings of a pair by one parser, as `kubernetes.read_yaml` has them; None if nothing.

    A text that the parser, or PyYAML, does not read before the edits says nothing about them; likewise one that is a
    mapping only for PyYAML, as some are that begin with `[]: a`.
    """
    if pair.before and (before.get("error") or not _is_read(pair.before)):
        return None
    if pair.before and isinstance(_first(pair.before), dict) and not isinstance(before.get("value"), dict):
        return None
    if after.get("error"):
        return f"does not read the output: {after['error']}"
    try:
        expected = before.get("value") if pair.before else None
        for path, value in differences(pair):
            expected = _put(expected, path, value)
    except (LookupError, TypeError, yaml.YAMLError) as error:
        return f"{type(error).__name__}: {error}"
    if _text(expected) == _text(after.get("value")):
        return None
    return f"should read {_text(expected)}, and reads {_text(after.get('value'))}"


def _is_read(text: str) -> bool:
    """Whether PyYAML reads a document alone, so that it was cut at the right places."""
    try:
        laws.parse(text.encode())
    except yaml.YAMLError:
        return False
    return True


def differences(pair: Pair) -> list[tuple[Path, Any]]:
    """The paths and values, as plain data, that are other or new after; of the first document of each text.

    Aliases and merges are written out, so that a change to what several places share is at all of their paths.
    """
    old, new = (_first(text) for text in pair)
    return list(_differences(old, new, ()))


def _first(text: str) -> Any:
    roots = laws.parse(text.encode()) if text else []
    return _written_out(roots[0], {}) if roots else laws.Text("null", "")


def _written_out(value: laws.Value, known: dict[int, Any]) -> Any:
    """Dicts, lists and `Text`; what is shared stays one object."""
    if isinstance(value, laws.Text):
        return value
    if id(value) not in known:
        if isinstance(value, laws.Items):
            known[id(value)] = [_written_out(item, known) for item in value.items]
        elif isinstance(value, laws.Keys):
            pairs = (*value.merged, *value.own)
            known[id(value)] = {_key(key): _written_out(inner, known) for key, inner in pairs}
    return known[id(value)]


def _key(key: laws.Value) -> str:
    return key.text if isinstance(key, laws.Text) else f"a key of type {type(key).__name__}"


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() - new.keys():
            raise LookupError(f"{_GONE} at {path}")
        for key in new:
            if key in old:
                yield from _differences(old[key], new[key], (*path, key))
            else:
                yield (*path, key), _plain(new[key])
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) > len(new):
            raise LookupError(f"{_GONE} at {path}")
        for i, item in enumerate(new):
            if i < len(old):
                yield from _differences(old[i], item, (*path, i))
            else:
                yield (*path, i), _plain(item)
    elif old != new:
        yield path, _plain(new)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value.tag in ("null", "bool", "int"):
        return yaml.safe_load(value.text)
    return value.text


def _put(data: Any, path: Path, value: Any) -> Any:
    """The data with another value at a path; what is on the way is copied."""
    if not path:
        return value
    step, *rest = path
    if isinstance(data, dict):
        # The judge writes `!int 1` for a key that is a number.
        own = next((key for key in data if key.startswith("!") and key.partition(" ")[2] == step), step)
        return {**data, own: _put(data[own] if rest else data.get(own), tuple(rest), value)}
    if not isinstance(data, Sequence) or isinstance(data, str) or not isinstance(step, int):
        raise TypeError(f"nothing has a place for {path}")
    if step == len(data) and not rest:
        return [*data, value]
    return [_put(item, tuple(rest), value) if i == step else item for i, item in enumerate(data)]


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False)
