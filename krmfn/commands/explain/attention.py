"""What of the page nobody can tell from the manifests alone, or is wrong: to be looked at by hand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import Child, element
from krmfn.files import report_lines
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.imagepull.explanation.images import State
from krmfn.imagepull.kinds import Origin
from krmfn.krm.results import Severity


def section(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> list[ET.Element]:
    """The section, with a list for each sort of thing there is."""
    told = [one for one in _lists(reports, located) if one is not None]
    if not told:
        told = [element("p", "Nothing: every image can be read, every file too.")]
    return [element("section", element("h2", "To be looked at"), *told, id="unresolved")]


def _lists(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> Iterator[ET.Element | None]:
    images = [(report_lines.line_of(one.path, one.line), one.image) for one in located]
    remarks = [(report, remark) for report in reports for remark in report.remarks]
    for severity, title in ((Severity.ERROR, "Errors"), (Severity.WARNING, "Warnings")):
        those = [
            (report_lines.place(report, remark), report_lines.said(remark))
            for report, remark in remarks
            if remark.severity == severity
        ]
        yield _list(title, "", those)
    yield _list(
        "Filled in later",
        "What they will be is not in the manifests.",
        [(where, image.reference.text) for where, image in images if image.reference.state is State.TEMPLATED],
    )
    yield _list(
        "No valid reference",
        "The kubelet will refuse them.",
        [(where, image.reference.text) for where, image in images if image.reference.state is State.INVALID],
    )
    yield _list(
        "Kinds that no table knows",
        "They were treated for their look; a row in kinds of the settings makes them known.",
        [
            (
                where,
                f"{image.resource.kind} of {image.resource.api_version}: {image.field}",
            )
            for where, image in images
            if image.origin == Origin.STRUCTURE
        ],
    )
    reasons = Counter[str]()
    for reason, number in (pair for report in reports for pair in report.reasons):
        reasons[f"{reason}, {'documents' if number else 'files or folders'}"] += number or 1
    yield _list("Not looked at", "", [(f"{number:,}", reason) for reason, number in reasons.most_common()])


def _list(title: str, hint: str, lines: Iterable[tuple[str, str]]) -> ET.Element | None:
    shown = [element("li", element("code", where), " ", text) for where, text in lines]
    if not shown:
        return None
    parts: list[Child] = [element("summary", f"{title} ", element("span", f"{len(shown):,}", class_="count"))]
    if hint:
        parts.append(element("p", hint))
    return element("details", *parts, element("ul", *shown), open="open" if len(shown) <= 30 else None)
