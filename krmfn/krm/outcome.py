"""What a run gives back."""

from typing import Any, NamedTuple, NoReturn

from krmfn.krm.results import ResourceRef, Result, exit_code
from krmfn.splice.edits import Edit


class AnnouncedChange(NamedTuple):
    """One field that was changed.

    Attributes:
        document: its document's number from 0; the index in `items` for a ResourceList.
        path: the field path from the root of that document or item; of an appended list item, its new index; empty for
            a document or item that is new itself.
        current: the value before; None when there was none.
        proposed: the value now, as plain data.
        resource: whose field it is. For an object that stands inside another one's spec, the outer one.
        position: where the mapping or list that is changed begins, or what is new goes, in code points of the decoded
            input.
        rule: the name of the rule that wants the change.
        removed: whether it is gone; `proposed` is None then. Indices in paths are those before.
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
    """The answer of a run.

    Attributes:
        output: the new bytes; the very object that went in when nothing changed, and after an error in a stream.
        results: what was found and done, most important first.
        changes: every single change to the items; empty after an error.
        edits: the same as edits of the decoded input, positions in code points without a byte order mark; those that
            add the results to a ResourceList are not among them.
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
        """1 when a result is an error, else 0."""
        return exit_code(self.results)
