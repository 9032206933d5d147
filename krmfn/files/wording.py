"""Reports of files as lines for people."""

import os
from collections.abc import Iterable, Iterator, Sequence

from krmfn.files.patches import quoted
from krmfn.files.report import FileReport, Remark, Status
from krmfn.results import Severity, visible

_SAID = (Severity.ERROR, Severity.WARNING)


def shown(path: str) -> str:
    """A path on one line; one that cannot be printed as it is, in quotes and with escapes as Git has it."""
    return path if path.isprintable() else quoted(os.fsencode(path))  # halves of characters are not printable


def place(report: FileReport, remark: Remark) -> str:
    """`deploy/web.yaml:12:9`, which terminals and editors lead to; of a whole file its path."""
    return f"{line_of(report.path, remark.line)}:{remark.column}" if remark.line else shown(report.path)


def line_of(path: str, number: int) -> str:
    """`deploy/web.yaml:12`; of a whole file, whose number is 0, its path."""
    return f"{shown(path)}:{number}" if number else shown(path)


def said(remark: Remark) -> str:
    """What it says behind the severity: `Deployment shop/web: spec.replicas: message`."""
    return ": ".join(filter(None, (remark.resource, remark.field, remark.message)))


def line(report: FileReport, remark: Remark) -> str:
    """`deploy/web.yaml:12:9: error: Deployment shop/web: spec.replicas: message`."""
    return f"{place(report, remark)}: {remark.severity}: {said(remark)}"


def to_say(reports: Sequence[FileReport], notes: Iterable[str], verbose: bool) -> Iterator[str]:
    """The lines for stderr of a command whose output is something else: errors and warnings, and more if `verbose`."""
    if verbose:
        yield from notes
        for report in reports:
            if report.status is Status.CHANGED:
                yield f"{shown(report.path)}: {report.status}"
            yield from skips(report)
    for report in reports:
        yield from (visible(line(report, remark)) for remark in report.remarks if remark.severity in _SAID)


def skips(report: FileReport) -> Iterator[str]:
    """A line for each reason why the file, or documents in it, was skipped."""
    for reason, number in report.reasons:
        documents = f"{number} document{'s' * (number != 1)} " if number else ""
        yield f"{shown(report.path)}: {documents}skipped: {reason}"
