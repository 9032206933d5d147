"""Report settings that match nothing in any file that their config applies to."""

from collections.abc import Iterator

from krmfn.files.plan import Job, Plan
from krmfn.files.report import FileReport, Remark, Status
from krmfn.imagepull.causes import UNUSED_SETTING
from krmfn.imagepull.unused_settings import Found, unused
from krmfn.krm.results import Severity


class UnusedSettings:
    """Collects what the settings match, file by file."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._found: dict[int, Found] = {}
        self._doubtful: set[int] = set()

    def add(self, job: Job, report: FileReport, found: Found | None) -> None:
        """Add the result of a file."""
        if report.is_wrong:
            self._doubtful.add(job.settings)  # the content of the file is unknown
        if found:
            self._found[job.settings] = found.with_that_of(self._found.get(job.settings, Found()))

    def reports(self) -> Iterator[FileReport]:
        """A report for each config with settings that match nothing; from a shard, for each whose settings may do so.

        Only for configs all of whose files were examined.
        """
        for number, (settings, config) in enumerate(zip(self._plan.settings, self._plan.whole, strict=True)):
            if not config or not settings.may_match_nothing:
                continue
            remarks: tuple[Remark, ...] = ()
            if number not in self._doubtful:
                found = self._found.get(number, Found())
                pairs = unused(settings, found)
                remarks = tuple(
                    Remark(Severity.INFO, message, field=key, rule=UNUSED_SETTING) for key, message in pairs
                )
            if remarks or self._plan.is_shard:
                yield FileReport(config, Status.SKIPPED, remarks=remarks)


def of_all_shards(reports: list[FileReport]) -> list[FileReport]:
    """Merge the reports of all shards: a setting is unused if it is unused in every shard with files of its config."""
    by_config: dict[str, list[FileReport]] = {}
    for report in filter(_is_of_config, reports):
        by_config.setdefault(report.path, []).append(report)
    merged = [_merged(own) for own in by_config.values()]
    return [*(report for report in reports if not _is_of_config(report)), *(one for one in merged if one.remarks)]


def _is_of_config(report: FileReport) -> bool:
    is_other = report.reasons or report.status is not Status.SKIPPED
    return not is_other and all(remark.rule == UNUSED_SETTING for remark in report.remarks)


def _merged(reports: list[FileReport]) -> FileReport:
    first = reports[0]
    everywhere = set.intersection(*({remark.field for remark in report.remarks} for report in reports))
    remarks = [
        max((remark for report in reports for remark in report.remarks if remark.field == field), key=_says_more)
        for field in dict.fromkeys(remark.field for remark in first.remarks)
        if field in everywhere
    ]
    return first._replace(remarks=tuple(remarks))


def _says_more(remark: Remark) -> int:
    return len(remark.message)
