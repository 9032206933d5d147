"""The images that manifests run, whatever kind they are in: what a Secret for them has to be for."""

from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from krmfn import documents, images, parsing, podspecs
from krmfn.definitions import Definitions, rows_defined
from krmfn.documents import Document, Input
from krmfn.errors import InputError, NotYAML
from krmfn.files.finding import FoundFile, PassedOver, find
from krmfn.files.reasons import Reason
from krmfn.images import Reference
from krmfn.kinds import DEFINITION, Kinds, by_look
from krmfn.resources import SKIP_ANNOTATION, Resource
from krmfn.source import decode, line_and_column


class Needed(NamedTuple):
    """The images of manifests, each once and sorted, without tag and digest; and what to warn of."""

    references: tuple[Reference, ...]
    warnings: tuple[str, ...]


def by_files(paths: Iterable[str]) -> Needed:
    """The images of the manifests at and below some paths; raise `InputError` that names the file.

    Below a folder, files that are no YAML are only warned of: templates of charts look like manifests from outside.
    """
    given = sorted(map(Path, set(paths)))
    found = find(given)
    texts = {str(file.path): _read(file.path) for file in found if isinstance(file, FoundFile)}
    needed = by_texts(texts, named={str(path) for path in given})
    passed = [
        over for over in found if isinstance(over, PassedOver) and (over.path in given or over.why is Reason.SYMLINK)
    ]
    return needed._replace(warnings=(*(f"{over.path}: not looked at: {over.why}" for over in passed), *needed.warnings))


def by_stdin(data: bytes) -> Needed:
    """The images of the manifests on stdin."""
    return by_texts({"stdin": _decoded("stdin", data)}, named={"stdin"})


def by_texts(texts: Mapping[str, str], named: Container[str]) -> Needed:
    """The images of some texts, which errors name by their keys; only those in `named` have to be YAML."""
    definitions = Definitions([text for text in texts.values() if DEFINITION in text and _is_yaml(text)])
    found: set[str] = set()
    unread: list[str] = []
    for name, text in texts.items():
        try:
            found |= _located(name, text, definitions)
        except NotYAML as error:
            if name in named:
                raise
            unread.append(str(error))
    references = {image: images.parse(image) for image in sorted(found)}
    unclear = [image for image, reference in references.items() if reference is None]
    return Needed(
        tuple(sorted({Reference(known.domain, known.path, None, None) for known in references.values() if known})),
        (
            *(f"no YAML, so its images are not known: {error}" for error in unread),
            *(f"{image!r} tells no registry, so nothing is in the Secret for it" for image in unclear),
        ),
    )


def _read(file: Path) -> str:
    try:
        return _decoded(str(file), file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None


def _decoded(name: str, data: bytes) -> str:
    try:
        return decode(data).text
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _is_yaml(text: str) -> bool:
    try:
        parsing.check_syntax(text)
    except NotYAML:
        return False
    return True


def _located(name: str, text: str, definitions: Definitions) -> set[str]:
    """The images of a text; errors get its name and their line."""
    try:
        try:
            return set(_images(documents.cut(text), definitions))
        except NotYAML:
            return set(_images(documents.whole(text), definitions))
    except InputError as error:
        line, column = line_and_column(text, error.position or 0)
        place = name if error.position is None else f"{name}:{line}:{column}"
        kind = NotYAML if isinstance(error, NotYAML) else InputError
        raise kind(f"{place}: {f'{error.path} ' if error.path else ''}{error}") from None


def _images(given: Input, definitions: Definitions) -> Iterator[str]:
    tables = Kinds(embedded=True)
    tables = tables.taught(rows_defined(given, tables, definitions))
    pieces = [documents.compose(chunk, 0) for chunk in given.chunks]
    if given.envelope and not given.chunks:
        pieces = [documents.items_piece(given.envelope)]
    for document in (document for piece in pieces for document in piece.documents):
        try:
            yield from _of_document(document, tables)
        except InputError as error:
            if error.position is not None:
                error.position += document.start
            raise


def _of_document(document: Document, tables: Kinds) -> Iterator[str]:
    for resource, kind in podspecs.find_resources(document, tables):
        row = by_look(resource.node) if kind is None else kind
        if row is None or row.never or _is_local(resource):
            continue
        for pod_spec in podspecs.find_pod_specs(resource, row):
            yield from (container.image for container in pod_spec.containers if container.image)


def _is_local(resource: Resource) -> bool:
    """Whether it never reaches a cluster; what krmfn is only to leave alone does."""
    return resource.opts_out and resource.annotations.get(SKIP_ANNOTATION) != "true"
