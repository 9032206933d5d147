"""Decode bytes to text and encode text to bytes; only this module knows encodings."""

import codecs
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import BytesIO
from itertools import accumulate
from typing import NamedTuple

from krmfn.errors import InputError

_BOM = "\ufeff"
# Longest first: the UTF-32-LE mark begins with the UTF-16-LE mark.
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class SourceText(NamedTuple):
    """Decoded input. The byte order mark is stored separately, because the two YAML parsers count it differently."""

    text: str
    bom: bool

    def encode(self, parts: Iterable[str]) -> bytes:
        """The bytes of a text in parts, with the input's byte order mark; never has two copies in memory."""
        output = BytesIO()
        output.write(_BOM.encode() * self.bom)
        output.writelines(part.encode() for part in parts)
        return output.getvalue()


def decode(data: bytes) -> SourceText:
    """Decode UTF-8 input with at most one byte order mark; else raise `InputError` with line and column."""
    for mark, name in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise InputError(f"the input is {name}; krmfn reads UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line, column = line_and_column(data[: error.start].decode(errors="replace"), error.start)
        byte = data[error.start]
        raise InputError(f"line {line}, column {column}: byte 0x{byte:02x} is not UTF-8") from None
    bom = text.startswith(_BOM)
    if text.startswith(_BOM, 1):  # Kubernetes' parsers lose characters after it
        raise InputError("line 1, column 2: a second byte order mark: remove it")
    return SourceText(text[1:] if bom else text, bom)


def lines_and_columns(text: str, positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The lines and columns, as from `line_and_column`, of ascending positions, in one pass over the text."""
    line, start, last = 1, 0, 0
    for position in positions:
        line += text.count("\n", last, position)
        start = max(start, text.rfind("\n", last, position) + 1)
        last = position
        yield line, position - start + 1


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of a position in `text`, as editors count them."""
    position = min(position, len(text))
    if position == len(text):  # the end of the text is shown as the end of the last line
        position = len(text.rstrip("\r\n"))
    starts = _line_starts(text)
    line = bisect_right(starts, position)
    return line, position - starts[line - 1] + 1


@lru_cache(maxsize=2)
def _line_starts(text: str) -> "array[int]":
    """The starts of lines; a table, because an input may have a warning in each line."""
    return array("Q", accumulate((len(line) + 1 for line in text.split("\n")[:-1]), initial=0))
