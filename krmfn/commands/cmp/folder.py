"""Find out what kind of folder the current one is, and read its manifests."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from krmfn.commands.cmp.plain import Plain, plain_manifests
from krmfn.errors import InputError
from krmfn.files.builds.kustomizations import NAMES
from krmfn.krm import opening
from krmfn.krm.opening import SUFFIXES
from krmfn.splice.source import decode

# The files by which kustomize and Helm recognize their folders. Without any of them, a folder may hold plain manifests.
_TOLD_BY = {"kustomize": NAMES, "helm": ("Chart.yaml",)}
_RENDERED_BY = {"kustomize": "kustomize build .", "helm": "helm template ."}
KINDS = (*_TOLD_BY, "manifests")
"""What `discover` can look for."""


def discover(wanted: str | None = None) -> list[Path]:
    """A file that proves the kind, for each kind of the folder, or only for the kind wanted."""
    found = {kind: path for kind, names in _TOLD_BY.items() for name in names if (path := Path(name)).is_file()}
    if not found and (first := next(filter(_has_manifest, _manifests(_visible()[0])), None)):
        found["manifests"] = first
    return [path for kind, path in found.items() if wanted in (None, kind)]


def read(config_file: str | None = None) -> Plain:
    """The manifests in the folder and below as one stream, sorted by path.

    Skips hidden files and folders, and `config_file`, because krmfn's settings are nothing to apply. Links to folders
    are not followed but reported; a link to a file must lead to a file in the folder.

    Raises:
        InputError: a file is wrong; the message names it.
    """
    files, links = _visible()
    for kind, names in _TOLD_BY.items():
        for file in files:
            if file.name in names:
                raise InputError(
                    f"{file} must be rendered: name a command, such as `krmfn cmp generate -- {_RENDERED_BY[kind]}`"
                )
    own = os.path.realpath(config_file) if config_file else None
    manifests = [_read(file) for file in _manifests(files) if os.path.realpath(file) != own]
    texts, counts, local = zip(*manifests, strict=True) if manifests else ((), (), ())
    passed_over = (f"{link} is skipped: it is a link to a folder" for link in links)
    return Plain("".join(texts), sum(counts), (*chain.from_iterable(local), *passed_over))


def _read(file: Path) -> Plain:
    """The manifests of a file, with the separators and line ends to join them with other files' manifests."""
    try:
        text, objects, local = plain_manifests(decode(_data(file)).text)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    if text.startswith("%"):
        raise InputError(f"{file}: begins with a YAML directive; remove it")
    # The first document gets a separator too: Kubernetes reads a stream that begins with JSON as JSON only.
    return Plain("---\n" * (not text.startswith("---")) + text + "\n" * (not text.endswith("\n")), objects, local)


def _has_manifest(file: Path) -> bool:
    try:
        return plain_manifests(decode(_data(file)).text).objects > 0
    except InputError:
        return False


def _data(file: Path) -> bytes:
    data = opening.read_inside(Path(), file, opening.MANIFESTS)
    if data is None:
        raise InputError("the file has disappeared, or is a broken link")
    return data


def _manifests(files: Sequence[Path]) -> Iterator[Path]:
    return (file for file in files if file.suffix in SUFFIXES)


def _visible() -> tuple[list[Path], list[Path]]:
    """The visible files, and the links to folders."""
    found = sorted(opening.below(Path(), hidden=False))
    links = {path for path in found if path.is_symlink() and path.is_dir()}
    return [path for path in found if path not in links], sorted(links)
