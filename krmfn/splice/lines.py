"""Lines of a text, with the line breaks of YAML 1.1, on which PyYAML and the parsers of Go agree."""

import re

_BREAKS = "\r\n\x85\u2028\u2029"
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_REST = re.compile(f"(?:[ \t]+(?:#[^{_BREAKS}]*)?)?(?=[{_BREAKS}]|\\Z)")


def line_start(text: str, position: int) -> int:
    """The start of the line of `position`."""
    start = text.rfind("\n", 0, position) + 1
    before = text[start:position]
    if not before.strip(" "):
        return start  # the usual case
    return start + max(before.rfind(char) for char in _BREAKS) + 1


def line_end(text: str, position: int) -> int:
    """The end of the line of `position`, before its line break."""
    match = _BREAK.search(text, position)
    return match.start() if match else len(text)


def line_break(text: str, position: int) -> str:
    """The line break after `position`; for a last line without one, the break that the text uses elsewhere."""
    match = _BREAK.search(text, position) or _BREAK.search(text)
    return match[0] if match else "\n"


def is_last_on_line(text: str, position: int) -> bool:
    """Whether only blanks and a comment follow on the line."""
    return _REST.match(text, position) is not None


def own_line_indent(text: str, position: int) -> str | None:
    """The blanks before `position` if its line has nothing else before it, else None."""
    indent = text[line_start(text, position) : position]
    return indent if not indent.strip(" \t") else None
