"""Render new values as YAML."""

import json
import math
import re
from typing import Any

from krmfn.splice.nodes import is_no_string, needs_quotes

# Allowed in JSON strings, but not in YAML.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")

# A plain scalar everywhere, including flow style, for every parser: no indicators, no comma, no bracket.
_SAFE = re.compile(
    r"(?:[A-Za-z0-9_/.]|--?(?=[A-Za-z]))(?: ?[A-Za-z0-9_/.%=+~^$();<>|'\"\\-]|[?&*!#@]|:(?=[A-Za-z0-9_/.]))*", re.ASCII
)


class Sparing(str):
    """A string that is written without quotes unless a parser needs them: `nginx:1.25`, `50%`, `a b`.

    Other strings get quotes if they have more than letters, digits, and a few signs.
    """

    __slots__ = ()


class Literal(Sparing):
    """The same; in block style a string of several lines is written as a literal (`|`)."""

    __slots__ = ()


def scalar(value: object, quote: str = "") -> str:
    """A scalar in the given quotes (`"`, `'` or none), or in double quotes if it needs some to stay a string."""
    if value is None or isinstance(value, (int, float)):
        return _no_string(value)
    text = str(value)
    if quote == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if quote or (needs_quotes(text) and not (isinstance(value, Sparing) and _is_safe(text))):
        return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
    return text


def _no_string(value: int | float | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _float(value) if isinstance(value, float) else str(value)


def _is_safe(text: str) -> bool:
    """Whether every parser reads the plain scalar as this string, in block and flow style."""
    return bool(_SAFE.fullmatch(text)) and not text.startswith("...") and not is_no_string(text)


def _float(value: float) -> str:
    """A float that YAML 1.1, YAML 1.2 and JSON read; raise `ValueError` for infinity and NaN."""
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written to a manifest")
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    return text if "." in mantissa or not exponent else f"{mantissa}.0e{power}"


def literal(value: object) -> list[str] | None:
    """The lines of a string in literal style, beginning with its `|`; None for other values."""
    if not isinstance(value, Literal) or "\n" not in value:
        return None
    lines = value.split("\n")
    ends = lines[-1] == "" and len(lines) > 1
    lines = lines[:-1] if ends else lines
    is_simple = lines[0] and lines[-1] and all(line.isprintable() and line == line.rstrip() for line in lines)
    if not is_simple or value.startswith((" ", "#")) or _ESCAPED.search(value):
        return None
    return ["|" if ends else "|-", *(f"  {line}" if line else "" for line in lines)]


def flow(value: object, quote: str = "", compact: bool = False) -> str:
    """Plain data on one line: `[{name: regcred}]`; with `quote` around keys and strings, `compact` without blanks."""
    comma, colon = (",", ":") if compact else (", ", ": ")
    if isinstance(value, dict):
        pairs = [scalar(key, quote) + colon + flow(in_flow(item), quote, compact) for key, item in value.items()]
        return "{" + comma.join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + comma.join(flow(in_flow(item), quote, compact) for item in value) + "]"
    return scalar(value, quote)


def in_flow(value: Any) -> Any:
    """The value for flow style, in which a `?` ends a word for some parsers."""
    return str(value) if isinstance(value, Sparing) and "?" in value else value


def block(value: object, dash_indent: int = 0) -> list[str]:
    """Plain data as lines of block YAML; `dash_indent` is the indent of lists relative to their key."""
    if value in ({}, [], ()):
        return [flow(value)]
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _block_entry(key, item, dash_indent)]
    if isinstance(value, (list, tuple)):
        lines = []
        for item in value:
            first, *rest = block_item(item, dash_indent)
            lines += [f"- {first}", *_indented(rest, 2)]
        return lines
    return literal(value) or [scalar(value)]


def block_item(value: object, dash_indent: int = 0) -> list[str]:
    """Plain data as the lines after a dash."""
    if text := literal(value):
        return [text[0], *(line[2:] for line in text[1:])]
    return block(value, dash_indent)


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _block_entry(key: str, value: Any, dash_indent: int) -> list[str]:
    if isinstance(value, str) and not isinstance(value, Sparing):
        return [f"{scalar(key)}: {scalar(value)}"]
    if not value or not isinstance(value, (dict, list, tuple)):
        first, *rest = literal(value) or [flow(value)]
        return [f"{scalar(key)}: {first}", *rest]
    indent = 2 if isinstance(value, dict) else dash_indent
    return [f"{scalar(key)}:", *_indented(block(value, dash_indent), indent)]
