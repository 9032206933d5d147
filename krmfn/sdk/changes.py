"""Changes that an author requests; they are made after all of them are known."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from krmfn.sdk.authoring import Line, asking_line
from krmfn.splice.paths import Step
from krmfn.splice.rendering import Literal, Sparing
from krmfn.splice.wanted import Wanted, written

if TYPE_CHECKING:
    from krmfn.sdk.objects import Object


class Change:
    """A requested change to an object. `yield` it; `yield from` works too.

    Attributes:
        thing: the object.
        path: the field path in it; empty for the whole object.
    """

    __slots__ = ("drops", "line", "path", "thing", "want")

    def __init__(
        self, thing: "Object", path: Sequence[Step], want: Callable[[Wanted], None], *, drops: bool = False
    ) -> None:
        self.thing = thing
        self.path = written(path)
        self.want = want
        self.drops = drops
        self.line: Line = asking_line()

    def __iter__(self) -> "Iterator[Change]":
        yield self

    def __repr__(self) -> str:
        return f"<{'drop' if self.drops else 'change'} {self.thing} {self.path}>".replace(" >", ">")


def unmarked(value: Any) -> Any:
    """The same data with plain `str` instead of the classes that `plain` uses; results need it."""
    if isinstance(value, dict):
        return {key: unmarked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    return str(value) if isinstance(value, str) else value


def plain(value: Any, *, has_literals: bool) -> Any:
    """A copy of a value as plain data that YAML can hold; raise `TypeError` for anything else.

    Models, tuples, sets, enumerations and subclasses of `str` become mappings, lists and strings.
    """
    if isinstance(value, Enum):
        return plain(value.value, has_literals=has_literals)
    if isinstance(value, str):
        return Literal(value) if has_literals else Sparing(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"{value} cannot be written to a manifest")
        return value
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True, exclude_none=True)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key must be a string, not {key!r}")
        return {str(key): plain(inner, has_literals=has_literals) for key, inner in value.items()}
    if isinstance(value, Set):
        value = sorted(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(item, has_literals=has_literals) for item in value]
    raise TypeError(f"{value!r} cannot be written to YAML: strings, numbers, booleans, None, lists and mappings can")
