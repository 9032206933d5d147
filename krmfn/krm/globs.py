"""Globs that match in linear time, whatever their author writes: there is no backtracking.

A glob is a sequence of steps. The reachable steps are the bits of one number, so each character of a text is read
once, however many stars there are.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_STARS = re.compile(r"(\*+)")


class Step(NamedTuple):
    """A step of a glob: one of these characters, or of all others if `negated`; any number of them if `repeats`."""

    characters: frozenset[str]
    negated: bool = False
    repeats: bool = False

    def accepts(self, character: str) -> bool:
        """Whether the step accepts a character."""
        return (character in self.characters) is not self.negated


_SLASH = frozenset("/")
ANY = Step(_SLASH, negated=True)
"""One character of a path element."""
STAR = Step(_SLASH, negated=True, repeats=True)
"""Any number of characters of a path element."""
STARS = Step(frozenset(), negated=True, repeats=True)
"""Any number of characters, slashes too."""


class Glob:
    """A glob: literal text, then steps, then literal text."""

    def __init__(self, head: str, steps: tuple[Step, ...], tail: str) -> None:
        self.head = head
        self.steps = steps
        self.tail = tail
        self._masks: dict[str, int] = {}
        """The steps that accept a character, as bits; a cache."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Glob):
            return NotImplemented
        return (self.head, self.steps, self.tail) == (other.head, other.steps, other.tail)

    def __hash__(self) -> int:
        return hash((self.head, self.steps, self.tail))

    @classmethod
    def of(cls, steps: Sequence[Step | str]) -> "Glob":
        """The glob with these steps; strings among them are literal."""
        whole = [part for step in steps for part in (step if isinstance(step, str) else (step,))]
        head = _literal(whole)
        tail = "" if len(head) == len(whole) else _literal(whole[::-1])[::-1]
        return cls(head, tuple(_merged(whole[len(head) : len(whole) - len(tail)])), tail)

    @classmethod
    def read(cls, pattern: str) -> "Glob":
        """The glob of a pattern: `*` stays within a path element, `**` crosses them, all else is literal."""
        parts = _STARS.split(pattern)
        return cls.of([part if not part.startswith("*") else STAR if part == "*" else STARS for part in parts])

    def matches(self, text: str) -> bool:
        """Whether the glob matches the whole text."""
        if not self.steps:
            return text == self.head
        stop = len(text) - len(self.tail)
        if stop < len(self.head) or not (text.startswith(self.head) and text.endswith(self.tail)):
            return False
        between = text[len(self.head) : stop]
        if len(self.steps) == 1 and self.steps[0].repeats:
            return self.steps[0] == STARS or "/" not in between
        return self._run(between)

    def _run(self, text: str) -> bool:
        steps, masks = self.steps, self._masks
        if sum(not step.repeats for step in steps) > len(text):
            return False
        repeats = sum(1 << i for i, step in enumerate(steps) if step.repeats)
        # Bit i: the steps before step i are done. A repeating step may be skipped; two of them are never adjacent.
        reached = 1 | (repeats & 1) << 1
        for character in text:
            mask = masks.get(character)
            if mask is None:
                mask = masks[character] = sum(1 << i for i, step in enumerate(steps) if step.accepts(character))
            alive = reached & mask
            reached = (alive & ~repeats) << 1 | alive & repeats
            reached |= (reached & repeats) << 1
            if not reached:
                return False
        return bool(reached >> len(steps) & 1)


def _literal(steps: Sequence[Step | str]) -> str:
    """The literal prefix of some steps."""
    stop = next((i for i, step in enumerate(steps) if isinstance(step, Step)), len(steps))
    return "".join(step for step in steps[:stop] if isinstance(step, str))


def _merged(steps: Sequence[Step | str]) -> list[Step]:
    """The steps with adjacent repeating steps merged into the one that accepts more."""
    merged: list[Step] = []
    for step in (step if isinstance(step, Step) else Step(frozenset(step)) for step in steps):
        if step.repeats and merged and merged[-1].repeats:
            merged[-1] = STARS if STARS in (step, merged[-1]) else STAR
        else:
            merged.append(step)
    return merged
