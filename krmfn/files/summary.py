"""Sum up a run on files in one line."""

from collections import Counter
from collections.abc import Iterable, Sequence

from krmfn.files.reasons import Reason
from krmfn.files.report import FileReport, Status, left_alone
from krmfn.imagepull.causes import UNUSED_SETTING
from krmfn.krm.results import Severity


def summary(reports: Sequence[FileReport], changed: str, noun: str = "file") -> str:
    """A line such as `12 files changed, 3 of 240 have errors, 31 skipped (20 Helm templates, 11 values files)`.

    Args:
        reports: the reports of all files.
        changed: the verb for files that changed: `changed` or `would change`.
        noun: what a report is about, such as `file`.
    """
    statuses = Counter(report.status for report in reports)
    looked_at = len(reports) - statuses[Status.SKIPPED]
    number = statuses[Status.CHANGED]
    parts = [f"{number} {noun}{'s' * (number != 1)} {changed}"]
    if wrong := sum(report.is_wrong for report in reports):
        parts.append(f"{wrong} of {looked_at} {'has' if wrong == 1 else 'have'} errors")
    else:
        parts.append(f"{looked_at} looked at")
    if warnings := sum(remark.severity == Severity.WARNING for report in reports for remark in report.remarks):
        parts.append(f"{warnings} warning{'s' * (warnings != 1)}")
    if number := len(left_alone(reports)):
        parts.append(f"{number} kind{'s' * (number != 1)} left alone (-v names {'them' if number != 1 else 'it'})")
    if number := sum(remark.rule == UNUSED_SETTING for report in reports for remark in report.remarks):
        named = f"-v names {'them' if number != 1 else 'it'}"
        parts.append(f"{number} setting{'s match' if number != 1 else ' matches'} nothing ({named})")
    parts += _skipped("skipped", (reason for report in reports for reason, number in report.reasons if not number))
    parts += _skipped(
        "document{} skipped",
        (reason for report in reports for reason, number in report.reasons for _ in range(number)),
    )
    return ", ".join(parts)


def _skipped(words: str, reasons: Iterable[Reason]) -> list[str]:
    counts = Counter(reasons)
    if not counts:
        return []
    by_reason = ", ".join(reason.counted(number) for reason, number in counts.most_common())
    return [f"{counts.total()} {words.format('s' * (counts.total() != 1))} ({by_reason})"]
