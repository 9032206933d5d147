"""Reports of files as lines for people."""

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
    """A path that may begin a line; one that cannot be printed as it is, in quotes and with escapes as Git has it.

    One that the runners of CI could take for a command begins with `./`.
    """
    if visible(path) != path:  # halves of characters are not visible
        return quoted(os.fsencode(path))
    return f"./{path}" if begins_like_a_command(path) else path


def place(report: FileReport, remark: Remark) -> str:
    """`deploy/web.yaml:12:9`, which terminals and editors lead to; of a whole file its path."""
    return f"{line_of(report.path, remark.line)}:{remark.column}" if remark.line else shown(report.path)


def line_of(path: str, number: int) -> str:
    """`deploy/web.yaml:12`; of a whole file, whose number is 0, its path."""
    return f"{shown(path)}:{number}" if number else shown(path)


def said(remark: Remark) -> str:
    """What it says behind the severity: `Deployment shop/web: spec.replicas: message`, as visible text."""
    return visible(": ".join(filter(None, (remark.resource, remark.field, remark.message))))


def rule(remark: Remark) -> str:
    """` [some-rule]` behind what a rule found; a change says enough by its field."""
    return f" [{visible(remark.rule)}]" if remark.rule and remark.severity != CHANGE else ""


def line(report: FileReport, remark: Remark) -> str:
    """`deploy/web.yaml:12:9: error: Deployment shop/web: spec.replicas: message`, and the rule if there is one."""
    return f"{place(report, remark)}: {remark.severity}: {said(remark)}{rule(remark)}"


def to_say(
    reports: Sequence[FileReport], notes: Iterable[str], verbose: bool, hints: Iterable[str] = ()
) -> Iterator[str]:
    """The lines for stderr of a command whose output is something else: errors and warnings, and more if `verbose`."""
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
    """Data as JSON in ASCII; in a log no CI server finds a command in it."""
    return json.dumps(data, indent=indent).replace("##", r"\u0023\u0023")  # only texts have any


def skips(report: FileReport) -> Iterator[str]:
    """A line for each reason why the file, or documents in it, was skipped."""
    for reason, number in report.reasons:
        documents = f"{number} document{'s' * (number != 1)} " if number else ""
        yield f"{shown(report.path)}: {documents}skipped: {reason}"
