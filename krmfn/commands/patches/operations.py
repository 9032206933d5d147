"""Make the operations of one patch: first tests of what the changes rely on, then the changes.

JSON patches (RFC 6902) cannot test that a field is absent. In kustomize a test for `null` does: its library reads an
absent field as null.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from krmfn.commands.patches.pointers import find, pointer
from krmfn.errors import VerificationError
from krmfn.imagepull.secrets.kustomize_names import is_hashed
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.paths import Step


class Operation(NamedTuple):
    """One operation of RFC 6902; `value` is None, or a string, or lists and mappings of strings."""

    op: str
    path: tuple[Step, ...]
    value: Any

    @property
    def pointer(self) -> str:
        """Its path as a JSON pointer."""
        return pointer(self.path)


def operations(before: Node, after: Node, images: Iterable[tuple[Step, ...]]) -> tuple[Operation, ...]:
    """The operations that turn the object `before` into `after`.

    `images` are the paths of images that the changes rely on.

    Raises:
        VerificationError: the objects differ in a way in which krmfn never changes one.
    """
    found = list(_changes(before, after, ()))
    tests = {test.path: test for test, _ in found if test}
    for path in images:
        image = find(before, path)
        if isinstance(image, ScalarNode):
            tests.setdefault(path, Operation("test", path, image.value))
    ordered = sorted(tests, key=lambda path: [(isinstance(step, str), step) for step in path])
    return (*(tests[path] for path in ordered), *(change for _, change in found))


def _changes(before: Node, after: Node, at: tuple[Step, ...]) -> Iterator[tuple[Operation | None, Operation]]:
    """Each change, with the test that precedes it, or None if no test is possible."""
    if isinstance(before, MappingNode) and isinstance(after, MappingNode):
        old = dict(nodes.all_entries(before))
        for key, value in nodes.all_entries(after):
            if key in old:
                yield from _changes(old[key], value, (*at, key))
            else:
                yield Operation("test", (*at, key), None), Operation("add", (*at, key), _data(value))
    elif isinstance(before, SequenceNode) and isinstance(after, SequenceNode):
        for i, (item, other) in enumerate(zip(before.value, after.value, strict=False)):
            yield from _changes(item, other, (*at, i))
        if added := after.value[len(before.value) :]:
            test = _test(before, at) if _is_comparable(before) else None
            yield from ((test, Operation("add", (*at, "-"), _data(item))) for item in added)
    elif before.value != after.value:
        yield _test(before, at), Operation("add" if nodes.is_null(before) else "replace", at, _data(after))


def _test(before: Node, at: tuple[Step, ...]) -> Operation | None:
    """The test that a value is the old one; None if it contains a number, which can be written in many ways."""
    try:
        return Operation("test", at, _data(before))
    except VerificationError:
        return None


def _is_comparable(items: SequenceNode) -> bool:
    """Whether kustomize can test a list of pull secrets during a build.

    Names with a hash become final only at the end of the build, and a null in a list makes kustomize panic.
    """
    scalars = (node for node in nodes.descendants([items]) if isinstance(node, ScalarNode))
    return not any(nodes.is_null(node) or is_hashed(node.value) for node in scalars)


def _data(node: Node) -> Any:
    """A node as data; raise `VerificationError` for a scalar that is neither a string nor null: krmfn writes none."""
    if isinstance(node, MappingNode):
        return {key: _data(value) for key, value in nodes.all_entries(node)}
    if isinstance(node, SequenceNode):
        return [_data(item) for item in node.value]
    if nodes.is_null(node):
        return None
    if not nodes.is_string(node):
        raise VerificationError(f"a change writes {nodes.describe(node)}, and krmfn writes strings only")
    return str(node.value)
