"""`---` that is glued to other text. To YAML it is part of that text, so that two objects become one."""

import re

from krmfn.errors import InputError
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, ScalarNode
from krmfn.splice.pieces import Document

_MESSAGE = "`---` is glued to other text, so YAML does not see a new document there: put it on a line of its own"
_TO_NEXT = r"^---(?=[^\s-])"
_TO_KEY = re.compile(_TO_NEXT, re.MULTILINE)
# Not the end of a longer line of dashes, as certificates have.
_TO_EITHER = re.compile(rf"{_TO_NEXT}|(?<=[^\s-])---(?=[ \t]*\r?$)", re.MULTILINE)


def stands_in(text: str) -> bool:
    """Whether a line begins with `---` that is glued to what follows, as Helm templates print it."""
    return _TO_KEY.search(text) is not None


def to_a_key(root: MappingNode) -> InputError | None:
    """The error of a document that has such a key as `---apiVersion`; None when it has none."""
    found = (key for key in nodes.keys(root) if isinstance(key, ScalarNode) and _TO_KEY.match(key.value))
    first = next(found, None)
    return InputError(_MESSAGE, nodes.start(first)) if first else None


def between(document: Document, position: int | None) -> InputError | None:
    """The error of a document in which a key stands twice since `---` is glued to the text before it.

    `position` is where the key stands a second time. None when there is no such `---`.
    """
    start = nodes.start(document.root)
    found = [match.start() for match in _TO_EITHER.finditer(document.text, start, position or start)]
    return InputError(_MESSAGE, found[-1]) if found else None
