"""Text in a scalar, such as YAML in a literal block, and the position of each of its characters in the outer text.

Edits of the inner text become edits of the outer text, in the style of the scalar: lines get its indent, quotes and
backslashes are escaped. A scalar is accepted only if this module reads the same value as the parser, and edits are
accepted only if reading the edited scalar gives the edited text.
"""

import json
import re
from array import array
from collections.abc import Iterable, Sequence

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.nodes import ScalarNode

_LITERAL_HEAD = re.compile(r"\|[1-9]?([+-]?)[1-9]?[ \t]*(?:#[^\r\n]*)?(\r?\n)")
_LINE = re.compile(r"([^\r\n]*)(\r?\n|\Z)")
_OTHER_BREAKS = re.compile(r"\r(?!\n)|[\x85\u2028\u2029]")
_IN_DOUBLE_QUOTES = re.compile(
    r'\\(?:(["\\/abtnvfre0N_LP \t])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))'
    r'|[^\\\r\n\x85\u2028\u2029"]'
)
_ESCAPES = dict(zip('"\\/abtnvfre0N_LP \t', '"\\/\a\b\t\n\v\f\r\x1b\0\x85\xa0\u2028\u2029 \t', strict=True))
_IN_SINGLE_QUOTES = re.compile(r"''|[^'\r\n\x85\u2028\u2029]")

_BREAK_OF_YAML = re.compile(r"[\x85\u2028\u2029]")  # JSON reads them as letters


class InnerText:
    """The text in a scalar.

    Attributes:
        value: the inner text.
    """

    def __init__(self, outer: str, node: ScalarNode) -> None:
        """`outer` is the text that the marks of the node refer to; raise `Unplaceable` for unsupported styles."""
        self._start, end = nodes.start(node), nodes.end(node)
        self._raw = outer[self._start : end]
        self.value: str = node.value
        read = _read(self._raw)
        if not self.value.strip():
            raise Unplaceable("an empty text is not edited")
        if read is None or read[0] != self.value:
            raise Unplaceable(f"text in {_style(node)} is not edited")
        self._places = read[1]
        head = _LITERAL_HEAD.match(self._raw)
        self._break = head[2] if head else "\n"
        self._indent = _indent(self._raw) if head else 0

    def position(self, inner: int) -> int:
        """A position in the inner text as a position in the outer text."""
        return self._start + self._places[inner]

    def edits(self, inner: Iterable[Edit]) -> tuple[Edit, ...]:
        """Edits of the inner text as edits of the outer text; raise `Unplaceable` if the style cannot hold them."""
        inner = tuple(inner)
        made = [self._edit(edit) for edit in inner]
        raw = apply_edits(self._raw, made)
        read = _read(raw)
        is_line = raw.endswith("\n") == self._raw.endswith("\n")
        if read is None or read[0] != apply_edits(self.value, inner) or not is_line:
            raise Unplaceable("the text around cannot hold the edited one in the same style")
        return tuple(edit.moved(self._start) for edit in made)

    def _edit(self, edit: Edit) -> Edit:
        start, end = self._places[edit.start], self._places[edit.end]
        if self._raw[0] == "'":
            return Edit(start, end, edit.text.replace("'", "''"))
        if self._raw[0] == '"':
            return Edit(start, end, _BREAK_OF_YAML.sub(_escaped, json.dumps(edit.text, ensure_ascii=False)[1:-1]))
        lines = edit.text.split("\n")
        indent = " " * self._indent
        is_at_line_start = edit.start == 0 or self.value[edit.start - 1] == "\n"
        if edit.start == edit.end and is_at_line_start and lines[-1] == "":
            # Insert whole lines before the indent of the next line, which the end of the text does not have.
            start = end = self._raw.rfind("\n", 0, start) + 1
            return Edit(start, end, "".join(f"{indent if line else ''}{line}{self._break}" for line in lines[:-1]))
        first, *rest = lines
        if first and is_at_line_start:  # blank lines need no indent
            first = indent[start - self._raw.rfind("\n", 0, start) - 1 :] + first
        return Edit(start, end, first + "".join(f"{self._break}{indent if line else ''}{line}" for line in rest))


def _read(raw: str) -> tuple[str, Sequence[int]] | None:
    """The text in a scalar, and the position of each of its characters and of the end; None for other styles."""
    if raw[:1] == "|":
        return _read_literal(raw)
    if raw[:1] in ("'", '"') and raw[-1:] == raw[:1] and len(raw) > 1:
        return _read_quoted(raw, _IN_SINGLE_QUOTES if raw[0] == "'" else _IN_DOUBLE_QUOTES)
    return None


def _read_quoted(raw: str, pattern: re.Pattern[str]) -> tuple[str, Sequence[int]] | None:
    """A quoted scalar on one line."""
    characters: list[str] = []
    places = array("L")
    position = 1
    while position < len(raw) - 1:
        match = pattern.match(raw, position, len(raw) - 1)
        if match is None:
            return None
        characters.append(_character(match))
        places.append(position)
        position = match.end()
    places.append(position)
    return "".join(characters), places


def _character(match: re.Match[str]) -> str:
    if match.lastindex is None:  # not an escape in double quotes
        return "'" if match[0] == "''" else match[0]
    return _ESCAPES[match[1]] if match[1] else chr(int(match[2] or match[3] or match[4], 16))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _read_literal(raw: str) -> tuple[str, Sequence[int]] | None:
    """A literal block: its lines without their indent."""
    head = _LITERAL_HEAD.match(raw)
    if head is None or _OTHER_BREAKS.search(raw):
        return None
    indent = _indent(raw)
    text, places, ends = "", array("L"), array("L", [head.end()])
    for line in _LINE.finditer(raw, head.end()):
        content = line[1]
        if content[:indent].strip(" "):
            break  # less indented: a comment after the block
        begin = line.start() + min(indent, len(content))
        text += raw[begin : line.end(1)] + "\n" * bool(line[2])
        places.extend(range(begin, line.end(1) + bool(line[2])))
        ends.extend(range(begin + 1, line.end(1) + 1))
        if line[2]:
            ends.append(line.end())
    length = len(text.rstrip("\n"))
    if head[1] == "+":
        length = len(text)
    elif not head[1] and 0 < length < len(text):
        length += 1
    del places[length:]
    places.append(ends[length])
    return text[:length], places


def _indent(raw: str) -> int:
    """The indent of the lines of a literal block."""
    head = _LITERAL_HEAD.match(raw)
    lines = raw[head.end() :].splitlines() if head else []
    first = next((line for line in lines if line.strip(" ")), "")
    return len(first) - len(first.lstrip(" "))


def _style(node: ScalarNode) -> str:
    quotes = "quotes over several lines"
    names = {">": "a folded block", "|": "this literal block", "'": quotes, '"': quotes}
    return names.get(node.style or "", "this style of scalar")
