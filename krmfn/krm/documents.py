"""Cut a text into chunks that can be parsed alone, and compose chunks to documents.

krmfn does not edit most of a large input, and composing takes time and memory. So a stream is cut at its `---`
lines and a ResourceList at the items of its block-style `items:`. If a cut is wrong (inside a quoted scalar, or
between an anchor and its alias), a chunk fails to parse and the caller starts again with `whole`.
Concatenated JSON values are separate chunks, in `whole` too: YAML cannot read them together.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from krmfn.errors import InputError, NotYAML
from krmfn.krm.peeking import peek
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import MappingNode, Node, SequenceNode
from krmfn.splice.pieces import Document, Piece

_T = TypeVar("_T")
# In concatenated files any document can begin with a byte order mark.
_SEPARATOR = re.compile(r"^\ufeff?---(?=\s|$)", re.MULTILINE)
_MAY_SEPARATE = re.compile(r"\n---")
# Comments, blank lines and directives can precede the first `---`.
_PREAMBLE = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n|%.*\n)*")
# Without comments, because JSON parsers refuse them.
_BEFORE_JSON = re.compile(r"(?:---(?=\s))?\s*+(?=[\[{])")
_ITEMS = re.compile(r"\nitems:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*(?=([ ]*)-[ \t\r\n])")
_DASH = re.compile(r" *(?:- *)?")
_DOCUMENT_END = re.compile(r"\n\.\.\.")
_LONE_RETURN = re.compile(r"\r(?!\n)")


class Chunk:
    """A part of the input that is parsed alone: `text` begins at code point `start` of the input.

    `nested`: the text is a block sequence of one entry, an item of a ResourceList. `error`: a known syntax error, with
    a position in the input.
    """

    def __init__(self, whole: str, start: int, stop: int, nested: bool = False, error: NotYAML | None = None) -> None:
        self.error = error
        self._whole = whole
        self.start = start
        self.stop = stop
        self.nested = nested

    @property
    def text(self) -> str:
        """The text of the chunk; not stored, because all chunks together would be a copy of the input."""
        return self._whole[self.start : self.stop]

    def check_syntax(self) -> None:
        """Raise `NotYAML`, with a position in the input, if the chunk does not parse alone."""
        if self.error:
            raise self.error
        with _moved(self.start):
            parsing.check_syntax(self.text)

    @cached_property
    def type_meta(self) -> TypeMeta | None:
        """The apiVersion and kind of the object, if they are easy to find, else None."""
        return peek(self.text, self.nested)

    @cached_property
    def is_one_object(self) -> bool:
        """Whether the chunk certainly has no second document or item, and no second `kind` that would win.

        The cuts are at line feeds and `---`; other line breaks and document end markers may hide further documents.
        """
        # A quoted or plain `kind` at the column of the object's own keys; the first key may be on the line of the
        # dash. Other keys with this beginning only cause a closer look.
        below = re.compile(rf"\n {{{self._column}}}(?:kind|\"kind|'kind)")
        text = self.text
        kinds = len(below.findall(text)) + text.startswith(("kind", '"kind', "'kind"), self._column)
        return kinds <= 1 and not _DOCUMENT_END.search(text) and not _has_other_breaks(text)

    def kind_at_a_glance(self) -> str:
        """The probable kind, at a tenth of the cost of `type_meta`; it may come from a line inside a string."""
        text = self.text
        line = "\n" + " " * self._column + "kind: "
        start = text.find(line) + len(line)
        stop = text.find("\n", start)
        return text[start : stop if stop >= 0 else None].strip() if start >= len(line) else ""

    @cached_property
    def _column(self) -> int:
        """The column of the object's keys."""
        return len(_DASH.match(self.text)[0]) if self.nested else 0  # type: ignore[index]  # matches anything


class Envelope(NamedTuple):
    """A ResourceList as one composed text; all items except the last one may be left out.

    The last item stays because keys after the items, such as new results, are placed and verified after it.

    Attributes:
        text: the composed text.
        root: its root node.
        cut: the position at which `skipped` code points of the input are left out of `text`.
        skipped: the number of code points left out.
    """

    text: str
    root: Node
    cut: int = 0
    skipped: int = 0

    def in_input(self, position: int) -> int:
        """A position in `text` as a position in the input."""
        return position + self.skipped * (position >= self.cut)

    def entry(self, key: str) -> tuple[Node, Node] | None:
        """The key and value nodes of a top-level key, or None; raise `InputError` for a duplicate key."""
        with self._positions_in_input():
            return nodes.entry(self.root, key) if isinstance(self.root, MappingNode) else None

    def plain(self, key: str) -> Any:
        """The value of a top-level key as plain data; None when it is absent."""
        own = self.entry(key)
        with self._positions_in_input():
            return nodes.plain(own[1]) if own else None

    @property
    def is_resource_list(self) -> bool:
        """Whether apiVersion and kind are those of a ResourceList."""
        api_version, kind = self.entry("apiVersion"), self.entry("kind")
        if api_version is None or kind is None:
            return False
        return TypeMeta(str(api_version[1].value), str(kind[1].value)).is_resource_list

    @contextmanager
    def _positions_in_input(self) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            if error.position is not None:
                error.position = self.in_input(error.position)
            raise


class Input(NamedTuple):
    """An input: its chunks, and the envelope around them if the input is a ResourceList.

    A ResourceList that could not be cut has no chunks; its items are in the envelope. `has_json_values`: whether some
    chunks are concatenated JSON values.
    """

    chunks: tuple[Chunk, ...]
    envelope: Envelope | None = None
    has_json_values: bool = False

    def pieces(self, is_wanted: Callable[[Chunk], bool], *, checks: bool = True) -> "Iterator[Piece]":
        """The composed pieces of the wanted chunks, and of the items of a ResourceList that could not be cut.

        `checks`: whether to check the syntax of the other chunks.

        Raises:
            NotYAML: a chunk does not parse alone; `of_input` then tries the whole input.
            InputError: a ResourceList has no list of items, or two.
        """
        if self.envelope and not self.chunks:
            yield items_piece(self.envelope)
        elif self.envelope:
            self.envelope.entry("items")  # raises for a duplicate key
        number = 0
        for chunk in self.chunks:
            if is_wanted(chunk):
                piece = compose(chunk, number)
                number += len(piece.documents)
                yield piece
            else:
                if checks:
                    chunk.check_syntax()
                number += 1


def cut(text: str) -> Input:
    """Cut `text` into chunks, which may turn out not to parse alone."""
    starts = _starts(text)
    if len(starts) == 1 and (resource_list := _cut_resource_list(text) or _whole_resource_list(text)):
        return resource_list
    chunks: list[Chunk] = []
    for separator, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        begin = separator + text.startswith("\ufeff", separator)
        chunks += _chunks(text, begin, stop)
    return Input(tuple(chunks), has_json_values=len(chunks) > len(starts))


def whole(text: str) -> Input:
    """The input without cuts at `---` lines or items: slower, but correct for any text."""
    return _whole_resource_list(text) or Input(tuple(_chunks(text, 0, len(text))))


def of_input(text: str, use: Callable[[Input], _T]) -> _T:
    """The result of `use` for the chunks of a text; for the whole text, if `use` raises `NotYAML`."""
    given = cut(text)
    try:
        return use(given)
    except NotYAML as error:
        # Either a cut was wrong, or the input has an error, for which the whole text gives the position. Except
        # with JSON values, which as a whole are not YAML.
        try:
            return use(whole(text))
        except NotYAML as error_of_whole:
            raise (error if given.has_json_values else error_of_whole) from None


def compose(chunk: Chunk, number: int) -> Piece:
    """Compose a chunk whose first document has this number.

    Raises:
        NotYAML: the chunk does not parse alone; has a position in the input.
    """
    if chunk.error:
        raise chunk.error
    text = chunk.text
    with _moved(chunk.start):
        roots = parsing.compose(text)
    found = roots
    if chunk.nested:
        if len(roots) != 1 or not isinstance(roots[0], SequenceNode) or len(roots[0].value) != 1:
            raise NotYAML("not one list item")
        found = roots[0].value
    documents = [Document(text, chunk.start, root, number + i) for i, root in enumerate(found)]
    return Piece(text, chunk.start, tuple(roots), tuple(documents))


def items_piece(envelope: Envelope) -> Piece:
    """The items of a ResourceList that could not be cut; raise `InputError` if `items` is not a list."""
    own = envelope.entry("items")
    if own is None:
        message = "the ResourceList has no `items`; write `items: []` when there are none"
        raise InputError(message, nodes.start(envelope.root))
    _, items = own
    if not isinstance(items, SequenceNode):
        message = f"`items` of the ResourceList must be a list, not {nodes.describe(items)}"
        raise InputError(message, nodes.start(items))
    documents = [Document(envelope.text, 0, item, i) for i, item in enumerate(items.value)]
    return Piece(envelope.text, 0, (envelope.root,), tuple(documents))


def number_at(text: str, position: int) -> int:
    """The number, from 1, of the document around a position, counted by `---` lines and JSON values."""
    separators = _starts(text)
    starts = [
        chunk.start
        for separator, stop in zip(separators, [*separators[1:], len(text)], strict=True)
        for chunk in _chunks(text, separator, stop)
    ]
    is_end = text.startswith("---", position)  # the position of errors about a document that ends too early
    return max(1, sum(start <= position - is_end for start in starts))


def _starts(text: str) -> list[int]:
    """The positions of documents, by `---` lines."""
    # A literal prefix makes the search several times as fast, and most ResourceLists have no separator.
    may_have_more = text.startswith(("---", "\ufeff")) or _MAY_SEPARATE.search(text) or "\n\ufeff---" in text
    starts = [match.start() for match in _SEPARATOR.finditer(text)] if may_have_more else []
    if starts and _is_preamble(text, starts[0]):
        starts[0] = 0
    else:
        starts.insert(0, 0)
    return starts


def _chunks(text: str, start: int, stop: int) -> Iterator[Chunk]:
    """A part of the text as one chunk, or as one chunk for each JSON value if it has several."""
    starts, error = [start], None
    if head := _BEFORE_JSON.match(text, start):
        from krmfn.krm import json_values  # most inputs are YAML

        values, error = json_values.find(text, head.end(), stop)
        starts += values[1:]
    for first, last in zip(starts, [*starts[1:], stop], strict=True):
        yield Chunk(text, first, last, error=error if last == stop else None)


@contextmanager
def _moved(start: int) -> Iterator[None]:
    """Move positions of errors in a text that begins at `start` of the input to positions in the input."""
    try:
        yield
    except NotYAML as error:
        if error.position is not None:
            error.position += start
        raise


def _has_other_breaks(text: str) -> bool:
    """Whether a text has line breaks other than LF and CRLF."""
    if any(char in text for char in "\x85\u2028\u2029"):
        return True
    return "\r" in text and _LONE_RETURN.search(text) is not None


def _is_preamble(text: str, stop: int) -> bool:
    """Whether the text before `stop` has only comments, blank lines and directives."""
    preamble = _PREAMBLE.match(text)
    return preamble is not None and preamble.end() >= stop


def _whole_resource_list(text: str) -> Input | None:
    if "ResourceList" not in text and "\\" not in text:  # the word could be written with escapes
        return None
    meta = peek(text)
    if meta is None or not meta.is_resource_list:
        return None
    roots = parsing.compose(text)
    envelope = Envelope(text, roots[0]) if len(roots) == 1 else None
    return Input((), envelope) if envelope and envelope.is_resource_list else None


def _cut_resource_list(text: str) -> Input | None:
    found = list(_ITEMS.finditer(text)) if "ResourceList" in text else []
    if len(found) != 1:
        return None
    begin, indent = found[0].end(), found[0][1]
    stop = _end_of_items(text, begin, len(indent))
    # The line break before it is part of the pattern: a literal prefix makes the search several times as fast.
    dashes = re.compile(rf"\n{indent}-(?=\s|\Z)")
    starts = [match.start() + 1 for match in dashes.finditer(text, begin - 1, stop)]
    chunks = [Chunk(text, first, last, nested=True) for first, last in zip(starts, [*starts[1:], stop], strict=True)]
    if _shares_anchors(text, [0, begin, *starts[1:], stop, len(text)]):
        return None
    last = starts[-1]
    around = text[:begin] + text[last:]
    try:
        roots = parsing.compose(around)
    except NotYAML:
        return None
    if len(roots) != 1 or not _is_list_of_one(roots[0]):
        return None
    envelope = Envelope(around, roots[0], begin, last - begin)
    return Input(tuple(chunks), envelope) if envelope.is_resource_list else None


def _is_list_of_one(root: Node) -> bool:
    """Whether the root is a block mapping whose keys start their lines, with one item in `items`."""
    if not isinstance(root, MappingNode) or root.flow_style or nodes.column(nodes.keys(root)[0]) != 0:
        return False
    items = nodes.last(root, "items")
    return isinstance(items, SequenceNode) and len(items.value) == 1


def _end_of_items(text: str, begin: int, indent: int) -> int:
    """The position of the first line that is not an item, a deeper line, blank or a comment."""
    shallower = rf" {{0,{indent - 1}}}[^\s#]|" if indent else ""
    after = re.compile(rf"\n(?:{shallower}{' ' * indent}(?:[^\s#-]|-(?=\S)))")
    match = after.search(text, begin)
    return match.start() + 1 if match else len(text)


def _shares_anchors(text: str, starts: Sequence[int]) -> bool:
    """Whether one of the parts that begin at `starts` may refer to an anchor of an earlier part.

    This is a textual search, which may return True for parts that do not.
    """
    if "&" not in text or "*" not in text:
        return False
    anchored: set[str] = set()
    for part in (text[start:stop] for start, stop in pairwise(starts)):
        if "*" in part and anchored:
            own = {match[1]: match.start() for match in reversed(list(parsing.ANCHOR.finditer(part)))}
            for alias in parsing.ALIAS.finditer(part):
                if alias[1] in anchored and own.get(alias[1], len(part)) > alias.start():
                    return True
        if "&" in part:
            anchored |= {match[1] for match in parsing.ANCHOR.finditer(part)}
    return False
