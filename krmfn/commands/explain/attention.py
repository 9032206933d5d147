"""The page's section on what needs attention: errors and warnings by cause, unreadable images, unknown kinds."""

from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import Child, element
from krmfn.files import report_lines
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport, Remark
from krmfn.imagepull.causes import LEFT_ALONE
from krmfn.imagepull.explanation.images import State
from krmfn.imagepull.kinds import Origin
from krmfn.imagepull.rules import all_causes
from krmfn.krm.results import Severity

_UNKNOWN = (
    "krmfn does not know these kinds and edits what looks like a pod spec. To confirm a kind, add a row to `kinds` in "
    "the settings; to leave it alone, add a row with `ignore: true`."
)
_Finding = tuple[FileReport, Remark]
_MOST = 30
"""A list with at most so many lines is open when the page is loaded."""


def attention(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> ET.Element:
    """The section, with a list for each kind of finding. Images with a finding are not listed again."""
    found = [(report, remark) for report in reports for remark in report.remarks if _is_shown(remark)]
    said = {(report.path, remark.line, remark.column) for report, remark in found}
    lists = [*_findings(found), *_images([one for one in located if (one.path, one.line, one.column) not in said])]
    if not lists:
        lists = [element("p", "Nothing: krmfn can read every file and every image, and knows every kind.")]
    return element("section", element("h2", "Needs attention"), *lists, id="attention")


def _is_shown(remark: Remark) -> bool:
    return remark.severity in (Severity.ERROR, Severity.WARNING) or remark.rule == LEFT_ALONE


def _findings(found: Iterable[_Finding]) -> Iterator[ET.Element]:
    """A list of findings for each cause: errors first, and last what krmfn leaves alone."""
    by_cause: dict[tuple[bool, str], list[_Finding]] = {}
    for report, remark in found:
        by_cause.setdefault((remark.severity != Severity.ERROR, remark.rule), []).append((report, remark))
    causes = all_causes()
    for (is_harmless, rule), those in sorted(by_cause.items(), key=lambda item: (item[0][0], item[0][1] == LEFT_ALONE)):
        cause = causes.get(rule)
        title = cause.description if cause else "Warnings" if is_harmless else "Errors"
        yield listing(title, cause.fix if cause else "", len(those), _by_message(those))


def _by_message(found: Iterable[_Finding]) -> Iterator[ET.Element]:
    """A line for each finding; findings with the same message are listed by place below that message."""
    by_message: dict[str, list[_Finding]] = {}
    for report, remark in found:
        by_message.setdefault(remark.message, []).append((report, remark))
    for message, those in by_message.items():
        lines = [(report_lines.place(report, remark), remark) for report, remark in those]
        if len(lines) == 1:
            yield from (line(where, report_lines.said(remark)) for where, remark in lines)
        else:
            yield element("li", message, class_="shared")
            yield from (line(where, report_lines.said(remark._replace(message=""))) for where, remark in lines)


def _images(located: Sequence[LocatedImage]) -> Iterator[ET.Element]:
    images = [(report_lines.line_of(one.path, one.line), one.image) for one in located]
    later = [line(where, image.reference.text) for where, image in images if image.reference.state is State.TEMPLATED]
    wrong = [line(where, image.reference.text) for where, image in images if image.reference.state is State.INVALID]
    unknown = [
        line(where, f"{image.resource.kind} of {image.resource.api_version}: {image.field}")
        for where, image in images
        if image.origin == Origin.STRUCTURE
    ]
    for title, hint, lines in (
        ("Images filled in later", "The manifests do not say which images these will be.", later),
        ("Invalid image references", "The kubelet refuses them.", wrong),
        (
            "Unknown kinds",
            _UNKNOWN,
            unknown,
        ),
    ):
        if lines:
            yield listing(title, hint, len(lines), lines)


def listing(title: str, hint: str, number: int, lines: Iterable[ET.Element]) -> ET.Element:
    """A list that can be closed; a long list is closed when the page is loaded."""
    parts: list[Child] = [element("summary", f"{title} ", element("span", f"{number:,}", class_="count"))]
    if hint:
        parts.append(element("p", hint))
    return element("details", *parts, element("ul", *lines), open="open" if number <= _MOST else None)


def line(where: str, text: str) -> ET.Element:
    """A list item with a place and the text about it."""
    return element("li", element("code", where), f" {text}" if text else "")
