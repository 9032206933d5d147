"""Parts of objects as authors see them: read as typed data; what is to change in them is only said."""

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
    """Input that is refused, in an object that is known."""

    def __init__(self, error: InputError, thing: "Object") -> None:
        super().__init__(str(error), error.position, error.path)
        self.thing = thing


@contextmanager
def of_object(thing: "Object") -> Iterator[None]:
    """Errors about the input become errors about an object."""
    try:
        yield
    except Unreadable:
        raise
    except InputError as error:
        raise Unreadable(error, thing) from error


class Part:
    """A mapping in an object, or the object itself. Paths begin there.

    Attributes:
        steps: the keys and indices that lead to the mapping in it.
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
        """The value at a path as typed data, a copy; `default` when nothing is there.

        The path is one string, `get("spec.ports[0].name")`, or keys and indices, `get("metadata", "labels", key)`.
        """
        node = self._at(path)
        with of_object(self.thing):
            return default if node is None else typed.value(node)

    def has(self, *path: Step | tuple[Step, ...]) -> bool:
        """Whether there is anything at a path, null included."""
        return self._at(path) is not None

    def read(self, model: type[_M], *path: Step | tuple[Step, ...]) -> _M:
        """The value at a path, or all of it, as a pydantic model; pydantic's `ValidationError` becomes an error."""
        return model.model_validate(self.get(*path) if path else self.data)

    @property
    def data(self) -> dict[str, Any]:
        """All of it as typed data, a copy."""
        with of_object(self.thing):
            return {} if self._node is None or nodes.is_null(self._node) else typed.value(self._node)

    def merge(self, data: Mapping[str, Any] | BaseModel, path: Path = ()) -> Change:
        """What is at a path, or it itself, has all this too: mappings are merged, at any depth; lists are replaced.

        An empty mapping adds nothing; `set` writes one.
        """
        where, new = (*self.steps, *steps(path)), self._plain(data)
        if not isinstance(new, dict):
            raise TypeError(f"`merge` takes a mapping or a model, not {data!r}; `set` takes any value")
        return Change(self.thing, where, lambda wanted: wanted.merge(where, new))

    def set(self, path: Path, value: Any) -> Change:
        """The value at a path is this one, whatever was there. What is equal in it stays as it is written."""
        where, new = self._place(steps(path)), self._plain(value)
        return Change(self.thing, where, lambda wanted: wanted.set(where, new))

    def append(self, path: Path, *items: Any) -> Change:
        """The list at a path has these items too, at its end; those that it has already are not added again."""
        where, new = self._place(steps(path)), [self._plain(item) for item in items]
        return Change(self.thing, where, lambda wanted: wanted.append(where, new))

    def remove(self, *path: Step | tuple[Step, ...]) -> Change:
        """Nothing is at a path any more; comments behind it go with it."""
        where = self._place(one_by_one(path))
        return Change(self.thing, where, lambda wanted: wanted.remove(where))

    def error(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """An error about the value at a path; nothing is changed in the whole input then."""
        return self._says(Severity.ERROR, message, path, proposed)

    def warning(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """A warning about the value at a path."""
        return self._says(Severity.WARNING, message, path, proposed)

    def info(self, message: str, path: Path = (), *, proposed: Any = None) -> Result:
        """A remark about the value at a path."""
        return self._says(Severity.INFO, message, path, proposed)

    def _says(self, severity: Severity, message: str, path: Path, proposed: Any) -> Result:
        shown = unmarked(plain(proposed, has_literals=False))
        return self.thing.says(severity, message, (*self.steps, *steps(path)), shown)

    def _place(self, path: tuple[Step, ...]) -> tuple[Step, ...]:
        """A path in it as one in the object; raise `ValueError` for the object itself."""
        if where := (*self.steps, *path):
            return where
        raise ValueError("a path in the object is expected; `merge` changes the object itself, `drop` takes it out")

    def _plain(self, value: Any) -> Any:
        return plain(value, has_literals=self.thing.resource.document.text.endswith("\n"))

    def _at(self, path: tuple[Step | tuple[Step, ...], ...]) -> Node | None:
        with of_object(self.thing):
            return find(self._node, one_by_one(path))


def find(node: Node | None, path: Sequence[Step]) -> Node | None:
    """The node that a path leads to; None when nothing is there."""
    for step in path:
        if isinstance(step, str):
            node = nodes.child(node, step) if isinstance(node, MappingNode) else None
        else:
            items = node.value if isinstance(node, SequenceNode) else []
            node = items[step] if 0 <= step < len(items) else None
        if node is None:
            return None
    return node
