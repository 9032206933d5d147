"""`---` that is glued to other text: YAML reads it as a part of that text, so two objects become one."""

import re

from krmfn.errors import InputError
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, ScalarNode
from krmfn.splice.pieces import Document

_MESSAGE = "`---` is glued to other text, so YAML does not see a new document there: put it on a line of its own"
_TO_NEXT = r"^---(?=[^\s-])"
_TO_KEY = re.compile(_TO_NEXT, re.MULTILINE)
# Not at the end of a longer line of dashes, as in certificates.
_TO_EITHER = re.compile(rf"{_TO_NEXT}|(?<=[^\s-])---(?=[ \t]*\r?$)", re.MULTILINE)


def stands_in(text: str) -> bool:
    """Whether a line begins with `---` that is glued to the following text, as some Helm templates print it."""
    return _TO_KEY.search(text) is not None


def to_a_key(root: MappingNode) -> InputError | None:
    """The error of a document with a key such as `---apiVersion`, else None."""
    found = (key for key in nodes.keys(root) if isinstance(key, ScalarNode) and _TO_KEY.match(key.value))
    first = next(found, None)
    return InputError(_MESSAGE, nodes.start(first)) if first else None


def between(document: Document, position: int | None) -> InputError | None:
    """The error of a document with a duplicate key that a `---` glued to the preceding text causes, else None.

    `position` is that of the second key.
    """
    start = nodes.start(document.root)
    found = [match.start() for match in _TO_EITHER.finditer(document.text, start, position or start)]
    return InputError(_MESSAGE, found[-1]) if found else None
