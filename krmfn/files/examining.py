"""One file through `krmfn.run`, in the company of those that it has to know of."""

import traceback
from typing import NamedTuple

from krmfn import parsing
from krmfn.definitions import Definitions
from krmfn.edits import Edit, apply_edits
from krmfn.errors import InputError, NotYAML, VerificationError
from krmfn.files import replacing, telling
from krmfn.files.company import Company
from krmfn.files.finding import FoundFile
from krmfn.files.reasons import Reason
from krmfn.files.replacing import Snapshot
from krmfn.files.report import FileReport, Status, failed, remarks
from krmfn.files.survey import Survey
from krmfn.function import run
from krmfn.settings import Settings
from krmfn.source import SourceText, decode


class Examined(NamedTuple):
    """What came of a file: its report and, where it is to change, what was read, its text, and the edits of that."""

    report: FileReport
    before: Snapshot | None = None
    source: SourceText = SourceText("", False)
    edits: tuple[Edit, ...] = ()

    def output(self) -> bytes:
        """The file as it should be."""
        return self.source.encode(apply_edits(self.source.text, self.edits))


def examine(
    file: FoundFile, survey: Survey, company: Company, definitions: Definitions, settings: Settings
) -> Examined:
    """Read a file and work out what krmfn would change. Raises nothing: what goes wrong is in the report."""
    path = str(file.path)
    try:
        before = replacing.read(file.real)
        told = telling.manifests_in(file.real, before.data, survey)
        if isinstance(told, Reason):
            return _skipped(path, told)
        source = decode(before.data)
        outcome = run(told.text.encode(), settings, definitions, company.of(file.real, settings))
    except InputError as error:
        return Examined(failed(path, str(error)))
    except VerificationError as error:
        return Examined(failed(path, f"this is a bug in krmfn, nothing was written: {error}", Status.BUG))
    except Exception:
        trace = traceback.format_exc()
        return Examined(failed(path, f"this is a bug in krmfn, nothing was written:\n{trace}", Status.BUG))
    if outcome.exit_code and telling.is_template(source.text) and not _parses(source.text):
        return _skipped(path, Reason.UNRENDERED)
    status = Status.FAILED if outcome.exit_code else Status.CHANGED if outcome.edits else Status.UNCHANGED
    found = remarks(source.text, outcome.results, outcome.changes)
    return Examined(FileReport(path, status, tuple(told.left_out.items()), found), before, source, outcome.edits)


def _skipped(path: str, reason: Reason) -> Examined:
    return Examined(FileReport(path, Status.SKIPPED, ((reason, 0),)))


def _parses(text: str) -> bool:
    try:
        parsing.check_syntax(text)
    except NotYAML:
        return False
    return True
