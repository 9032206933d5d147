"""Find unknown kinds in manifests whose objects have what looks like a pod spec."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import classification
from krmfn.files.discovery import FoundFile, PassedOver, find
from krmfn.files.reasons import Reason
from krmfn.files.survey import survey
from krmfn.imagepull import podspecs
from krmfn.imagepull.kinds import KindName, KindTables, Origin, by_structure
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.krm.streams import say
from krmfn.splice.source import decode


def texts_at(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The name and text of each manifest at and below some paths; raise `InputError` that names the file."""
    given = sorted(map(Path, set(paths)))
    found = find(given)
    surveyed = survey(one for one in found if isinstance(one, FoundFile))
    for one in found:
        if isinstance(one, PassedOver):
            if one.path in given:
                say(f"warning: {one.path}: skipped: {one.why}")
            continue
        try:
            data, _ = surveyed.files.read(one.real)
            manifests = classification.manifests_in(one.real, data, surveyed)
        except InputError as error:
            raise InputError(f"{one.path}: {error}") from None
        if not isinstance(manifests, Reason):
            yield str(one.path), manifests.text


def text_of(data: bytes) -> tuple[str, str]:
    """The name and text of stdin; raise `InputError` when it is not UTF-8."""
    try:
        return "stdin", decode(data).text
    except InputError as error:
        raise InputError(f"stdin: {error}") from None


def pod_specs_in(texts: Iterable[tuple[str, str]], tables: KindTables) -> dict[KindName, tuple[str, ...]]:
    """The paths of pod specs for each kind that no table knows; warn of a text that is not YAML."""
    found: dict[KindName, dict[str, None]] = {}
    for name, text in texts:
        try:
            documents.of_input(text, lambda given: _add(given, tables, found))
        except InputError as error:
            say(f"warning: {name}: skipped: {error}")
    return {kind: tuple(sorted(paths)) for kind, paths in found.items()}


def _add(given: Input, tables: KindTables, found: dict[KindName, dict[str, None]]) -> None:
    for piece in given.pieces(lambda _: True):
        for document in piece.documents:
            for resource, kind in podspecs.find_resources(document, tables):
                row = by_structure(resource.node) if kind is None else None
                if row is not None and row.origin is Origin.STRUCTURE and resource.type_meta.kind:
                    name = resource.type_meta.group, resource.type_meta.kind
                    found.setdefault(name, {}).update(dict.fromkeys(site.path for site in row.sites))
