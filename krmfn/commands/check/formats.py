"""The formats of a report: for people, for programs, and for services that show results beside the code."""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence

from krmfn.commands.check.azure import azure
from krmfn.commands.check.github import github
from krmfn.commands.check.gitlab import gitlab
from krmfn.commands.check.human import human
from krmfn.commands.check.junit import junit
from krmfn.commands.check.sarif import sarif
from krmfn.files import report_lines
from krmfn.files.report import FileReport

VERSION = 1
"""The version of the JSON report. It increases when something that readers rely on changes."""

Format = Callable[[Sequence[FileReport], argparse.Namespace], bytes]


def as_json(reports: Sequence[FileReport], arguments: argparse.Namespace) -> bytes:
    """The whole report as JSON. Bytes of file names that are not UTF-8 become lone surrogates."""
    data = {
        "version": VERSION,
        "shard": str(arguments.shard) if arguments.shard else None,
        "summary": dict(sorted(Counter(report.status.value for report in reports).items())),
        "files": [report.as_data() for report in reports],
    }
    return f"{report_lines.json_text(data, indent=1)}\n".encode()


FORMATS: dict[str, Format] = {
    "human": human,
    "json": as_json,
    "junit": junit,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "azure": azure,
}
