"""Turn changes into edits: find the place in the text, and write in the style of the surrounding text.

PyYAML does not give the end of a block collection (its end mark is the start of the next token), so a new key goes
beside a sibling whose place is certain. A shape without such a place raises `Unplaceable`.
"""

import re

from krmfn.errors import Unplaceable
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Change,
    EditText,
    RemoveEntries,
    ReplaceEntry,
    ReplaceScalar,
    ReplaceValue,
)
from krmfn.splice.edits import Edit
from krmfn.splice.lines import line_end
from krmfn.splice.placement import block, flow, values
from krmfn.splice.placement.style import Holder, no_holder

__all__ = ["place"]

# After a plain scalar libyaml refuses a tab at the start of a line as indentation.
_TAB_BELOW = re.compile(r"(?:[ \t]*(?:\r\n|[\r\n\x85\u2028\u2029]))+ *\t")
_BLANK_LINE = re.compile(r"(?<=[\r\n]) +(?=[\r\n])")
_LITERAL = re.compile(r"\|-?[\r\n]")
_COMMENT_BELOW = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])(?:[ \t]*(?:\r\n|[\r\n]))*( *)#")
_ENDS = ('"', "'", "]", "}", ",")


def place(text: str, change: Change, holder: Holder = no_holder) -> list[Edit]:
    """The edits for a change in `text`, which the marks of its nodes refer to; raise `Unplaceable`.

    `holder` returns the flow collection around another one, from which an empty one takes its style.
    """
    edits = _edits(text, change, holder)
    if not edits[-1].text:
        return edits
    if any("|" in edit.text for edit in edits):  # lines of a literal may be empty
        if _is_below_literal(text, edits):
            from krmfn.splice.placement.replacing import without_literals

            return place(text, without_literals(change), holder)
        edits = [edit._replace(text=_BLANK_LINE.sub("", edit.text)) for edit in edits]
    if not edits[-1].text.endswith(_ENDS) and _TAB_BELOW.match(text, edits[-1].end):
        raise Unplaceable("the next line is indented with a tab")
    return edits


def _is_below_literal(text: str, edits: list[Edit]) -> bool:
    """Whether a comment after or below the edits would become part of a literal at their end."""
    edit = edits[-1]
    if not _LITERAL.search(edit.text) and not edits[0].text.endswith((" |", " |-")):  # before the comment of a key
        return False
    if edit.end < line_end(text, edit.end):
        return True
    comment = _COMMENT_BELOW.match(text, edit.end)
    lines = edit.text.splitlines()
    return comment is not None and len(comment[1]) >= len(lines[-1]) - len(lines[-1].lstrip())


def _edits(text: str, change: Change, holder: Holder) -> list[Edit]:
    match change:
        case AddKey(mapping=mapping):
            return flow.add_key(text, change, holder) if mapping.flow_style else block.add_key(text, change)
        case ReplaceScalar():
            return values.replace_scalar(text, change)
        case EditText():
            return values.edit_text(text, change)
        case AppendItems(sequence=sequence):
            if sequence.flow_style:
                return flow.append_items(text, change, holder)
            return block.append_items(text, change)
        case ReplaceValue():
            from krmfn.splice.placement import replacing  # late imports: no rule and few runs need these

            return replacing.replace_value(text, change, holder)
        case ReplaceEntry():
            from krmfn.splice.placement import replacing

            return replacing.replace_entry(text, change, holder)
        case RemoveEntries():
            from krmfn.splice.placement import removal

            return removal.remove_entries(text, change)
