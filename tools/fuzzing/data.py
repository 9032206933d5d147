"""The data of manifests before they are text: ordered pairs, lists and scalars, with everything that YAML allows."""

from collections import UserList
from collections.abc import Iterable
from random import Random
from typing import Any, TypeAlias


class Verbatim(str):
    """A scalar that is written unchanged, without quotes."""

    __slots__ = ()


class Reference(Verbatim):
    """An alias, with its star."""

    __slots__ = ()


class Pairs(UserList[tuple[str, "Data"]]):
    """A mapping: its pairs in order, possibly with duplicate keys."""


Data: TypeAlias = Pairs | list[Any] | str | int | None


def pairs(*given: tuple[str, Data], **more: Data) -> Pairs:
    """A mapping of the pairs given."""
    return Pairs([*given, *more.items()])


def from_plain(plain: object) -> Data:
    """Dicts and lists as `Data`."""
    if isinstance(plain, dict):
        return Pairs((str(key), from_plain(value)) for key, value in plain.items())
    if isinstance(plain, list):
        return [from_plain(item) for item in plain]
    return plain if plain is None or isinstance(plain, (str, int)) else str(plain)


class Chance:
    """Random choices that a seed fixes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.choice = self.random.choice
        self.shuffle = self.random.shuffle
        self.below = self.random.randrange

    def hit(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def some(self, given: Iterable[tuple[str, float, object]]) -> dict[str, object]:
        """A random selection of keys and values, by their probabilities."""
        return {key: value for key, probability, value in given if self.hit(probability)}
