"""Kustomizations: which files they list that are no manifests of their own, such as patches."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.reasons import Reason
from krmfn.krm import opening
from krmfn.splice import nodes, parsing
from krmfn.splice.source import decode

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""As kustomize looks for them."""


class Listed(NamedTuple):
    """What a kustomization lists that is no manifest: absolute paths of files, and of folders full of such.

    `unread` has the kustomization when it cannot be read, with the reason: then nobody knows.
    """

    reasons: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    unread: dict[Path, str] = {}  # noqa: RUF012 - never changed


@cache
def listed_in(folder: Path) -> Listed:
    """What the kustomization of an absolute folder lists; nothing when there is none."""
    for name in NAMES:
        file = folder / name
        try:
            data = opening.read_inside(repository.tree_of(folder), file, opening.KUSTOMIZATION)
            if data is None:
                continue
            text = decode(data).text
            kustomization = next(iter(_mappings(text)), {})
            resources = {_path(folder, entry) for entry in _entries(kustomization, "resources")}
            return Listed({path: why for path, why in _listed(folder, kustomization) if path not in resources})
        except InputError as error:
            return Listed(unread={file: str(error)})
    return Listed()


def _mappings(text: str) -> list[dict[str, Any]]:
    """The mappings among the documents of a text; raise `InputError` when it does not parse."""
    found = [nodes.plain(root) for root in parsing.compose(text)]
    return [data for data in found if isinstance(data, dict)]


# The keys that list files, or entries with such keys inside; by the reason not to look at those.
_PLACES: dict[Reason, tuple[tuple[str, ...], ...]] = {
    Reason.PATCH: (("patches",), ("patches", "path"), ("patchesStrategicMerge",), ("patchesJson6902", "path")),
    Reason.KUSTOMIZE_CONFIG: (
        ("transformers",),
        ("generators",),
        ("validators",),
        ("configurations",),
        ("crds",),
        ("openapi", "path"),
        ("replacements", "path"),
    ),
    Reason.VALUES: (
        ("helmCharts", "valuesFile"),
        ("helmCharts", "additionalValuesFiles"),
        ("helmChartInflationGenerator", "values"),
    ),
    Reason.GENERATOR_INPUT: (
        ("configMapGenerator", "files"),
        ("configMapGenerator", "envs"),
        ("secretGenerator", "files"),
        ("secretGenerator", "envs"),
    ),
}


def _listed(folder: Path, kustomization: dict[str, Any]) -> Iterator[tuple[Path, Reason]]:
    for reason, places in _PLACES.items():
        for place in places:
            for entry in _entries(kustomization, *place):
                name = entry.rpartition("=")[2] if reason is Reason.GENERATOR_INPUT else entry
                if path := _path(folder, name):
                    yield path, reason
    for entry in _entries(kustomization, "transformers"):
        yield from _patches_of(entry, folder)


def _patches_of(transformer: str, folder: Path) -> Iterator[tuple[Path, Reason]]:
    """The patches that built-in transformers name, which stand in place or in a file.

    Their paths count from the kustomization's folder. Raises `InputError` for a file that krmfn does not open.
    """
    config = _path(folder, transformer)
    try:
        data = opening.read_inside(repository.tree_of(folder), config, opening.KUSTOMIZATION) if config else None
    except InputError as error:
        raise InputError(f"its transformer {transformer}: {error}") from None
    try:
        given = _mappings(transformer if data is None else decode(data).text)
    except InputError:
        return  # kustomize will say so
    for entry in (entry for data in given for key in ("path", "paths") for entry in _entries(data, key)):
        if path := _path(folder, entry):
            yield path, Reason.PATCH


def _entries(data: Any, *keys: str) -> Iterator[str]:
    """The strings at a path of keys, through lists."""
    if isinstance(data, list):
        for item in data:
            yield from _entries(item, *keys)
    elif keys and isinstance(data, dict):
        yield from _entries(data.get(keys[0]), *keys[1:])
    elif not keys and isinstance(data, str):
        yield data


def _path(folder: Path, name: str) -> Path | None:
    """The absolute path of what is listed; None when it is text in place or fetched from somewhere."""
    if "\n" in name or "://" in name or not name.strip():
        return None
    try:
        return (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
