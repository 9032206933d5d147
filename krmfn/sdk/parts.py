"""Parts of objects in an author's code: their values are typed data; requests for changes are returned."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from krmfn.errors import InputError
from krmfn.krm.results import Result, Severity
from krmfn.sdk.changes import Change, plain, unmarked
from krmfn.sdk.paths import Path, one_by_one, steps
from krmfn.splice import nodes, typed
from krmfn.splice.nodes import MappingNode, Node, SequenceNode
from krmfn.splice.paths import Step
from krmfn.splice.wanted import written

if TYPE_CHECKING:
    from krmfn.sdk.objects import Object

_M = TypeVar("_M", bound=BaseModel)


class Unreadable(InputError):
    """Input that is refused, with the object that contains it."""

    def __init__(self, error: InputError, thing: "Object") -> None:
        super().__init__(str(error), error.position, error.path)
        self.thing = thing


@contextmanager
def of_object(thing: "Object") -> Iterator[None]:
    """Turn an `InputError` into an `Unreadable` error about this object."""
    try:
        yield
    except Unreadable:
        raise
    except InputError as error:
        raise Unreadable(error, thing) from error


class Part:
    """A mapping in an object, or the object itself. Paths are relative to it.

    Attributes:
        steps: the keys and indices from the object to the mapping.
    """

    def __init__(self, thing: "Object | None", at: tuple[Step, ...], node: Node | None) -> None:
        self._thing = thing
        self.steps = at
        self._node = node

    @property
    def thing(self) -> "Object":
        """The object."""
        assert self._thing
        return self._thing

    @property
    def path(self) -> str:
        """The field path of the mapping in the object: `spec.template.spec.containers[0]`."""
        return written(self.steps)

    def get(self, *path: Step | tuple[Step, ...], default: Any = None) -> Any:
        """A copy of the value at a path, as typed data; `default` if there is none.

        The path is a string, `get("spec.ports[0].name")`, or keys and indices, `get("metadata", "labels", key)`.
        """
        node = self._at(path)
        with of_object(self.thing):
            return default if node is None else typed.value(node)

    def has(self, *path: Step | tuple[Step, ...]) -> bool:
        """Whether there is a value at a path; null counts as a value."""
        return self._at(path) is not None

    def read(self, model: type[_M], *path: Step | tuple[Step, ...]) -> _M:
        """The value at a path, or the whole part, as a pydantic model; a `ValidationError` becomes an error result."""
        return model.model_validate(self.get(*path) if path else self.data)

    @property
    def data(self) -> dict[str, Any]:
        """A copy of the whole part, as typed data."""
        with of_object(self.thing):
            return {} if self._node is None or nodes.is_null(self._node) else typed.value(self._node)

    def merge(self, data: Mapping[str, Any] | BaseModel, path: Path = ()) -> Change:
        """Merge data into the value at a path, or into the part itself: mappings at any depth; lists are replaced.

        An empty mapping adds nothing; `set` writes one.
        """
        where, new = (*self.steps, *steps(path)), self._plain(data)
        if not isinstance(new, dict):
            raise TypeError(f"`merge` takes a mapping or a model, not {data!r}; `set` takes any value")
        return Change(self.thing, where, lambda wanted: wanted.merge(where, new))

    def set(self, path: Path, value: Any) -> Change:
        """Set the value at a path, whatever was there. Equal parts of the old value keep their text."""
        where, new = self._place(steps(path)), self._plain(value)
        return Change(self.thing, where, lambda wanted: wanted.set(where, new))

    def append(self, path: Path, *items: Any) -> Change:
        """Append items to the list at a path; items that the list has already are not added again."""
        where, new = self._place(steps(path)), [self._plain(item) for item in items]
        return Change(self.thing, where, lambda wanted: wanted.append(where, new))

    def remove(self, *path: Step | tuple[Step, ...]) -> Change:
        """Remove the value at a path, with the comment at the end of its line."""
        where = self._place(one_by_one(path))
        return Change(self.thing, where, lambda wanted: wanted.remove(where))

    def error(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """An error about the value at a path. After an error nothing in the whole input is changed."""
        return self._says(Severity.ERROR, message, path, proposed)

    def warning(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """A warning about the value at a path."""
        return self._says(Severity.WARNING, message, path, proposed)

    def info(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """An info about the value at a path."""
        return self._says(Severity.INFO, message, path, proposed)

    def _says(self, severity: Severity, message: str, path: Path, proposed: Any) -> Result:
        shown = unmarked(plain(proposed, has_literals=False))
        return self.thing.says(severity, message, (*self.steps, *steps(path)), shown)

    def _place(self, path: tuple[Step, ...]) -> tuple[Step, ...]:
        """A path in this part as a path in the object; raise `ValueError` for the object itself."""
        if where := (*self.steps, *path):
            return where
        raise ValueError("a path in the object is expected; `merge` changes the object itself, `drop` removes it")

    def _plain(self, value: Any) -> Any:
        return plain(value, has_literals=self.thing.resource.document.text.endswith("\n"))

    def _at(self, path: tuple[Step | tuple[Step, ...], ...]) -> Node | None:
        with of_object(self.thing):
            return find(self._node, one_by_one(path))


def find(node: Node | None, path: Sequence[Step]) -> Node | None:
    """The node at a path, or None."""
    for step in path:
        if isinstance(step, str):
            node = nodes.child(node, step) if isinstance(node, MappingNode) else None
        else:
            items = node.value if isinstance(node, SequenceNode) else []
            node = items[step] if 0 <= step < len(items) else None
        if node is None:
            return None
    return node
