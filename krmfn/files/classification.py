"""Tell the manifests in a text from other documents."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files.expectations import is_expectation
from krmfn.files.reasons import Reason
from krmfn.files.survey import Survey
from krmfn.imagepull.kinds import STRUCTURE_WORD
from krmfn.krm import documents, glued, resources
from krmfn.krm.documents import Chunk
from krmfn.krm.templating import ytt_comment
from krmfn.splice.source import decode

# Keys at the start of a line, quoted or not. Flow style needs a closer look.
_TYPED = tuple(re.compile(rf"^[\"']?{key}[\"']?[ \t]*:", re.MULTILINE) for key in ("apiVersion", "kind"))
# Keys anywhere, with a scalar value. In schemas, which are large, mappings follow these keys.
_TYPED_INSIDE = tuple(re.compile(rf"\b{key}[\"']?[ \t]*:[ \t]*[\"']?\w") for key in ("apiVersion", "kind"))
# A letter as an escape sequence, which JSON and double-quoted YAML allow.
_ESCAPED_LETTER = re.compile(rb"\\(?:u00|x|U000000)[46][0-9A-Fa-f]|\\(?:u00|x|U000000)[57][0-9Aa]")
_MERGE = re.compile(r"<<[\"']?[ \t]*:")
_NOT_BLANK = re.compile(r"[^\r\n]")
# Only blanks on the same line may precede it: a match across lines would take quadratic time.
_KUSTOMIZE_DIRECTIVE = re.compile(
    r"""(?:^(?:[^\S\n]|-)*|[{,]\s*)["']?\$(?:patch|retainKeys|setElementOrder/)""", re.MULTILINE
)
_SELECTOR = re.compile(r"""\bselector["']?\s*:""")
# Kinds that the API server accepts only with a selector. Without a selector, the document is a patch.
_WITH_SELECTOR = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_NAMES = (
    (re.compile(r"values.*\.ya?ml|.*[._-]values\.ya?ml"), Reason.VALUES),
    (re.compile(r"(Chart|requirements)\.(yaml|lock)|values\.schema\.json|ct\.yaml"), Reason.CHART),
    (re.compile(r"kustomization\.ya?ml|Kustomization"), Reason.KUSTOMIZATION),
    (re.compile(r"(docker-)?compose.*\.ya?ml"), Reason.COMPOSE),
    (
        re.compile(
            r"\.(gitlab-ci|travis|drone|woodpecker|cirrus|appveyor|pre-commit-config|readthedocs).*\.ya?ml|"
            r"(azure|bitbucket)-pipelines.*\.ya?ml|cloudbuild\.ya?ml|(buildspec|appveyor|codecov|action)\.ya?ml"
        ),
        Reason.CI,
    ),
)
_CI_FOLDERS = frozenset({".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".azure-pipelines"})


class Classified(NamedTuple):
    """A text in which other documents than manifests are blanked out, and the number of these documents by reason."""

    text: str
    left_out: Counter[Reason]
    has_manifests: bool


def says_nothing_of_manifests(data: bytes) -> bool:
    """Whether the bytes of a file cannot hold a manifest in any encoding. Such a file need not parse."""
    if b"\0" in data[:4]:
        data = data.replace(b"\0", b"")
    if _ESCAPED_LETTER.search(data):
        return False  # a key may be escaped
    return b"apiVersion" not in data or b"kind" not in data


def reason_by_name(path: PurePath) -> Reason:
    """What a file without any manifest is, by its name and folders."""
    if not _CI_FOLDERS.isdisjoint(path.parts):
        return Reason.CI
    return next((reason for name, reason in _NAMES if name.fullmatch(path.name)), Reason.OTHER)


def reason_for(file: Path, data: bytes, survey: Survey) -> Reason | None:
    """Why the file at an absolute path is not a manifest; None if only parsing its data as YAML can tell."""
    if reason := survey.why_not(file):
        return reason
    if is_expectation(file) and file not in survey.resources:
        return Reason.EXPECTATION
    return reason_by_name(file) if says_nothing_of_manifests(data) else None


def manifests_in(file: Path, data: bytes, survey: Survey) -> Classified | Reason:
    """The manifests in the data of an absolute path, or the reason why there are none.

    Raises:
        InputError: the data is not UTF-8.
    """
    if reason := reason_for(file, data, survey):
        return reason
    classified = classify(decode(data).text, is_resource=file in survey.resources)
    return classified if classified.has_manifests else reason_of(classified.left_out, file)


def reason_of(left_out: Counter[Reason], path: PurePath) -> Reason:
    """The reason for a file whose documents were all left out."""
    reasons = [reason for reason, number in left_out.most_common() if number]
    return reason_by_name(path) if reasons in ([], [Reason.OTHER]) else reasons[0]


def classify(text: str, *, is_resource: bool = False) -> Classified:
    """The manifests of a text; `is_resource`: a kustomization lists the file as a resource, so it has no patches.

    If a part does not parse, the text is returned as it is, and `krmfn.run` reports the error.
    """
    given = documents.cut(text)
    left_out: Counter[Reason] = Counter()
    if given.envelope:
        return Classified(text, left_out, has_manifests=True)
    if ytt_comment(text) is not None:
        return Classified(text, Counter({Reason.YTT: 1}), has_manifests=False)
    parts: list[str] = []
    kept = 0
    try:
        for chunk in given.chunks:
            reason, part = _reason(chunk), chunk.text
            if reason is Reason.LIKELY_PATCH and is_resource:
                reason = None
            parts.append(_blanked(part) if reason else part)
            if reason:
                left_out[reason] += not _is_empty(part)
            else:
                kept += 1
    except InputError:
        return Classified(text, Counter(), has_manifests=True)
    if kept == len(given.chunks):
        return Classified(text, left_out, has_manifests=True)
    # There may be byte order marks between documents.
    return Classified("".join(_with_gaps(text, given.chunks, parts)), +left_out, has_manifests=kept > 0)


def _with_gaps(text: str, chunks: tuple[Chunk, ...], parts: list[str]) -> Iterator[str]:
    position = 0
    for chunk, part in zip(chunks, parts, strict=True):
        yield text[position : chunk.start]
        yield part
        position = chunk.stop
    yield text[position:]


def _reason(chunk: Chunk) -> Reason | None:
    """Why a chunk is not a manifest; None when it may be one. Raise `InputError` when it does not parse."""
    text = chunk.text
    if not all(key.search(text) for key in _TYPED) and chunk.type_meta is None and not _MERGE.search(text):
        chunk.check_syntax()
        is_other = chunk.is_one_object and not glued.stands_in(text) and not _holds_objects(chunk)
        return Reason.OTHER if is_other else None
    kind = chunk.kind_at_a_glance()
    if (STRUCTURE_WORD in text and _may_be_patch(text, kind)) or "krmfn.dev/" in text or kind in _CONFIGS:
        return _reason_by_type(chunk)
    return None


def _holds_objects(chunk: Chunk) -> bool:
    """Whether a chunk is a list or a mapping of objects."""
    if not all(key.search(chunk.text) for key in _TYPED_INSIDE):
        return False
    return any(True for document in documents.compose(chunk, 0).documents for _ in resources.read(document))


def _may_be_patch(text: str, kind: str) -> bool:
    has_none = not _SELECTOR.search(text) and (not kind or kind in _WITH_SELECTOR)
    return has_none or "$" in text


def _reason_by_type(chunk: Chunk) -> Reason | None:
    meta = chunk.type_meta
    if meta is None or not chunk.is_one_object:
        return None
    if meta.group == "krmfn.dev":
        return Reason.OWN_CONFIG
    if config := _CONFIGS.get(meta.kind):
        group, reason = config
        return reason if meta.group == group else None
    has_selector = _SELECTOR.search(chunk.text) is not None
    if meta.group == "apps" and meta.kind in _WITH_SELECTOR and not has_selector and meta.version == "v1":
        return Reason.LIKELY_PATCH
    return Reason.LIKELY_PATCH if _KUSTOMIZE_DIRECTIVE.search(chunk.text) else None


_CONFIGS = {
    "Kustomization": ("kustomize.config.k8s.io", Reason.KUSTOMIZATION),
    "Component": ("kustomize.config.k8s.io", Reason.KUSTOMIZATION),
    "Kptfile": ("kpt.dev", Reason.KPTFILE),
}


def _blanked(text: str) -> str:
    """The text with each character replaced by a blank, except separator and line breaks, so that positions stay."""
    keep = 3 if text.startswith("---") else 0
    return text[:keep] + _NOT_BLANK.sub(" ", text[keep:])


def _is_empty(text: str) -> bool:
    lines = text.removeprefix("---").splitlines()
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)
