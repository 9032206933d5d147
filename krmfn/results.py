"""The result items of the KRM Functions Specification: what was found and done, in the words of the wire format."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """How much a result matters; only errors fail a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_ORDER = list(Severity)


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
    """Which field, such as `spec.template.spec.containers[0].imagePullPolicy`, and its values before and after."""

    path: str
    current_value: Any = None
    proposed_value: Any = None


@dataclass(frozen=True, slots=True)
class File:
    """Which file of the package, as the host told us, and which document in it (from 0)."""

    path: str
    index: int = 0


class Place(NamedTuple):
    """Where in the input: `position` in code points, without a byte order mark; `words` is what the message says of it.

    Not on the wire, but who can show the place itself can leave the words out.
    """

    position: int
    words: str = ""

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Result:
    """One result item. `severity` is always set, since hosts disagree on the default."""

    message: str
    severity: Severity
    resource_ref: ResourceRef | None = None
    field: Field | None = None
    file: File | None = None
    place: Place | None = None

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
    """A text with escapes for what cannot be printed: a terminal, or what reads a log, would obey some of it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def most_important_first(results: Iterable[Result]) -> tuple[Result, ...]:
    """Errors, then warnings, then the rest, each in its old order: hosts show only the first few."""
    return tuple(sorted(results, key=lambda result: _ORDER.index(result.severity)))


def exit_code(results: Iterable[Result]) -> int:
    """1 when any result is an error, else 0. The exit code comes from here and from nowhere else."""
    return int(any(result.severity is Severity.ERROR for result in results))
