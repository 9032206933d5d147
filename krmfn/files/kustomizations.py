"""Kustomizations: which files they list that are no manifests of their own, such as patches."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from krmfn import nodes, parsing
from krmfn.errors import InputError
from krmfn.files.reasons import Reason
from krmfn.source import decode

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""As kustomize looks for them."""


class Listed(NamedTuple):
    """What a kustomization lists that is no manifest: absolute paths of files, and of folders full of such.

    `unreadable` is the kustomization when it cannot be read, with the reason: then nobody knows.
    """

    reasons: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    unreadable: str = ""


@cache
def listed_in(folder: Path) -> Listed:
    """What the kustomization of an absolute folder lists; nothing when there is none."""
    for name in NAMES:
        file = folder / name
        try:
            if file.exists() and not file.is_file():
                continue  # a pipe, or a device without end
            text = decode(file.read_bytes()).text
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, InputError) as error:
            return Listed(unreadable=f"{file}: {getattr(error, 'strerror', None) or error}")
        try:
            kustomization = _first_mapping(text)
            resources = {_path(folder, entry) for entry in _entries(kustomization, "resources")}
            return Listed({path: why for path, why in _listed(folder, kustomization) if path not in resources})
        except InputError as error:
            return Listed(unreadable=f"{file}: {error}")
    return Listed()


def _first_mapping(text: str) -> dict[str, Any]:
    roots = parsing.compose(text)
    data = nodes.plain(roots[0]) if roots else None
    return data if isinstance(data, dict) else {}


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
                    if place == ("transformers",):
                        yield from _patches_of(path, folder)


def _patches_of(config: Path, folder: Path) -> Iterator[tuple[Path, Reason]]:
    """The patches that the config of a built-in transformer names; they count from the kustomization's folder."""
    if not config.is_file():
        return
    try:
        data = _first_mapping(decode(config.read_bytes()).text)
    except (OSError, InputError):
        return  # kustomize will say so
    for entry in (*_entries(data, "path"), *_entries(data, "paths")):
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
