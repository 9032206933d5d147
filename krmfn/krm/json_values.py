"""Concatenated JSON values, as `jq` prints them: for YAML they would be one broken document."""

import json
import re
from typing import NamedTuple

from krmfn.errors import NotYAML

_NEXT = re.compile(r"[\]}]\s*[\[{]")
_BLANKS = re.compile(r"\s*")
# Only the end of a value matters; Python's limit on the digits of an int is not a limit of JSON.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class JSONValues(NamedTuple):
    """The starts of concatenated JSON values, and why the last one is not JSON, if so."""

    starts: tuple[int, ...] = ()
    error: NotYAML | None = None


def find(text: str, first: int, stop: int) -> JSONValues:
    """The JSON values in a part of `text`, the first one at `first`; none if there is only one."""
    # Decode the value, because a string may contain text that looks like the next value.
    end = _end(text, first) if _NEXT.search(text, first, stop) else None
    if end is None or text[end : end + 1] not in ("[", "{") or end >= stop:
        return JSONValues()
    starts = [first]
    while end < stop:
        starts.append(end)
        try:
            end = _end_of_value(text, end)
        except json.JSONDecodeError as error:
            problem = f"not JSON, though the values before it are: {error.msg}"
            return JSONValues(tuple(starts), NotYAML(problem, min(error.pos, stop)))
        except RecursionError:
            return JSONValues(tuple(starts))  # too deep; composing refuses it
    return JSONValues(tuple(starts))


def _end(text: str, start: int) -> int | None:
    try:
        return _end_of_value(text, start)
    except (json.JSONDecodeError, RecursionError):
        return None


def _end_of_value(text: str, start: int) -> int:
    """The end of a value and the blanks after it."""
    _, end = _DECODER.raw_decode(text, start)
    return _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # matches anything
