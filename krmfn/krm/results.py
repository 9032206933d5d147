"""The result items of the KRM Functions Specification, with the field names of the wire format."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """The severity of a result; only errors fail a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_ORDER = list(Severity)

# `##vso[…]` is a command for Azure's agent and `##[…]` for GitHub's runner, anywhere in a line. Both compare in a way
# that ignores characters which .NET ignores, such as a variation selector; these may be between the hash signs.
_DOUBLED = r"#(?=[^\w\x00-\x7f]*#)"  # compiled late, because that takes long


class ResourceRef(NamedTuple):
    """The resource of a result."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}".rstrip()


class Field(NamedTuple):
    """The field of a result, such as `spec.ports[0].name`, and its current and proposed values."""

    path: str
    current_value: Any = None
    proposed_value: Any = None


class File(NamedTuple):
    """A file of the package, as the host names it, and the index of the document in it (from 0)."""

    path: str
    index: int = 0  # type: ignore[assignment]  # not that of tuples, as users know it


class Location(NamedTuple):
    """A place in the input: `position` in code points, without a byte order mark; `words` describe it in the message.

    It is not part of the wire format. Reports that show the place themselves can leave the words out.
    """

    position: int
    words: str = ""

    def __str__(self) -> str:
        return self.words


class Result(NamedTuple):
    """One result item. `severity` is always set, because hosts disagree on the default.

    `rule` is the name of the rule that found it, or None; in the wire format it is a tag.
    """

    message: str
    severity: Severity
    resource_ref: ResourceRef | None = None
    field: Field | None = None
    file: File | None = None
    location: Location | None = None
    rule: str = ""

    def as_data(self) -> dict[str, Any]:
        """The wire format: plain data with the keys of the specification, without absent values."""
        data: dict[str, Any] = {"message": self.message, "severity": self.severity.value}
        if ref := self.resource_ref:
            data["resourceRef"] = {"apiVersion": ref.api_version, "kind": ref.kind, "name": ref.name}
            if ref.namespace:
                data["resourceRef"]["namespace"] = ref.namespace
        # The specification allows `field` only with `resourceRef`.
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
    """A text on one line, with unprintable characters escaped, and commands that CI servers find within a line.

    A terminal or a CI server would obey them: control characters, bidirectional characters, `##vso[`.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return re.sub(_DOUBLED, r"\\x23", text) if "##" in text or not text.isascii() else text


def visible_line(text: str) -> str:
    """The same for a text at the start of a line, where GitHub's runner would obey `::error::`."""
    text = visible(text)
    if not begins_like_a_command(text):
        return text
    start = len(text) - len(text.lstrip())
    return f"{text[:start]}{_escaped(text[start])}{text[start + 1 :]}"


def begins_like_a_command(text: str) -> bool:
    """Whether GitHub's runner would, or might, obey a visible text at the start of a line.

    The runner skips blanks before the `::`, and characters that .NET ignores in comparisons.
    """
    first = text.lstrip()[:1]
    return first == ":" or not (first.isascii() or first.isalnum())


def _escaped(char: str) -> str:
    return f"\\x{ord(char):02x}" if char.isascii() else char.encode("ascii", "backslashreplace").decode()


def most_important_first(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results sorted by severity, else in the old order, because hosts show only the first few."""
    return tuple(sorted(results, key=lambda result: _ORDER.index(result.severity)))


def exit_code(results: Iterable[Result]) -> int:
    """The exit code for results: 1 if any is an error, else 0."""
    return int(any(result.severity is Severity.ERROR for result in results))
