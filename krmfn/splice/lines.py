"""Lines of a text, as YAML 1.1 breaks them: PyYAML and the parsers of Go agree on that."""

import re

_BREAKS = "\r\n\x85\u2028\u2029"
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_REST = re.compile(f"(?:[ \t]+(?:#[^{_BREAKS}]*)?)?(?=[{_BREAKS}]|\\Z)")


def line_start(text: str, position: int) -> int:
    """Where the line of `position` starts."""
    start = text.rfind("\n", 0, position) + 1
    before = text[start:position]
    if not before.strip(" "):
        return start  # so nearly always
    return start + max(before.rfind(char) for char in _BREAKS) + 1


def line_end(text: str, position: int) -> int:
    """Where the line of `position` ends, before its line break."""
    match = _BREAK.search(text, position)
    return match.start() if match else len(text)


def line_break(text: str, position: int) -> str:
    """The line break after `position`; in a last line without one, the break the text uses elsewhere."""
    match = _BREAK.search(text, position) or _BREAK.search(text)
    return match[0] if match else "\n"


def is_last_on_line(text: str, position: int) -> bool:
    """Whether only blanks and a comment follow on the line."""
    return _REST.match(text, position) is not None


def own_line_indent(text: str, position: int) -> str | None:
    """The blanks before `position` when nothing else stands before it on its line, else None."""
    indent = text[line_start(text, position) : position]
    return indent if not indent.strip(" \t") else None
