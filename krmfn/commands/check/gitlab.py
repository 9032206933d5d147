"""Format the report for GitLab's code quality: a merge request compares it with the target branch's report.

The format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from krmfn.files import report_lines, repository
from krmfn.files.report import CHANGE, FileReport, Remark
from krmfn.krm.results import Severity, visible

_SEVERITIES = {
    Severity.ERROR.value: "critical",
    CHANGE: "major",
    Severity.WARNING.value: "minor",
    Severity.INFO.value: "info",
}


def gitlab(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:  # noqa: ARG001 - as all formats
    """An entry for each remark; paths are relative to the root of the repository."""
    seen: Counter[str] = Counter()
    entries = [_entry(report, remark, seen) for report in reports for remark in report.remarks]
    return f"{report_lines.json_text(entries, indent=1)}\n".encode()


def _entry(report: FileReport, remark: Remark, seen: Counter[str]) -> dict[str, Any]:
    path, said = visible(repository.path_in(report.path)), report_lines.said(remark)
    return {
        "description": said,
        "check_name": f"krmfn/{remark.rule_id}",
        "fingerprint": _fingerprint((path, remark.rule_id, said), seen),
        "severity": _SEVERITIES[remark.severity],
        "location": {"path": path, "lines": {"begin": remark.line or 1}},
    }


def _fingerprint(parts: Sequence[str], seen: Counter[str]) -> str:
    """The id by which GitLab recognizes a finding. It ignores the line, and numbers equal findings."""
    key = "\0".join(parts)
    seen[key] += 1
    return sha256(f"{key}\0{seen[key]}".encode()).hexdigest()
