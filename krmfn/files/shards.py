"""A part of the files for each of several machines, the same split on all of them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from krmfn.files.discovery import Found, FoundFile, sort_key

_BY_ITSELF = 4096
"""What a file costs whatever its size, in bytes."""


class Shard(NamedTuple):
    """One part, by its number from 1, of so many."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    @classmethod
    def read(cls, text: str) -> "Shard":
        """A shard from `I/N`; raise `ValueError` that says what would be accepted."""
        match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ValueError(f"{text!r} is no shard: I/N with I from 1 to N is expected, such as 1/4")
        return cls(int(match[1]), int(match[2]))

    def of(self, found: Sequence[Found]) -> list[Found]:
        """This shard's part of what was found, in the same order.

        The largest first, each to the shard with the least so far: the sizes come out as even as the files allow.
        """
        loads = [0] * self.parts
        own: set[int] = set()
        by_size = sorted(range(len(found)), key=lambda i: (-_cost(found[i]), sort_key(found[i].path)))
        for i in by_size:
            shard = loads.index(min(loads))
            loads[shard] += _cost(found[i])
            if shard == self.number - 1:
                own.add(i)
        return [one for i, one in enumerate(found) if i in own]


def _cost(found: Found) -> int:
    return found.size + _BY_ITSELF if isinstance(found, FoundFile) else 0
