"""What an object should have, said path by path.

All wishes about one object are put together before any becomes a change (`differences`): what the last one says counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from krmfn.errors import InputError
from krmfn.splice import paths
from krmfn.splice.changes import Beside
from krmfn.splice.paths import Step

_AT_THE_END = Beside(last=True)
KEPT: Any = object()
"""The value of a place of which none is wanted."""


class Place:
    """What is wanted at one place and below it; nothing at first.

    Attributes:
        value: what it becomes, or `KEPT`; then the others say what of it changes.
        below: what is wanted in it, by key or index.
        appended: what the list gets that is there.
        is_gone: whether nothing is to be there.
        beside: where a new key is at home.
    """

    __slots__ = ("appended", "below", "beside", "is_gone", "value")

    def __init__(self) -> None:
        self.below: dict[Step, Place] = {}
        self.beside = _AT_THE_END
        self.say()

    def say(self, value: Any = KEPT, *, is_gone: bool = False) -> None:
        """Forget what was wanted, and want this."""
        self.value = value
        self.below.clear()
        self.appended: list[Any] = []
        self.is_gone = is_gone

    def built(self) -> Any:
        """What comes where nothing is yet; `KEPT` when nothing is wanted."""
        if self.value is not KEPT:
            return self.value
        if self.appended:
            return self.appended
        if any(isinstance(step, int) for step in self.below):
            raise InputError("has no items yet that could change")
        built = {key: value for key, place in self.below.items() if (value := place.built()) is not KEPT}
        return built or KEPT


class Wanted:
    """What is wanted of an object. Values are plain data, which it keeps and changes."""

    def __init__(self) -> None:
        self.root = Place()

    def set(self, path: Sequence[Step], value: Any) -> None:
        """The value at a path becomes this one, with no other keys and items than it has."""
        place, rest = self._at(path)
        if rest:
            _parent(place.value, rest, path)[rest[-1]] = value
        else:
            place.say(value)

    def merge(self, path: Sequence[Step], data: Mapping[str, Any]) -> None:
        """The mapping at a path has all this too, at any depth; what is no mapping in it takes the place of another.

        An empty mapping adds nothing.
        """
        for key, value in data.items():
            if isinstance(value, Mapping):
                self.merge((*path, key), value)
            else:
                self.set((*path, key), value)

    def remove(self, path: Sequence[Step]) -> None:
        """Nothing is at a path."""
        place, rest = self._at(path)
        if rest:
            found = _parent(place.value, rest, path)
            if rest[-1] in (found if isinstance(found, dict) else range(len(found))):
                del found[rest[-1]]
        else:
            place.say(is_gone=True)

    def append(self, path: Sequence[Step], items: Sequence[Any]) -> None:
        """The list at a path ends with those of the items that it lacks."""
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
        """Where the key at the end of a path is at home, if it is new."""
        place, rest = self._at(path)
        if not rest:
            place.beside = beside

    def _at(self, path: Sequence[Step]) -> tuple[Place, Sequence[Step]]:
        """What is wanted at a path; or what is set above it, and the rest of the path in that value."""
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
    """The mapping or list in a value that is set which the last step of a path is in."""
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
