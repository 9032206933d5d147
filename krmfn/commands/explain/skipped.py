"""The page's section on files and folders that krmfn skips, wholly or in part, by reason."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.attention import line, listing
from krmfn.commands.explain.elements import element
from krmfn.files import report_lines
from krmfn.files.reasons import Reason
from krmfn.files.report import FileReport


def skipped(reports: Sequence[FileReport]) -> Iterator[ET.Element]:
    """The section, or nothing if nothing was skipped."""
    by_reason: dict[Reason, list[ET.Element]] = {}
    for report in reports:
        for reason, number in report.reasons:
            documents = f"{number:,} document{'s' * (number != 1)}" if number else ""
            by_reason.setdefault(reason, []).append(line(report_lines.shown(report.path), documents))
    if by_reason:
        most_first = sorted(by_reason.items(), key=lambda item: -len(item[1]))
        lists = (listing(_title(reason), "", len(lines), lines) for reason, lines in most_first)
        hint = "krmfn did not look at these files and folders, or at some of their documents."
        yield element("section", element("h2", "Skipped"), element("p", hint), *lists, id="skipped")


def _title(reason: Reason) -> str:
    """`Values file`."""
    return reason[:1].upper() + reason[1:]
