"""Write the edits of a text as a patch for `git apply`."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from krmfn.files import coloring
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.source import SourceText

_COLORS = {"+": 32, "-": 31, "@": 36}
_CONTEXT = 3
"""How many lines are shown around a change, as in Git."""
_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class _Hunk(NamedTuple):
    """The lines `old`, from the line `start`, counted from 0, and the lines `new` that replace them."""

    start: int
    old: list[str]
    new: list[str]

    @property
    def stop(self) -> int:
        return self.start + len(self.old)


def patch(path: str, source: SourceText, edits: Sequence[Edit]) -> bytes:
    """The patch of one file; `path` is relative to where the patch will be applied, and may have any bytes."""
    offset = int(source.bom)
    text = "\ufeff" * offset + source.text
    lines = _lines(text)
    names = [quoted(os.fsencode(f"{side}/{path}")) for side in "ab"]
    tab = "\t" if " " in path else ""  # as in Git: otherwise the name would end at the blank
    head = [f"diff --git {names[0]} {names[1]}\n", f"--- {names[0]}{tab}\n", f"+++ {names[1]}{tab}\n"]
    body: list[str] = []
    moved = 0
    for group in _grouped(_hunks(text, lines, [edit.moved(offset) for edit in sorted(edits)])):
        body += _hunk_lines(lines, group, moved)
        moved += sum(len(hunk.new) - len(hunk.old) for hunk in group)
    return "".join([*head, *body]).encode("utf-8", "surrogateescape")


def colored(patch: bytes) -> bytes:
    """A patch of one file in the colours of Git; only for people, it cannot be applied."""
    head, start, body = patch.decode("utf-8", "surrogateescape").partition("\n@@ ")
    lines = [*map(coloring.bold, head.split("\n")), *(_colored_line(line) for line in (start + body).split("\n")[1:])]
    return "\n".join(lines if start else [head]).encode("utf-8", "surrogateescape")


def _colored_line(line: str) -> str:
    color = _COLORS.get(line[:1])
    return line if color is None else coloring.colored(line, color)


def quoted(name: bytes) -> str:
    """A file name as Git reads it: in quotes and with escapes if it has special bytes or `##`.

    Git does not escape `##`, but CI agents would read a command after it.
    """
    if all(32 <= byte < 127 and byte not in _ESCAPES for byte in name) and b"##" not in name:
        return name.decode("ascii")
    return f'"{"".join(map(_escaped, name))}"'.replace("##", r"\043\043")


def _escaped(byte: int) -> str:
    return _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")


def _lines(text: str) -> list[str]:
    """The lines with their line feeds; Git knows no other line breaks."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _hunks(text: str, lines: Sequence[str], edits: Sequence[Edit]) -> Iterator[_Hunk]:
    """The hunks that edits make; edits that share a line share a hunk."""
    starts = list(accumulate(map(len, lines), initial=0))
    if not text.endswith("\n"):
        del starts[-1]  # text added at the end belongs to the last line
    together: list[Edit] = []
    for edit in edits:
        if together and _line(starts, edit.start) > _line(starts, together[-1].end):
            yield _hunk(text, starts, together)
            together = []
        together.append(edit)
    if together:
        yield _hunk(text, starts, together)


def _line(starts: Sequence[int], position: int) -> int:
    return bisect_right(starts, position) - 1


def _hunk(text: str, starts: Sequence[int], edits: Sequence[Edit]) -> _Hunk:
    first, last = _line(starts, edits[0].start), _line(starts, edits[-1].end)
    begin, stop = starts[first], starts[last + 1] if last + 1 < len(starts) else len(text)
    before = text[begin:stop]
    old, new = _lines(before), _lines(apply_edits(before, [edit.moved(-begin) for edit in edits]))
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    old, new = old[same:], new[same:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return _Hunk(first + same, old, new)


def _grouped(hunks: Iterator[_Hunk]) -> Iterator[list[_Hunk]]:
    """Groups of hunks whose lines of context meet."""
    group: list[_Hunk] = []
    for hunk in hunks:
        if group and hunk.start - group[-1].stop > 2 * _CONTEXT:
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _hunk_lines(lines: Sequence[str], group: Sequence[_Hunk], moved: int) -> Iterator[str]:
    """The lines of a patch for one group; `moved` is the number of lines that earlier groups added."""
    start, stop = max(group[0].start - _CONTEXT, 0), min(group[-1].stop + _CONTEXT, len(lines))
    new = stop - start + sum(len(hunk.new) - len(hunk.old) for hunk in group)
    yield f"@@ -{_range(start, stop - start)} +{_range(start + moved, new)} @@\n"
    position = start
    for hunk in group:
        yield from _marked(" ", lines[position : hunk.start])
        yield from _marked("-", hunk.old)
        yield from _marked("+", hunk.new)
        position = hunk.stop
    yield from _marked(" ", lines[position:stop])


def _range(start: int, length: int) -> str:
    """A range of lines, counted from 1; an empty range has the number of the line before it."""
    return f"{start + (length > 0)},{length}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
