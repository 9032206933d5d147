"""New text for new values: the little YAML that krmfn writes itself."""

import json
import re
from typing import Any

from krmfn.splice.nodes import needs_quotes

# Printable in JSON, but not in YAML.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def scalar(value: object, quote: str = "") -> str:
    """A scalar in the given quotes (`"`, `'` or none), in double quotes when it needs some to stay a string."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if quote == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if quote or needs_quotes(text):
        return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
    return text


def flow(value: object, quote: str = "", compact: bool = False) -> str:
    """Plain data on one line: `[{name: regcred}]`; with `quote` around keys and strings, `compact` without blanks."""
    comma, colon = (",", ":") if compact else (", ", ": ")
    if isinstance(value, dict):
        pairs = [scalar(key, quote) + colon + flow(item, quote, compact) for key, item in value.items()]
        return "{" + comma.join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + comma.join(flow(item, quote, compact) for item in value) + "]"
    return scalar(value, quote)


def block(value: object, dash_indent: int = 0) -> list[str]:
    """Plain data as lines of block YAML; `dash_indent` is how far lists stand in from their key."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _block_entry(key, item, dash_indent)]
    if isinstance(value, (list, tuple)):
        lines = []
        for item in value:
            first, *rest = block(item, dash_indent)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    return [scalar(value)]


def _block_entry(key: str, value: Any, dash_indent: int) -> list[str]:
    if not value or not isinstance(value, (dict, list, tuple)):
        return [f"{scalar(key)}: {flow(value)}"]
    indent = 2 if isinstance(value, dict) else dash_indent
    return [f"{scalar(key)}:", *(" " * indent + line for line in block(value, dash_indent))]
