"""Findings: what a rule reports besides its changes; `reporting` turns them into results."""

from collections.abc import Hashable
from typing import Any, NamedTuple

from krmfn.krm.results import Severity
from krmfn.splice.nodes import Node


class Finding(NamedTuple):
    """A finding of a rule.

    Attributes:
        severity: as in the result.
        message: as in the result.
        path: the field path in the document.
        node: the node at the path, for its line; None for an absent field.
        current: the value found.
        proposed: the value that would be right.
        once: of all findings with the same key, only the first is reported.
        rule: the name of the rule, if reports list the finding under it.
    """

    severity: Severity
    message: str
    path: str
    node: Node | None = None
    current: Any = None
    proposed: Any = None
    once: Hashable = None
    rule: str = ""
