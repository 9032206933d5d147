"""Bytes to text and back: the first and the last step of the flow, and the only place that knows encodings."""

import codecs
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import InputError

_BOM = "\ufeff"
# Longest first: the UTF-32 mark of little-endian machines begins with the UTF-16 one.
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class SourceText(NamedTuple):
    """Decoded input. A byte order mark is kept aside, since the two YAML parsers count it differently."""

    text: str
    bom: bool

    def encode(self, text: str) -> bytes:
        """The bytes of `text`, with the byte order mark the input had."""
        return (_BOM + text if self.bom else text).encode()


def decode(data: bytes) -> SourceText:
    """Decode UTF-8 input; raise `InputError` with line and column for anything else."""
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
    return SourceText(text[1:] if bom else text, bom)


def lines_and_columns(text: str, positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Lines and columns, as `line_and_column` has them, of ascending positions: the text is gone through only once."""
    line, start, last = 1, 0, 0
    for position in positions:
        line += text.count("\n", last, position)
        start = max(start, text.rfind("\n", last, position) + 1)
        last = position
        yield line, position - start + 1


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of a position in `text`, as editors count them."""
    start = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, start) + 1, min(position, len(text)) - start + 1
