"""The result items of the KRM Functions Specification: what was found and done, in the words of the wire format."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """How much a result matters; only errors fail a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_ORDER = list(Severity)

# `##vso[…]` is a command to the agent of Azure, and `##[…]` to the runner of GitHub, wherever in a line it stands. Both
# compare as people do: what .NET takes for nothing, such as a variation selector, may stand between.
_DOUBLED = r"#(?=[^\w\x00-\x7f]*#)"  # compiled when it is needed, since that takes long


class ResourceRef(NamedTuple):
    """Which resource a result speaks of."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}".rstrip()


class Field(NamedTuple):
    """Which field, such as `spec.ports[0].name`, and its values before and after."""

    path: str
    current_value: Any = None
    proposed_value: Any = None


class File(NamedTuple):
    """Which file of the package, as the host told us, and which document in it (from 0)."""

    path: str
    index: int = 0  # type: ignore[assignment]  # not that of tuples, as users know it


class Location(NamedTuple):
    """Where in the input: `position` in code points, without a byte order mark; `words` is what the message says of it.

    Not on the wire, but who can show the place itself can leave the words out.
    """

    position: int
    words: str = ""

    def __str__(self) -> str:
        return self.words


class Result(NamedTuple):
    """One result item. `severity` is always set, since hosts disagree on the default.

    `rule` is the name of the rule that found it, where that has one; on the wire it is a tag.
    """

    message: str
    severity: Severity
    resource_ref: ResourceRef | None = None
    field: Field | None = None
    file: File | None = None
    location: Location | None = None
    rule: str = ""

    def as_data(self) -> dict[str, Any]:
        """The wire form: plain data with the keys of the specification, absent things left out."""
        data: dict[str, Any] = {"message": self.message, "severity": self.severity.value}
        if ref := self.resource_ref:
            data["resourceRef"] = {"apiVersion": ref.api_version, "kind": ref.kind, "name": ref.name}
            if ref.namespace:
                data["resourceRef"]["namespace"] = ref.namespace
        # The specification allows `field` only beside `resourceRef`.
        if self.resource_ref and (field := self.field):
            data["field"] = {"path": field.path}
            if field.current_value is not None:
                data["field"]["currentValue"] = field.current_value
            if field.proposed_value is not None:
                data["field"]["proposedValue"] = field.proposed_value
        if self.file:
            data["file"] = {"path": self.file.path, "index": self.file.index}
        if self.rule:
            data["tags"] = {"rule": self.rule}
        return data

    def __str__(self) -> str:
        """One line: `error: deploy.yaml[0]: Deployment demo/web: spec.x: message`."""
        places = (
            f"{self.file.path}[{self.file.index}]" if self.file else "",
            str(self.resource_ref or ""),
            self.field.path if self.field else "",
        )
        return visible(": ".join([self.severity.value, *filter(None, places), " ".join(self.message.split())]))


def visible(text: str) -> str:
    """A text on one line, with escapes for what cannot be printed, and for commands that CI finds within a line.

    A terminal, or what reads a log, would obey them: control characters, those that turn the direction, `##vso[`.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return re.sub(_DOUBLED, r"\\x23", text) if "##" in text or not text.isascii() else text


def visible_line(text: str) -> str:
    """The same of a text that begins a line, where GitHub's runner would take `::error::` for a command."""
    text = visible(text)
    if not begins_like_a_command(text):
        return text
    start = len(text) - len(text.lstrip())
    return f"{text[:start]}{_escaped(text[start])}{text[start + 1 :]}"


def begins_like_a_command(text: str) -> bool:
    """Whether a visible text would be obeyed by GitHub's runner at the start of a line, or cannot be told not to be.

    The runner skips blanks before the `::`, and in its comparison what .NET takes for nothing.
    """
    first = text.lstrip()[:1]
    return first == ":" or not (first.isascii() or first.isalnum())


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}" if char.isascii() else char.encode("ascii", "backslashreplace").decode()


def most_important_first(results: Iterable[Result]) -> tuple[Result, ...]:
    """Errors, then warnings, then the rest, each in its old order: hosts show only the first few."""
    return tuple(sorted(results, key=lambda result: _ORDER.index(result.severity)))


def exit_code(results: Iterable[Result]) -> int:
    """1 when any result is an error, else 0. The exit code comes from here and from nowhere else."""
    return int(any(result.severity is Severity.ERROR for result in results))
