"""Requests about an object, path by path.

All requests about an object are combined before they become changes (`differences`); the last one wins.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from krmfn.errors import InputError
from krmfn.splice import paths
from krmfn.splice.changes import Beside
from krmfn.splice.paths import Step

_AT_THE_END = Beside(last=True)
KEPT: Any = object()
"""The value of a place whose own value is not requested."""


class Place:
    """The requests at one place and below it; none at first.

    Attributes:
        value: the new value, or `KEPT`; with `KEPT` the other attributes are the changes to the old value.
        below: the requests below it, by key or index.
        appended: the items to append to the list.
        is_gone: whether to remove the value.
        beside: the preferred place of a new key.
    """

    __slots__ = ("appended", "below", "beside", "is_gone", "value")

    def __init__(self) -> None:
        self.below: dict[Step, Place] = {}
        self.beside = _AT_THE_END
        self.say()

    def say(self, value: Any = KEPT, *, is_gone: bool = False) -> None:
        """Replace all requests at this place."""
        self.value = value
        self.below.clear()
        self.appended: list[Any] = []
        self.is_gone = is_gone

    def built(self) -> Any:
        """The value if there is none yet; `KEPT` if none is requested."""
        if self.value is not KEPT:
            return self.value
        if self.appended:
            return self.appended
        if any(isinstance(step, int) for step in self.below):
            raise InputError("has no items yet that could change")
        built = {key: value for key, place in self.below.items() if (value := place.built()) is not KEPT}
        return built or KEPT


class Wanted:
    """The requests about an object. Values are plain data, which are stored and modified here."""

    def __init__(self) -> None:
        self.root = Place()

    def set(self, path: Sequence[Step], value: Any) -> None:
        """Set the value at a path; other keys and items of the old value are removed."""
        place, rest = self._at(path)
        if rest:
            _parent(place.value, rest, path)[rest[-1]] = value
        else:
            place.say(value)

    def merge(self, path: Sequence[Step], data: Mapping[str, Any]) -> None:
        """Merge data into the mapping at a path, at any depth; values other than mappings replace the old values.

        An empty mapping adds nothing.
        """
        for key, value in data.items():
            if isinstance(value, Mapping):
                self.merge((*path, key), value)
            else:
                self.set((*path, key), value)

    def remove(self, path: Sequence[Step]) -> None:
        """Remove the value at a path."""
        place, rest = self._at(path)
        if rest:
            found = _parent(place.value, rest, path)
            if rest[-1] in (found if isinstance(found, dict) else range(len(found))):
                del found[rest[-1]]
        else:
            place.say(is_gone=True)

    def append(self, path: Sequence[Step], items: Sequence[Any]) -> None:
        """Append the items that the list at a path lacks."""
        place, rest = self._at(path)
        if place.is_gone:
            place.say([])
        if rest:
            owner = _parent(place.value, rest, path)
            found = owner.setdefault(rest[-1], []) if isinstance(owner, dict) else owner[rest[-1]]
        elif place.value is not KEPT:
            found = place.value
        else:
            found = place.appended
        if not isinstance(found, list):
            raise InputError(
                f"is set to {_described(found)} by another change, so it takes no items", path=written(path)
            )
        found += [item for i, item in enumerate(items) if item not in found and item not in items[:i]]

    def settle(self, path: Sequence[Step], beside: Beside) -> None:
        """Set the preferred place of the last key of a path, in case it is new."""
        place, rest = self._at(path)
        if not rest:
            place.beside = beside

    def _at(self, path: Sequence[Step]) -> tuple[Place, Sequence[Step]]:
        """The place at a path, or the place above it that has a value, and the rest of the path in that value."""
        place = self.root
        for i, step in enumerate(path):
            if place.is_gone:
                place.say({})
            if place.value is not KEPT:
                return place, path[i:]
            place = place.below.setdefault(step, Place())
        return place, ()


def written(path: Sequence[Step]) -> str:
    """A path in the notation of results: `spec.ports[0].name`."""
    text = ""
    for step in path:
        text = f"{text}[{step}]" if isinstance(step, int) else paths.join(text, step)
    return text


def _parent(data: Any, rest: Sequence[Step], path: Sequence[Step]) -> Any:
    """The mapping or list, inside a requested value, that contains the last step of a path."""
    for i, step in enumerate(rest):
        is_item = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not is_item and not (isinstance(data, dict) and isinstance(step, str)):
            place = path[: len(path) - len(rest) + i]
            message = f"is set to {_described(data)} by another change, so nothing is at {written([step])} in it"
            raise InputError(message, path=written(place))
        if i + 1 < len(rest):
            data = data.setdefault(step, {}) if isinstance(data, dict) else data[step]
    return data


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)
