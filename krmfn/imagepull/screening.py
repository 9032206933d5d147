"""Which pieces of the input must be composed: for large inputs, only a small part."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from krmfn.errors import InputError
from krmfn.imagepull import misplaced
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.kinds import RENDERED, STRUCTURE_WORD, KindTables
from krmfn.imagepull.overlooked import NEVER, WORDS, may_be_in_texts
from krmfn.imagepull.podspecs import find_resources
from krmfn.krm.documents import Chunk, Input
from krmfn.krm.resources import Resource
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice.pieces import Piece


def pieces(given: Input, tables: KindTables) -> Iterator[Piece]:
    """The pieces that krmfn may edit or report; for all others only the syntax is checked."""
    return given.pieces(lambda chunk: not _is_foreign(chunk, tables))


def resources_of(
    given: Input,
    tables: KindTables,
    words: Sequence[str],
    is_wanted: Callable[[TypeMeta], bool],
    names: Collection[str] = ("",),
) -> Iterator[Resource]:
    """The resources of the wanted types whose text has at least one of the words and one of the names."""

    def may_hold(chunk: Chunk) -> bool:
        # A text in double quotes may spell a word with escapes.
        has_words = all(any(word in chunk.text for word in (*some, "\\")) for some in (words, names))
        return has_words and _may_hold(chunk, tables, is_wanted)

    found = list(given.pieces(may_hold, checks=False))
    for document in (document for piece in found for document in piece.documents):
        try:
            yield from (resource for resource, _ in find_resources(document, tables) if is_wanted(resource.type_meta))
        except InputError:
            continue  # reported when the document is decided


def _is_foreign(chunk: Chunk, tables: KindTables) -> bool:
    """Whether the chunk is one object with nothing to do: of an unknown kind, or of a kind that krmfn ignores."""
    if tables.is_known_name(chunk.kind_at_a_glance()):
        return False  # a wrong guess is harmless: the object is looked up again later
    meta = chunk.type_meta
    if meta is None:
        return False
    if meta == SERVICE_ACCOUNT and misplaced.HINT in chunk.text:
        return False  # its pull secrets may be misplaced
    kind = tables.lookup(meta)
    if kind is None and (may_be_in_texts(meta, chunk.text) or tables.looks_into_texts(meta)):
        return False
    words = STRUCTURE_WORD if kind is None and meta.group in NEVER else WORDS
    if (kind is None or kind.ignored == RENDERED) and re.search(words, chunk.text):
        return False  # there may be something to report
    return (kind is None or bool(kind.ignored)) and chunk.is_one_object


def _may_hold(chunk: Chunk, tables: KindTables, is_wanted: Callable[[TypeMeta], bool]) -> bool:
    meta = chunk.type_meta
    if meta is None or is_wanted(meta) or not chunk.is_one_object:
        return True
    kind = tables.lookup(meta)
    return kind is not None and bool(kind.items or kind.objects)
