"""Edits, and the function that splices them into a text."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from krmfn.errors import VerificationError


class Edit(NamedTuple):
    """Replace `text[start:end]` by `Edit.text`; positions in code points, `start == end` inserts."""

    start: int
    end: int
    text: str

    def moved(self, offset: int) -> "Edit":
        """The same edit in a text that has `offset` more code points before it."""
        return Edit(self.start + offset, self.end + offset, self.text)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits spliced in, see `spliced`."""
    return "".join(spliced(text, edits))


def spliced(text: str, edits: Iterable[Edit]) -> Iterator[str]:
    """The parts of `text` with all edits spliced in.

    Edits that overlap, that insert at the same position, or that reach out of the text are a bug of the caller:
    `VerificationError`.
    """
    position = 0
    last_start = -1
    for edit in sorted(edits):
        if edit.start < position or edit.start == last_start:
            raise VerificationError(f"two edits meet at position {edit.start}")
        if not 0 <= edit.start <= edit.end <= len(text):
            raise VerificationError(f"an edit from {edit.start} to {edit.end} reaches out of the text")
        yield text[position : edit.start]
        yield edit.text
        position, last_start = edit.end, edit.start
    yield text[position:]


def joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits, with insertions at the same position joined in the given order."""
    found: dict[int, Edit] = {}
    for edit in edits:
        earlier = found.get(edit.start)
        if earlier and not earlier.end == edit.end == edit.start:
            raise VerificationError(f"two edits meet at position {edit.start}")
        found[edit.start] = edit._replace(text=earlier.text + edit.text) if earlier else edit
    return tuple(found.values())
