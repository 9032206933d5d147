"""The report of a file: small and plain, because it is passed between processes and written into reports."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from krmfn.files import discovery
from krmfn.files.reasons import Reason
from krmfn.imagepull.causes import IMMUTABLE_OBJECT, LEFT_ALONE
from krmfn.krm.outcome import AnnouncedChange
from krmfn.krm.results import Result, Severity
from krmfn.splice.source import lines_and_columns


class Status(StrEnum):
    """What krmfn did with a file, or would do."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"
    BUG = "bug"


class Remark(NamedTuple):
    """A remark on a place in a file.

    Attributes:
        severity: `change` for a field that changes or would change; otherwise a severity of results.
        message: the text, in one line.
        line: the line, from 1; 0 for a remark on the whole file.
        column: the column, from 1, in characters; 0 likewise.
        resource: the resource, such as `Deployment shop/web`, or empty.
        field: the field path, or empty.
        rule: the name of the rule that makes the change, or the id of the cause; empty if there is neither.
    """

    severity: str
    message: str
    line: int = 0
    column: int = 0
    resource: str = ""
    field: str = ""
    rule: str = ""

    @property
    def rule_id(self) -> str:
        """The id for reports that list rules: the rule, or else the severity."""
        return self.rule or self.severity

    def moved(self, lines: int) -> "Remark":
        """The remark with its line moved down by `lines`."""
        return self._replace(line=self.line + lines) if self.line and lines else self


CHANGE = "change"


class FileReport(NamedTuple):
    """The report of one file or folder.

    Attributes:
        path: the path as the user can write it; bytes that are not UTF-8 are surrogates, as in Python.
        status: what krmfn did with it.
        reasons: why the file or some of its documents were skipped, with the number of documents; 0 is the whole file.
        remarks: the remarks, by position; for a file that failed, they include the error.
    """

    path: str
    status: Status
    reasons: tuple[tuple[Reason, int], ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether the file has an error."""
        return self.status in (Status.FAILED, Status.BUG)

    def as_data(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        data: dict[str, Any] = {"path": self.path, "status": self.status.value}
        if self.reasons:
            data["skipped"] = [{"reason": reason.value, "documents": number} for reason, number in self.reasons]
        data["remarks"] = [
            {key: value for key, value in remark._asdict().items() if value not in ("", 0)} for remark in self.remarks
        ]
        return data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "FileReport":
        """The report from the data of `as_data`; raise `KeyError`, `TypeError` or `ValueError` for other data."""
        reasons = tuple((Reason(entry["reason"]), int(entry["documents"])) for entry in data.get("skipped", ()))
        remarks = tuple(_remark(**entry) for entry in data["remarks"])
        return cls(str(data["path"]), Status(data["status"]), reasons, remarks)


def _remark(**entry: Any) -> Remark:
    """The remark from plain data; raise `ValueError` or `TypeError` for data that is not from `as_data`."""
    remark = Remark(**entry)
    if remark.severity not in (CHANGE, *Severity):
        raise ValueError("no severity")
    for value, default in zip(remark, Remark("", ""), strict=True):
        if type(value) is not type(default) or (isinstance(value, int) and value < 0):
            raise TypeError("no value of a remark")
    return remark


def failed(path: str, message: str, status: Status = Status.FAILED) -> FileReport:
    """The report of a file that is left as it is because of an error."""
    return FileReport(path, status, remarks=(Remark(Severity.ERROR.value, message),))


def exit_code(reports: Iterable[FileReport]) -> int:
    """3 when krmfn has a bug, 1 when a file has an error, else 0."""
    return max((3 if report.status is Status.BUG else int(report.is_wrong) for report in reports), default=0)


def sort_key(report: FileReport) -> tuple[bytes, ...]:
    """A key to sort reports in the order in which files are found."""
    return discovery.sort_key(Path(report.path))


def remarks(text: str, results: Sequence[Result], changes: Iterable[AnnouncedChange]) -> tuple[Remark, ...]:
    """The remarks on a text, by position. Infos that sum up changes are left out, because each change has a remark."""
    reported = [result for result in results if _is_reported(result)]
    unplaced = [_of_result(result) for result in reported if result.location is None]
    found = [(result.location.position, _of_result(result)) for result in reported if result.location]
    found += [(change.position, _of_change(change)) for change in changes]
    found.sort(key=lambda pair: pair[0])
    places = lines_and_columns(text, (position for position, _ in found))
    placed = (
        remark._replace(line=line, column=column) for (_, remark), (line, column) in zip(found, places, strict=True)
    )
    return (*unplaced, *placed)


def _is_reported(result: Result) -> bool:
    return result.severity is not Severity.INFO or result.field is not None or bool(result.rule)


def _of_result(result: Result) -> Remark:
    message = result.message
    if result.location and result.location.words:
        message = message.replace(result.location.words, "", 1)
    return Remark(
        result.severity.value,
        " ".join(message.split()),
        resource=str(result.resource_ref or ""),
        field=result.field.path if result.field else "",
        rule=result.rule,
    )


def _of_change(change: AnnouncedChange) -> Remark:
    now = f"{_shown(change.current)} should be " if change.current not in (None, "") else "should be "
    return Remark(
        CHANGE, now + _shown(change.proposed), resource=str(change.resource), field=change.path, rule=change.rule
    )


def _shown(value: Any) -> str:
    """A value in flow style, such as `Always` or `{name: regcred}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)


# The parts of a message that differ between objects of a kind that are left alone for the same reason.
_VARIES = re.compile(r"(?<=embedded )\w+| and \d+ more\b|\b\d+ images?|\badd \{.*?\} to ")


def left_alone(reports: Iterable[FileReport]) -> dict[tuple[str, str], Remark]:
    """The remarks on objects that krmfn leaves alone although they may run images, each kind and reason once."""
    found = (remark for report in reports for remark in report.remarks if remark.rule == LEFT_ALONE)
    return {_kind_and_reason(remark): remark for remark in found}


def _kind_and_reason(remark: Remark) -> tuple[str, str]:
    return remark.resource.partition(" ")[0], _VARIES.sub("", remark.message)


def without_repeats(reports: Iterable[FileReport]) -> list[FileReport]:
    """The reports for people: only the first object of a kind keeps its remark that it is left alone or immutable."""
    said: set[tuple[str, str]] = set()
    kept: list[FileReport] = []
    for report in reports:
        remarks: list[Remark] = []
        for remark in report.remarks:
            if remark.rule in (LEFT_ALONE, IMMUTABLE_OBJECT):
                is_immutable = remark.rule == IMMUTABLE_OBJECT
                key = (remark.rule, remark.message.partition(":")[0]) if is_immutable else _kind_and_reason(remark)
                if key in said:
                    continue
                said.add(key)
            remarks.append(remark)
        kept.append(report if len(remarks) == len(report.remarks) else report._replace(remarks=tuple(remarks)))
    return kept
