"""Run `krmfn.run` on the output of a build, and make the report of its kustomization."""

import gc
import traceback
from collections.abc import Sequence

from krmfn.errors import InputError, VerificationError
from krmfn.files.report import FileReport, Status, failed, remarks
from krmfn.imagepull.causes import UNUSED_SETTING
from krmfn.imagepull.definitions import Definitions
from krmfn.imagepull.function import run
from krmfn.imagepull.settings import Settings
from krmfn.splice.source import decode

# krmfn disables garbage collection for its one pass through one input. After so many bytes, collect anyway.
_GARBAGE = 20_000_000


class OutputExaminer:
    """Examines the outputs of builds, one after the other."""

    def __init__(self, definitions: Sequence[str]) -> None:
        """`definitions` are the texts from `--crds`."""
        self._definitions = Definitions(definitions)
        self._bytes = 0

    def examine(self, path: str, data: bytes, settings: Settings) -> FileReport:
        """The report of the kustomization at `path`, whose build printed `data`.

        Its remarks have no line and column, because the output is in no file. Raises nothing: errors are in the report.
        """
        self._bytes += len(data)
        if self._bytes > _GARBAGE:
            gc.collect()
            self._bytes = 0
        try:
            return self._examine(path, data, settings)
        except InputError as error:
            return failed(path, f"the output of its build: {error}")
        except VerificationError as error:
            message = f"this is a bug in krmfn: {error}"
        except Exception:
            message = f"this is a bug in krmfn:\n{traceback.format_exc()}"
        return failed(path, message, Status.BUG)

    def _examine(self, path: str, data: bytes, settings: Settings) -> FileReport:
        text = decode(data).text
        outcome = run(data, settings, self._definitions)
        status = Status.FAILED if outcome.exit_code else Status.CHANGED if outcome.changes else Status.UNCHANGED
        # A setting that matches nothing here may match something in another build.
        results = [result for result in outcome.results if result.rule != UNUSED_SETTING]
        found = remarks(text, results, outcome.changes)
        return FileReport(path, status, remarks=tuple(remark._replace(line=0, column=0) for remark in found))
