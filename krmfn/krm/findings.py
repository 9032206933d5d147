"""What a rule has to say beside its changes; `reporting` turns it into a result."""

from collections.abc import Hashable
from typing import Any, NamedTuple

from krmfn.krm.results import Severity
from krmfn.splice.nodes import Node


class Finding(NamedTuple):
    """Something worth a result.

    Attributes:
        severity: as in the result.
        message: as in the result.
        path: the field path in the document.
        node: the node that stands there, for its line; None for an absent field.
        current: the value found.
        proposed: the value that would be right.
        once: of all findings with the same key, only the first is reported.
        rule: the name of the rule, where reports have an entry for what it finds.
    """

    severity: Severity
    message: str
    path: str
    node: Node | None = None
    current: Any = None
    proposed: Any = None
    once: Hashable = None
    rule: str = ""
