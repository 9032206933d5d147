"""Split the files into parts for several machines, in the same way on each machine."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from krmfn.files.discovery import Found, FoundFile, sort_key

_BY_ITSELF = 4096
"""The cost of each file in addition to its size, in bytes."""


_MOST = 1000
"""The maximum number of parts."""


class Shard(NamedTuple):
    """A shard: its number, from 1, and the number of parts."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    @classmethod
    def read(cls, text: str) -> "Shard":
        """Parse `I/N`; raise `ValueError` that says what is accepted."""
        match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
        if match is None or len(match[2]) > len(str(_MOST)) or not 1 <= int(match[1]) <= int(match[2]) <= _MOST:
            raise ValueError(f"must be I/N with I from 1 to N and N up to {_MOST}, such as 1/4, not {text!r}")
        return cls(int(match[1]), int(match[2]))

    def of(self, found: Sequence[Found]) -> list[Found]:
        """This shard's part of what was found, in the same order.

        Each file, the largest first, goes to the shard with the least so far, so that the shards have similar sizes.
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
