"""Format the report as JUnit XML, which most CI servers show: a test case for each file or build."""

import argparse
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from krmfn.files import report_lines
from krmfn.files.report import FileReport, Status
from krmfn.imagepull.causes import FAILED_BUILD


def junit(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """The XML: a file that would change is a failure, a file with an error an error, a skipped file skipped."""
    counts = {
        "tests": len(reports),
        "failures": sum(report.status is Status.CHANGED for report in reports),
        "errors": sum(report.is_wrong for report in reports),
        "skipped": sum(report.status is Status.SKIPPED for report in reports),
    }
    attributes = {"name": "krmfn check", **{key: str(count) for key, count in counts.items()}}
    suites = ET.Element("testsuites", attributes)
    suite = ET.SubElement(suites, "testsuite", attributes)
    for report in reports:
        _add_case(suite, report)
    ET.indent(suites)
    text: bytes = ET.tostring(suites, "utf-8", xml_declaration=True)
    return text + b"\n"


def _add_case(suite: ET.Element, report: FileReport) -> None:
    name = report_lines.shown(report.path)
    case = ET.SubElement(suite, "testcase", {"classname": "krmfn", "name": name, "file": name})
    # The lines are visible text, which has no character that XML forbids.
    text = "\n".join(report_lines.line(report, remark) for remark in report.remarks)
    if report.status is Status.SKIPPED:
        skipped = ET.SubElement(case, "skipped", {"message": ", ".join(reason for reason, _ in report.reasons)})
        skipped.text = text or None
    elif report.status is not Status.UNCHANGED:
        tag, message = ("failure", "krmfn would change it") if report.status is Status.CHANGED else _error(report)
        ET.SubElement(case, tag, {"message": message, "type": report.status.value}).text = text
    elif text:
        ET.SubElement(case, "system-out").text = text


def _error(report: FileReport) -> tuple[str, str]:
    is_unbuilt = any(remark.rule == FAILED_BUILD for remark in report.remarks)
    return "error", "it could not be built" if is_unbuilt else "krmfn cannot edit it"
