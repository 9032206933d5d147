"""Remove keys with their values from a mapping, and items from a list: lines in block style, else up to commas."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from krmfn.errors import Unplaceable
from krmfn.splice import nodes
from krmfn.splice.changes import RemoveEntries
from krmfn.splice.edits import Edit
from krmfn.splice.lines import is_last_on_line, line_break, line_end, line_start, own_line_indent
from krmfn.splice.nodes import MappingNode, SequenceNode
from krmfn.splice.placement.extents import check_no_anchor, entry_end, node_end
from krmfn.splice.placement.spans import COLON

_COMMENT = re.compile(r"(?:[ \t]*,)?[ \t]+#[^\r\n]*")
_UP_TO_COMMA = re.compile(r"(?:\s|#[^\r\n]*)*")


def remove_entries(text: str, removal: RemoveEntries) -> list[Edit]:
    """The edits that remove entries from a mapping or list; raise `Unplaceable`, also if no entry would remain."""
    owner = removal.owner
    keys: tuple[object, ...] = removal.keys
    names = [key.value for key, _ in owner.value] if isinstance(owner, MappingNode) else range(len(owner.value))
    gone = [name in keys for name in names]
    if all(gone):
        raise Unplaceable("no entry would be left beside it")
    if owner.flow_style:
        edits = [_whole_line(text, edit) for edit in _flow_entries(text, owner, gone)]
    else:
        edits = list(_block_entries(text, owner, gone))
    for edit in edits:
        check_no_anchor(text, edit.start, edit.end)
    return edits


def _whole_line(text: str, edit: Edit) -> Edit:
    """The edit, extended to the whole line if it would leave only blanks of the line."""
    if own_line_indent(text, edit.start) is None or edit.end != line_end(text, edit.end) or edit.end == len(text):
        return edit
    return Edit(line_start(text, edit.start), edit.end + len(line_break(text, edit.end)), "")


def _block_entries(text: str, owner: MappingNode | SequenceNode, gone: list[bool]) -> Iterator[Edit]:
    """Edits that remove whole lines or, after the dash of a list item, the text up to the first remaining key."""
    stays = gone.index(False)
    indices = [i for i, is_gone in enumerate(gone) if is_gone]
    if stays and own_line_indent(text, _span(text, owner, 0)[0]) is None:
        start, end, following = _span(text, owner, 0)[0], _span(text, owner, stays - 1)[1], _span(text, owner, stays)[0]
        if not is_last_on_line(text, end) or text[line_end(text, end) : following].strip():
            raise Unplaceable("the removed key is after a dash, and not directly above a key that stays")
        yield Edit(start, following, "")
        indices = indices[stays:]
    for i in indices:
        yield _lines(text, *_span(text, owner, i))


def _span(text: str, owner: MappingNode | SequenceNode, index: int) -> tuple[int, int]:
    """The start of an entry, including the dash in a block list, and its end."""
    if isinstance(owner, MappingNode):
        key, value = owner.value[index]
        if not owner.flow_style and not COLON.match(text, nodes.end(key)):
            raise Unplaceable("the removed part has a key after a `?`")
        return nodes.start(key), entry_end(text, key, value)
    item = owner.value[index]
    start = nodes.start(item)
    if start < nodes.start(owner) or any(nodes.start(other) >= start for other in owner.value[:index]):
        raise Unplaceable("the removed part is an alias")
    end = node_end(text, item)
    if owner.flow_style:
        return start, end
    before = text[line_start(text, start) : start].rstrip(" ")
    if not before.endswith("-"):
        raise Unplaceable("the item does not start on the line of its dash")
    return line_start(text, start) + len(before) - 1, end


def _lines(text: str, start: int, end: int) -> Edit:
    """The edit that removes the lines from `start` to `end`; raise `Unplaceable` if they have other text."""
    is_explicit = text[:start].rstrip().endswith("?")
    if is_explicit or own_line_indent(text, start) is None or not is_last_on_line(text, end):
        raise Unplaceable("the removed part is not on lines of its own")
    stop = line_end(text, end)
    stop += len(line_break(text, stop)) if stop < len(text) else 0
    return Edit(line_start(text, start), stop, "")


def _flow_entries(text: str, owner: MappingNode | SequenceNode, gone: list[bool]) -> Iterator[Edit]:
    return _flow_spans(text, gone, lambda i: _span(text, owner, i)[0], lambda i: _span(text, owner, i)[1])


def _flow_spans(
    text: str, gone: list[bool], start_of: Callable[[int], int], end_of: Callable[[int], int]
) -> Iterator[Edit]:
    for is_gone, run in groupby(range(len(gone)), key=gone.__getitem__):
        if not is_gone:
            continue
        indices = list(run)
        start, end = start_of(indices[0]), end_of(indices[-1])
        if indices[-1] + 1 < len(gone):
            following = start_of(indices[-1] + 1)
            stop = _comment_end(text, _comma(text, end) + 1) if "#" in text[end:following] else following
            yield Edit(start, stop, "")
            continue
        before = end_of(indices[0] - 1)
        if text[before - 1] == ":":
            raise Unplaceable("the value before the removed part is empty")
        if "#" in text[before:start]:
            comma = _comma(text, before)
            yield Edit(comma, comma + 1, "")
            before = start
        yield Edit(before, _comment_end(text, end), "")


def _comma(text: str, end: int) -> int:
    """The position of the comma after an entry that is not the last."""
    return end + len(_UP_TO_COMMA.match(text, end)[0])  # type: ignore[index]  # matches anything


def _comment_end(text: str, end: int) -> int:
    """The end of the comment after `end` on the same line; `end` itself if there is none."""
    comment = _COMMENT.match(text, end)
    return comment.end() if comment else end
