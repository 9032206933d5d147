"""JSON values one after the other, as `jq` prints them: to YAML they would be one broken document."""

import json
import re

_NEXT = re.compile(r"[\]}]\s*(?=[\[{])")
_BLANKS = re.compile(r"\s*")
# Only where a value ends is of interest, and Python's bound on the digits of a number is none of JSON's.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def starts(text: str, position: int, stop: int) -> list[int]:
    """Where the JSON objects and arrays in a part of `text` begin, as far as it holds nothing else; none for one alone.

    The first one begins at `position`. What follows the last one found, and is no JSON, belongs to that one.
    """
    if not _NEXT.search(text, position, stop):
        return []
    found = []
    while position < stop and text[position] in "[{":
        found.append(position)
        try:
            _, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        position = _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # matches anything
    return found if len(found) > 1 else []
