"""The envelope of a ResourceList: read the function config from it, write the results into it."""

import re
from collections.abc import Sequence
from typing import Any

from krmfn.errors import InputError, SettingsError, Unplaceable
from krmfn.krm.documents import Envelope
from krmfn.splice import nodes
from krmfn.splice.changes import AddKey, AppendItems, Beside, Change, ReplaceScalar
from krmfn.splice.edits import Edit
from krmfn.splice.lines import line_break
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Piece
from krmfn.splice.placement import place
from krmfn.splice.placement.block import key_column
from krmfn.splice.rendering import block
from krmfn.splice.sharing import Sharing
from krmfn.splice.verify import verify

_AT_ONCE = 200
_DOCUMENT_END = re.compile(r"[\r\n\x85\u2028\u2029]\.\.\.")


def function_config(envelope: Envelope, example: str) -> dict[str, Any]:
    """The function config as plain data with all scalars as text.

    Raises:
        SettingsError: there is none; the message shows `example`.
    """
    config = envelope.plain("functionConfig")
    if config is None:
        raise SettingsError(f"the ResourceList has no functionConfig. A minimal one: {example}")
    if not isinstance(config, dict):
        raise SettingsError(f"the functionConfig must be a mapping such as {example}")
    return config


def add_results(envelope: Envelope, results: Sequence[dict[str, Any]]) -> list[Edit]:
    """The edits of the input that append the results, as plain data, to the existing results of the ResourceList.

    Raises:
        InputError: the place for them is not certain.
        VerificationError: a bug in krmfn.
    """
    own = envelope.entry("results")
    old = own[1] if own else None
    # To compose results for verification takes many times the memory of their text. Block items are independent.
    is_block = isinstance(old or envelope.root, (MappingNode, SequenceNode)) and not nodes.is_flow(old or envelope.root)
    size = _AT_ONCE if is_block else len(results)
    first, *others = [_verified(envelope, old, results[i : i + size]) for i in range(0, len(results), size)]
    if others:
        head = 0 if old else first[0].text.index(":") + 1 + len(line_break(envelope.text, 0))
        first = [first[0]._replace(text=first[0].text + "".join(part.text[head:] for (part,) in others))]
    return [edit.moved(envelope.in_input(edit.start) - edit.start) for edit in first]


def _verified(envelope: Envelope, old: Node | None, results: Sequence[dict[str, Any]]) -> list[Edit]:
    """The edits of `envelope.text` that append the results to the old ones."""
    change = _change(envelope, old, results)
    try:
        Sharing(Piece(envelope.text, 0, (envelope.root,), ()), [(0, change)]).check(change)
        edits = _placed(envelope, change)
    except Unplaceable as refusal:
        message = f"cannot add `results` to the ResourceList: {refusal}. Write `results: []` on a line of its own there"
        raise InputError(message, envelope.in_input(nodes.start(old or envelope.root))) from None
    verify([envelope.root], envelope.text, edits, [change])
    return edits


def _change(envelope: Envelope, old: Node | None, results: Sequence[dict[str, Any]]) -> Change:
    root = envelope.root
    assert isinstance(root, MappingNode)
    if old is None:
        return AddKey("results", root, "results", list(results), Beside())
    if isinstance(old, SequenceNode):
        return AppendItems("results", old, tuple(results))
    if isinstance(old, ScalarNode) and nodes.is_null(old):
        return ReplaceScalar("results", root, "results", old, list(results))
    message = f"`results` of the ResourceList must be a list, not {nodes.describe(old)}"
    raise InputError(message, envelope.in_input(nodes.start(old)))


def _placed(envelope: Envelope, change: Change) -> list[Edit]:
    if isinstance(change, AddKey) and not change.mapping.flow_style:
        return [_new_key(envelope.text, change)]
    try:
        return place(envelope.text, change)
    except Unplaceable:
        if not isinstance(change, AppendItems):
            raise
        return [before_next_key(envelope, change)]


def before_next_key(envelope: Envelope, change: AppendItems) -> Edit:
    """The edit that appends items to a block list of the envelope, directly before the next key.

    For a list that ends in a block scalar: the start of the next key shows where the scalar ends.

    Raises:
        Unplaceable: no key follows, and the end of the text may be part of the last item.
    """
    text, items, root = envelope.text, change.sequence, envelope.root
    refusal = Unplaceable("its last entry ends in a block scalar, and the end of that is not certain")
    if not isinstance(root, MappingNode) or not text.startswith("-", nodes.start(items)):
        raise refusal  # in brackets; or after an anchor or a tag, where the dashes have another column
    following = [key for key in nodes.keys(root) if nodes.start(key) > nodes.start(items)]
    if following:
        first = min(following, key=nodes.start)
        column = key_column(text, root, first)
        if column is None:
            raise refusal
        position = nodes.start(first) - column
    elif text.endswith("\n") and not _DOCUMENT_END.search(text):
        position = len(text)
    else:
        raise refusal
    newline = line_break(text, 0)
    indent = " " * nodes.column(items)
    return Edit(position, position, "".join(indent + line + newline for line in block(list(change.items))))


def _new_key(text: str, change: AddKey) -> Edit:
    """The edit that adds a new key after the last line, or above `items`.

    It is added above `items` if the last line has no line break (a block scalar's value would change), or if it is
    outside of the document.
    """
    # Keys after a `?` or inside a line do not show the column, and nothing can be inserted before them.
    usable = [key for key in nodes.keys(change.mapping) if key_column(text, change.mapping, key) is not None]
    if not usable:
        raise Unplaceable("no key of it stands on a line of its own")
    anchor = next((key for key in usable if key.value == "items"), usable[0])
    indent = " " * nodes.column(usable[0])
    at_end = text.endswith("\n") and not _DOCUMENT_END.search(text)
    position = len(text) if at_end else nodes.start(anchor) - len(indent)
    newline = line_break(text, 0)
    lines = block({change.key: change.value})
    return Edit(position, position, "".join(indent + line + newline for line in lines))
