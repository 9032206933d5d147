"""The outcome of a run."""

from typing import Any, NamedTuple, NoReturn

from krmfn.krm.results import ResourceRef, Result, exit_code
from krmfn.splice.edits import Edit


class AnnouncedChange(NamedTuple):
    """One changed field.

    Attributes:
        document: the number of the document, from 0; for a ResourceList the index in `items`.
        path: the field path from the root of that document or item, with the new index for an appended list item;
            empty for a new document or item.
        current: the old value, or None.
        proposed: the new value, as plain data.
        resource: the resource with the field. For an object inside another object's spec, the outer one.
        position: the start of the changed mapping or list, or the place of a new document or item, in code points of
            the decoded input.
        rule: the name of the rule that requests the change.
        removed: whether the field is removed; `proposed` is None then. Indices in paths are those before the change.
    """

    document: int
    path: str
    current: Any
    proposed: Any
    resource: ResourceRef
    position: int
    rule: str
    removed: bool = False


class Outcome:
    """The outcome of a run.

    Attributes:
        output: the new bytes; the same object as the input if nothing changed, and after an error in a stream.
        results: findings and changes, most important first.
        changes: every single change to the items; empty after an error.
        edits: the changes as edits of the decoded input, with positions in code points without a byte order mark;
            without the edits that add the results to a ResourceList.
        is_resource_list: whether the input was a ResourceList.
    """

    output: bytes
    results: tuple[Result, ...]
    changes: tuple[AnnouncedChange, ...]
    edits: tuple[Edit, ...]
    is_resource_list: bool

    def __init__(
        self,
        output: bytes,
        results: tuple[Result, ...] = (),
        changes: tuple[AnnouncedChange, ...] = (),
        edits: tuple[Edit, ...] = (),
        is_resource_list: bool = False,
    ) -> None:
        vars(self).update(
            output=output, results=results, changes=changes, edits=edits, is_resource_list=is_resource_list
        )

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"an outcome cannot change: {name}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    @property
    def exit_code(self) -> int:
        """1 if a result is an error, else 0."""
        return exit_code(self.results)
