"""Write the reports of files as lines for people."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from krmfn.files.patches import quoted
from krmfn.files.report import CHANGE, FileReport, Remark, Status, without_repeats
from krmfn.imagepull.causes import UNUSED_SETTING
from krmfn.krm.results import Severity, begins_like_a_command, visible

_SAID = (Severity.ERROR, Severity.WARNING)


def shown(path: str) -> str:
    """A path as it can begin a line: in quotes and with escapes, as in Git, if it cannot be printed as it is.

    A path that a CI runner could read as a command gets `./` before it.
    """
    if visible(path) != path:  # also true for surrogates, the bytes that are not UTF-8
        return quoted(os.fsencode(path))
    return f"./{path}" if begins_like_a_command(path) else path


def place(report: FileReport, remark: Remark) -> str:
    """The place of a remark, such as `deploy/web.yaml:12:9`, which terminals and editors can open; or just the path."""
    return f"{line_of(report.path, remark.line)}:{remark.column}" if remark.line else shown(report.path)


def line_of(path: str, number: int) -> str:
    """A path with a line, such as `deploy/web.yaml:12`; just the path if the number is 0."""
    return f"{shown(path)}:{number}" if number else shown(path)


def said(remark: Remark) -> str:
    """The text after the severity, such as `Deployment shop/web: spec.replicas: message`, as visible text."""
    return visible(": ".join(filter(None, (remark.resource, remark.field, remark.message))))


def rule(remark: Remark) -> str:
    """The rule of a finding, such as ` [some-rule]`; empty for a change, whose field is enough."""
    return f" [{visible(remark.rule)}]" if remark.rule and remark.severity != CHANGE else ""


def line(report: FileReport, remark: Remark) -> str:
    """A line such as `deploy/web.yaml:12:9: error: Deployment shop/web: spec.replicas: message [some-rule]`."""
    return f"{place(report, remark)}: {remark.severity}: {said(remark)}{rule(remark)}"


def to_say(
    reports: Sequence[FileReport], notes: Iterable[str], verbose: bool, hints: Iterable[str] = ()
) -> Iterator[str]:
    """The lines for stderr of a command with another output: hints, errors and warnings, and more if `verbose`."""
    yield from hints
    if verbose:
        yield from notes
        for report in reports:
            if report.status is Status.CHANGED:
                yield f"{shown(report.path)}: {report.status}"
            yield from skips(report)
    for report in reports if verbose else without_repeats(reports):
        said_too = (UNUSED_SETTING,) if verbose else ()
        yield from (line(report, one) for one in report.remarks if one.severity in _SAID or one.rule in said_too)


def json_text(data: Any, indent: int | None = None) -> str:
    """Data as JSON in ASCII, without `##`, in which a CI server could find a command."""
    return json.dumps(data, indent=indent).replace("##", r"\u0023\u0023")  # `##` can occur only in strings


def skips(report: FileReport) -> Iterator[str]:
    """A line for each reason why the file or some of its documents were skipped."""
    for reason, number in report.reasons:
        documents = f"{number} document{'s' * (number != 1)} " if number else ""
        yield f"{shown(report.path)}: {documents}skipped: {reason}"
