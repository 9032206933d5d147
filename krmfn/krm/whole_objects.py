"""Add and remove whole objects: documents of a stream, items of a ResourceList."""

import posixpath
import re
from collections.abc import Sequence
from typing import Any

from krmfn.errors import NotYAML, Unplaceable, VerificationError
from krmfn.krm import documents
from krmfn.krm.documents import Chunk, Envelope
from krmfn.krm.envelope import before_next_key
from krmfn.krm.results import File
from krmfn.splice import parsing, typed
from krmfn.splice.changes import AppendItems
from krmfn.splice.edits import Edit
from krmfn.splice.lines import line_break
from krmfn.splice.nodes import SequenceNode
from krmfn.splice.pieces import Piece
from krmfn.splice.placement import place
from krmfn.splice.rendering import block
from krmfn.splice.sharing import Sharing
from krmfn.splice.verify import verify

_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+")
"""Characters to replace in file names; objects can have names such as `system:admin`."""


def new_file(text: str, taken: set[str], folder: str, *names: str) -> File:
    """A new file in a folder, named after `names`; `taken` has the paths of other new files, and gets this one.

    The path must not be in the input: for hosts, two resources at the same place are an error.
    """
    stem = _NOT_IN_NAMES.sub("-", "-".join(filter(None, names)))
    number = 1
    while True:
        path = posixpath.join(folder, f"{stem}{f'-{number}' * (number > 1)}.yaml")
        if path not in text and path not in taken:
            break
        number += 1
    taken.add(path)
    return File(path)


def added(text: str, objects: Sequence[dict[str, Any]]) -> tuple[int, list[Edit]]:
    """The number of the first new document or item, and the edits; raise `Unplaceable`."""
    given = documents.whole(text)
    if given.envelope:
        piece = documents.items_piece(given.envelope)
        return len(piece.documents), _appended(given.envelope, piece, objects)
    try:
        pieces = [documents.compose(chunk, 0) for chunk in documents.cut(text).chunks]
    except NotYAML:
        pieces = [documents.compose(chunk, 0) for chunk in given.chunks]
    return sum(len(piece.documents) for piece in pieces), [new_documents(text, pieces[-1], objects)]


def _appended(envelope: Envelope, piece: Piece, objects: Sequence[dict[str, Any]]) -> list[Edit]:
    change = AppendItems("items", items_of(envelope), tuple(objects))
    Sharing(piece, [(0, change)]).check(change)
    edits = place_items(envelope, change)
    verify(piece.roots, piece.text, edits, [change])
    return edits


def items_of(envelope: Envelope) -> SequenceNode:
    """The list of items of a ResourceList that is known to have one."""
    entry = envelope.entry("items")
    assert entry is not None
    _, items = entry
    assert isinstance(items, SequenceNode)
    return items


def place_items(envelope: Envelope, change: AppendItems) -> list[Edit]:
    """The edits that append items to a ResourceList; raise `Unplaceable`."""
    try:
        return place(envelope.text, change)
    except Unplaceable:
        return [before_next_key(envelope, change)]


def new_documents(text: str, last: Piece, objects: Sequence[dict[str, Any]]) -> Edit:
    """The edit that appends documents after the last piece of a stream; raise `Unplaceable`."""
    if text.lstrip().startswith(("{", "[")):
        # JSON parsers refuse YAML after the JSON.
        raise Unplaceable("the input is JSON, or looks like it, and that takes no further document")
    newline = line_break(text, 0)
    is_empty = not text.strip()
    if not text.endswith(newline) and not is_empty:
        # A new line break may become part of the last value.
        try:
            verify(last.roots, last.text, [Edit(len(last.text), len(last.text), newline)], ())
        except VerificationError:
            raise Unplaceable("the last line of the input has no end, and with one it says something else") from None
    written = ["".join(line + newline for line in block(object_)) for object_ in objects]
    # The first document of an empty stream needs no separator.
    new = f"---{newline}".join(["", *written][is_empty:])
    try:
        roots = parsing.compose(new)
        is_right = len(roots) == len(objects) and all(map(typed.is_equal, roots, objects))
    except NotYAML:
        is_right = False
    if not is_right:
        raise VerificationError("the new documents do not say what was announced")
    return Edit(len(text), len(text), ("" if text.endswith(newline) or is_empty else newline) + new)


def dropped_document(chunk: Chunk, piece: Piece) -> Edit:
    """The edit that removes the only document of a chunk from a stream; raise `Unplaceable`."""
    text = chunk.text
    if len(piece.roots) != 1 or "\n..." in text or "\n%" in text:
        raise Unplaceable("where its document ends is not certain")
    return Edit(chunk.start, chunk.stop, "")
