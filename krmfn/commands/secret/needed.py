"""Find the images that manifests run, in objects of any kind: the Secret needs credentials for them."""

from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError, NotYAML
from krmfn.files import classification
from krmfn.files.configs import Configs
from krmfn.files.discovery import FoundFile, PassedOver, find
from krmfn.files.reasons import Reason
from krmfn.files.survey import Survey, survey
from krmfn.imagepull import podspecs
from krmfn.imagepull.builds import Builds, in_builds
from krmfn.imagepull.definitions import Definitions, rows_defined
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.reference import Reference
from krmfn.imagepull.kinds import KindTables, by_structure
from krmfn.imagepull.settings import Settings
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.splice.pieces import Document
from krmfn.splice.source import decode, line_and_column


class Needed(NamedTuple):
    """The images of manifests, each once and sorted, without tag and digest; and warnings."""

    references: tuple[Reference, ...]
    warnings: tuple[str, ...]


class Manifests(NamedTuple):
    """A text with manifests, its settings, and the builds that use it, if they are known."""

    text: str
    settings: Settings
    builds: Builds | None = None


def by_files(paths: Iterable[str]) -> Needed:
    """The images of the manifests at and below some paths; raise `InputError` that names the file.

    Each file is read with the `kinds` of its nearest `krmfn.yaml`. A file that is not a manifest is skipped, with a
    warning if the user named the file itself. A file below a folder that is not YAML causes only a warning, because
    templates of charts look like manifests.
    """
    given = sorted(map(Path, set(paths)))
    found = find(given)
    surveyed = survey(one for one in found if isinstance(one, FoundFile))
    configs = Configs()
    texts: dict[str, Manifests] = {}
    passed: list[PassedOver] = []
    for one in found:
        if isinstance(one, PassedOver):
            passed.append(one)
        elif isinstance(classified := _manifests(one, surveyed), Reason):
            passed.append(PassedOver(one.path, classified))
        else:
            builds = surveyed.builds_of(one.real)
            texts[str(one.path)] = Manifests(classified, configs.settings_for(one.real.parent), builds)
    needed = by_texts(texts, {str(path) for path in given}, surveyed.known_definitions())
    unseen = [one for one in passed if one.path in given or one.why is Reason.SYMLINK]
    return needed._replace(warnings=(*(f"{one.path}: skipped: {one.why}" for one in unseen), *needed.warnings))


def _manifests(file: FoundFile, surveyed: Survey) -> str | Reason:
    """The text of the manifests in a file, or why it has none."""
    try:
        data, _ = surveyed.files.read(file.real)
        found = classification.manifests_in(file.real, data, surveyed)
    except InputError as error:
        raise InputError(f"{file.path}: {error}") from None
    return found if isinstance(found, Reason) else found.text


def by_stdin(data: bytes) -> Needed:
    """The images of the manifests on stdin."""
    try:
        text = decode(data).text
    except InputError as error:
        raise InputError(f"stdin: {error}") from None
    return by_texts({"stdin": Manifests(text, Settings())}, {"stdin"}, Definitions())


def by_texts(texts: Mapping[str, Manifests], named: Container[str], definitions: Definitions) -> Needed:
    """The images that some texts run; errors name a text by its key.

    Only the texts in `named` must be YAML; others only cause a warning.
    """
    found: set[str] = set()
    unread: list[str] = []
    for name, manifests in texts.items():
        try:
            found |= _located(name, manifests, definitions)
        except NotYAML as error:
            if name in named:
                raise
            unread.append(str(error))
    references = {image: images.known_part(image) for image in sorted(found)}
    unclear = [image for image, reference in references.items() if reference is None]
    return Needed(
        tuple(sorted({Reference(known.domain, known.path, None, None) for known in references.values() if known})),
        (
            *(f"not YAML, so its images are unknown: {error}" for error in unread),
            *(f"the registry of {image!r} is unknown, so the Secret has no credentials for it" for image in unclear),
        ),
    )


def _located(name: str, manifests: Manifests, definitions: Definitions) -> set[str]:
    """The images of a text; errors get the name of the text, line and column."""
    text = manifests.text
    try:
        return documents.of_input(text, lambda given: set(_images(given, manifests, definitions)))
    except InputError as error:
        line, column = line_and_column(text, error.position or 0)
        place = name if error.position is None else f"{name}:{line}:{column}"
        kind = NotYAML if isinstance(error, NotYAML) else InputError
        raise kind(f"{place}: {f'{error.path} ' if error.path else ''}{error}") from None


def _images(given: Input, manifests: Manifests, definitions: Definitions) -> Iterator[str]:
    tables = KindTables(manifests.settings.rows, manifests.settings.forbidden, embedded=True)
    tables = tables.taught(rows_defined(given, tables, definitions))
    pieces = list(given.pieces(lambda _: True))
    for document in (document for piece in pieces for document in piece.documents):
        try:
            yield from _of_document(document, tables, manifests.builds)
        except InputError as error:
            if error.position is not None:
                error.position += document.start
            raise


def _of_document(document: Document, tables: KindTables, builds: Builds | None) -> Iterator[str]:
    for resource, kind in podspecs.find_resources(document, tables):
        row = by_structure(resource.node) if kind is None else kind
        if row is None or row.ignored or resource.is_local:
            continue
        for pod_spec in in_builds(podspecs.find_pod_specs(resource, row), builds):
            yield from pod_spec.images
