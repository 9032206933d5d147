"""The kustomizations below some paths that no other one there lists: each of them is built by itself."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.files import discovery, repository
from krmfn.files.ignoring import Ignoring
from krmfn.files.kustomizations import NAMES
from krmfn.krm import opening
from krmfn.splice import nodes, parsing
from krmfn.splice.source import decode

_COMPONENT = "Component"
"""The kind of a kustomization that is no build of its own."""


class BuildRoot(NamedTuple):
    """A folder to build, and the folders with kustomizations that its own one lists; all paths are absolute."""

    folder: Path
    children: tuple[Path, ...] = ()


def roots(paths: Sequence[Path]) -> tuple[BuildRoot, ...]:
    """The roots at and below the paths, sorted; raise `InputError` for a path that cannot be read.

    Ignored and hidden folders are left out, as `krmfn check` leaves them out.
    """
    found = {folder for path in paths for folder in _below(path)}
    listed = {child for folder in found for child in _listed(folder, "resources", "bases", "components")}
    own = (folder for folder in found - listed if not _is_component(folder))
    return tuple(map(root_at, sorted(own, key=discovery.sort_key)))


def root_at(folder: Path) -> BuildRoot:
    """An absolute folder as a root, whatever lists it."""
    listed = _listed(folder, "resources", "bases")
    return BuildRoot(folder, tuple(child for child in listed if not _is_component(child)))


def kustomization_of(folder: Path) -> Path | None:
    """The kustomization in a folder; None when there is none."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def _below(path: Path) -> Iterator[Path]:
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such folder") from None
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if real.name in NAMES and real.is_file():
        yield real.parent
    elif not real.is_dir():
        raise InputError(f"{path}: is not a folder; `--build` takes folders with kustomizations")
    for file in opening.below(real, hidden=False):
        if file.name in NAMES and not _is_ignored(file):
            yield file.parent


def _is_ignored(file: Path) -> bool:
    ignoring = Ignoring.at(file.parent)
    return bool(ignoring.around(file.parent) or ignoring.of(file, is_folder=False))


def _is_component(folder: Path) -> bool:
    return _content(folder).get("kind") == _COMPONENT


def _listed(folder: Path, *keys: str) -> tuple[Path, ...]:
    """The folders with kustomizations under some keys, inside the repository; what is fetched is none of them."""
    tree = repository.tree_of(folder).resolve()
    content = _content(folder)
    entries = [entry for key in keys for entry in _strings(content.get(key)) if "\n" not in entry and "\0" not in entry]
    found = dict.fromkeys(Path(os.path.realpath(folder / entry)) for entry in entries)
    return tuple(path for path in found if path != folder and path.is_relative_to(tree) and kustomization_of(path))


def _strings(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _content(folder: Path) -> dict[str, Any]:
    """The first document of a folder's kustomization; empty when it cannot be read, which its build will tell."""
    file = kustomization_of(folder)
    try:
        data = opening.read_inside(repository.tree_of(folder), file, opening.KUSTOMIZATION) if file else None
        documents = [nodes.plain(root) for root in parsing.compose(decode(data or b"").text)]
    except InputError:
        return {}
    return documents[0] if documents and isinstance(documents[0], dict) else {}
