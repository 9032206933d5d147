"""Examine a file: run `krmfn.run` on its manifests, with the facts of its siblings."""

import gc
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from krmfn.errors import InputError, NotYAML, VerificationError
from krmfn.files import classification
from krmfn.files.classification import Classified
from krmfn.files.discovery import FoundFile
from krmfn.files.located_images import LocatedImage, located
from krmfn.files.reasons import Reason
from krmfn.files.replacing import Snapshot
from krmfn.files.report import FileReport, Remark, Status, failed, remarks
from krmfn.files.siblings import SiblingFiles
from krmfn.files.slices import slices
from krmfn.files.survey import Survey
from krmfn.files.workflow_controllers import Controllers
from krmfn.imagepull.definitions import Definitions
from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.imagepull.function import run, shared_facts
from krmfn.imagepull.kinds import DEFINITION
from krmfn.imagepull.outcome import ImagePullOutcome
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.siblings import SharedFacts
from krmfn.imagepull.unused_settings import Found
from krmfn.krm.opening import SUFFIXES
from krmfn.krm.results import Severity
from krmfn.krm.templating import is_template
from krmfn.splice import parsing
from krmfn.splice.edits import Edit, spliced
from krmfn.splice.source import SourceText, decode, line_and_column


class Product(Enum):
    """What a command needs to know about a file besides its errors. The data may be larger than the file."""

    CHANGES = "every change as a remark"
    OUTPUT = "the file as it should be"
    EDITS = "its text and the edits"
    IMAGES = "every image, with what is decided about it"


class Examined(NamedTuple):
    """The result of examining a file.

    Attributes:
        report: the report of the file.
        before: the file as it was read.
        output: the parts of the changed file, if it changes and `OUTPUT` is wanted.
        source: the text of the file, if it changes and `EDITS` are wanted.
        edits: the edits, likewise.
        images: all images in the file, if `IMAGES` are wanted.
        found: what the settings match in the file, if they may match nothing.
    """

    report: FileReport
    before: Snapshot | None = None
    output: tuple[bytes, ...] = ()
    source: SourceText = SourceText("", False)
    edits: tuple[Edit, ...] = ()
    images: tuple[LocatedImage, ...] = ()
    found: Found | None = None


_TO_RENDER = Remark(
    Severity.INFO.value,
    "is a template, and not YAML before it is rendered: run krmfn on the rendered manifests, as in "
    "`helm template ./chart | krmfn --config krmfn.yaml`",
)


class Examiner:
    """Examines files, one after the other."""

    def __init__(self, survey: Survey, wanted: Product, controllers: Controllers = MappingProxyType({})) -> None:
        self._survey = survey
        self._wanted = wanted
        self._definitions: Definitions = survey.known_definitions()
        self._sibling_files = SiblingFiles(survey, self._definitions, controllers)

    def examine(self, file: FoundFile, settings: Settings, data: bytes | None = None) -> Examined:
        """Find out what krmfn would change in a file. Raises nothing: errors are in the report.

        `data` is the content to assume; None: read the file.
        """
        try:
            if data is None:
                data, before = self._survey.files.read(file.real)
                return self._examine(file, data, settings)._replace(before=before)
            return self._examine(file, data, settings)
        except InputError as error:
            return Examined(failed(str(file.path), str(error)))
        except VerificationError as error:
            message = f"this is a bug in krmfn, nothing was written: {error}"
        except Exception:
            message = f"this is a bug in krmfn, nothing was written:\n{traceback.format_exc()}"
        return Examined(failed(str(file.path), message, Status.BUG))

    def _examine(self, file: FoundFile, data: bytes, settings: Settings) -> Examined:
        if reason := classification.reason_for(file.real, data, self._survey):
            if file.is_named and reason is Reason.OTHER and (error := _not_yaml(file, data)):
                return Examined(FileReport(str(file.path), Status.FAILED, remarks=(error,)))
            return _skipped(file, reason, *_unread_definition(file, data, self._survey))
        source = decode(data)
        del data
        siblings = self._sibling_files.of(file.real, settings)
        whole = [slice(0, len(source.text))]
        # In slices, a ServiceAccount without its secrets would be reported by each slice.
        parts = list(slices(source.text)) if settings.is_per_pod_spec else whole
        found = self._run(file.real, source, parts, settings, siblings)
        if found.status is Status.FAILED and len(parts) > 1:
            found = self._run(file.real, source, whole, settings, siblings)
        if not found.has_manifests:
            return _skipped(file, classification.reason_of(found.left_out, file.real))
        if found.status is Status.FAILED and is_template(source.text) and not _parses(source.text):
            return _skipped(file, Reason.UNRENDERED, _TO_RENDER)
        report = FileReport(str(file.path), found.status, tuple(found.left_out.items()), tuple(found.remarks))
        examined = Examined(report, found=found.found)
        if self._wanted is Product.IMAGES:
            images = located(str(file.path), source.text, found.images)
            return examined._replace(images=tuple(images))
        if found.status is not Status.CHANGED or self._wanted is Product.CHANGES:
            return examined
        if self._wanted is Product.OUTPUT:
            return examined._replace(output=tuple(found.output))
        return examined._replace(source=source, edits=tuple(found.edits))

    def _run(
        self,
        file: Path,
        source: SourceText,
        parts: Sequence[slice],
        settings: Settings,
        siblings: Sequence[SharedFacts],
    ) -> "_Found":
        found = _Found()
        builds = self._survey.builds_of(file)
        is_resource = file in self._survey.resources
        texts = (source.text[part] for part in parts if len(parts) > 1)
        slice_facts = [shared_facts(text, settings, self._definitions) for text in texts]
        for number, part in enumerate(parts):
            others = (*siblings, *slice_facts[:number], *slice_facts[number + 1 :])
            text = source.text[part]
            classified = classification.classify(text, is_resource=is_resource)
            explains = self._wanted is Product.IMAGES
            outcome = run(
                classified.text.encode(), settings, self._definitions, others, explains=explains, builds=builds
            )
            found.add(classified, text, outcome, self._wanted is Product.CHANGES)
            found.images += (image.moved(part.start) for image in outcome.images)
            if self._wanted is Product.EDITS:
                found.edits += (edit.moved(part.start) for edit in outcome.edits)
            elif self._wanted is Product.OUTPUT:
                like_source = SourceText("", source.bom and not part.start)
                found.output.append(like_source.encode(spliced(text, outcome.edits)))
            if len(parts) > 1:
                del text, classified, outcome
                gc.collect()
        return found


class _Found:
    """The results of the slices so far."""

    def __init__(self) -> None:
        self.status = Status.UNCHANGED
        self.has_manifests = False
        self.left_out: Counter[Reason] = Counter()
        self.remarks: list[Remark] = []
        self.edits: list[Edit] = []
        self.output: list[bytes] = []
        self.images: list[ExplainedImage] = []
        self.found: Found | None = None
        self._lines = 0

    def add(self, classified: Classified, text: str, outcome: ImagePullOutcome, with_changes: bool) -> None:
        """Add the results of the next slice."""
        if outcome.exit_code:
            self.status = Status.FAILED
        elif outcome.edits and self.status is Status.UNCHANGED:
            self.status = Status.CHANGED
        self.has_manifests |= classified.has_manifests
        self.left_out += classified.left_out
        if outcome.found:
            self.found = self.found.with_that_of(outcome.found) if self.found else outcome.found
        new = remarks(text, outcome.results, outcome.changes if with_changes else ())
        self.remarks += (remark.moved(self._lines) for remark in new)
        self._lines += text.count("\n")


def _skipped(file: FoundFile, reason: Reason, *remarks: Remark) -> Examined:
    return Examined(FileReport(str(file.path), Status.SKIPPED, ((reason, 0),), remarks))


def _unread_definition(file: FoundFile, data: bytes, survey: Survey) -> Iterator[Remark]:
    """A remark on a skipped file that would define a kind for other files if it were YAML."""
    if file.real in survey.definitions and not _parses(data.decode(errors="replace")):
        yield Remark(
            Severity.INFO.value,
            f"mentions a {DEFINITION} but is not YAML, so krmfn does not learn its kind; "
            "--crds takes a folder with the rendered definition",
        )


def _not_yaml(file: FoundFile, data: bytes) -> Remark | None:
    """The error of a named file that is neither YAML nor a template; None for JSON, which often has comments.

    Prose and encrypted files are YAML too: a single scalar. Such a file is an error unless its name ends like YAML.
    """
    text = ""
    try:
        text = decode(data).text
        if text.lstrip().startswith(("{", "[", "//", "/*")) or is_template(text):
            return None
        parsing.check_syntax(text)
        if not file.real.name.endswith(SUFFIXES) and parsing.is_one_scalar(text):
            raise NotYAML("not YAML but text: no `key: value`, and no list", 0)
    except InputError as error:
        line, column = (0, 0) if error.position is None else line_and_column(text, error.position)
        return Remark(Severity.ERROR.value, str(error), line, column)
    return None


def _parses(text: str) -> bool:
    try:
        parsing.check_syntax(text)
    except NotYAML:
        return False
    return True
