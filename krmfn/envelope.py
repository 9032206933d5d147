"""The envelope of a ResourceList: the function config is read from it, the results are written into it."""

from collections.abc import Sequence
from typing import Any

from krmfn import nodes
from krmfn.changes import AddKey, AppendItems, Beside, Change, ReplaceScalar
from krmfn.documents import Document, Envelope
from krmfn.edits import Edit
from krmfn.errors import InputError, SettingsError, Unplaceable
from krmfn.lines import line_break
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.placement import place
from krmfn.placement.block import key_column
from krmfn.rendering import block
from krmfn.settings import MINIMAL


def function_config(envelope: Envelope) -> dict[str, Any]:
    """The function config as plain data with all scalars as text; raise `SettingsError` when there is none."""
    config = envelope.plain("functionConfig")
    if config is None:
        raise SettingsError(f"the ResourceList has no functionConfig. A minimal one: {MINIMAL}")
    if not isinstance(config, dict):
        raise SettingsError(f"the functionConfig must be a mapping such as {MINIMAL}")
    return config


def add_results(text: str, envelope: Envelope, results: Sequence[dict[str, Any]]) -> list[Edit]:
    """The edits that put the results, as plain data, behind those that are in the ResourceList already."""
    own = envelope.entry("results")
    if own is None:
        return _new_results(text, envelope, results)
    part, _, old = own
    change: Change
    if isinstance(old, SequenceNode):
        change = AppendItems("results", old, tuple(results))
    elif isinstance(old, ScalarNode) and nodes.is_null(old) and isinstance(part.root, MappingNode):
        change = ReplaceScalar("results", part.root, "results", old, list(results))
    else:
        message = f"`results` of the ResourceList must be a list, not {nodes.describe(old)}"
        raise InputError(message, part.start + nodes.start(old), "results")
    try:
        return [edit.moved(part.start) for edit in place(part.text, change)]
    except Unplaceable:
        # After a block scalar, as a message may be: where it ends, the start of the next key or of nothing tells.
        edit = before_next_key(text, part, old, results)
        if edit is None:
            raise InputError(
                "the last of the old `results` ends in a way that leaves no place for more", part.start, "results"
            ) from None
        return [edit]


def before_next_key(text: str, part: Document, old: Node, items: Sequence[dict[str, Any]]) -> Edit | None:
    """The edit that puts items behind those of a block list of the envelope, before what follows it there.

    None where nothing follows, and the end of the text may be part of the last item.
    """
    following = [nodes.start(key) for key in nodes.keys(part.root) if nodes.start(key) > nodes.start(old)]
    position = part.start + min(following, default=len(part.text))
    if not following and (not text.endswith("\n") or "\n..." in text):
        return None
    newline = line_break(text, 0)
    indent = " " * nodes.column(old)
    return Edit(position, position, "".join(indent + line + newline for line in block(list(items))))


def _new_results(text: str, envelope: Envelope, results: Sequence[dict[str, Any]]) -> list[Edit]:
    part = envelope.parts[0]
    mapping = part.root
    assert isinstance(mapping, MappingNode)
    if mapping.flow_style:
        change = AddKey("results", mapping, "results", list(results), Beside())
        return [edit.moved(part.start) for edit in place(part.text, change)]
    # Keys behind a `?` or on the line of something else neither show the column nor have a place before them.
    usable = [key for key in nodes.keys(mapping) if key_column(text, mapping, key) is not None]
    if not usable:
        message = "no key of the ResourceList stands on a line of its own, so there is no place for `results`"
        raise InputError(message, nodes.start(mapping), "results")
    first, *_ = usable
    anchor = next((key for key in usable if key.value == "items"), first)
    indent = " " * nodes.column(first)
    # After the last line, unless that has no end (a block scalar's value would change) or lies outside the document.
    at_end = text.endswith("\n") and "\n..." not in text
    position = len(text) if at_end else nodes.start(anchor) - len(indent)
    newline = line_break(text, 0)
    return [Edit(position, position, "".join(indent + line + newline for line in block({"results": list(results)})))]
