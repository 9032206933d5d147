"""What the current folder has to render."""

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

# Each kind with the files that tell it, as kustomize and Helm look for them; what has none of them is manifests.
_TOLD_BY = {"kustomize": NAMES, "helm": ("Chart.yaml",)}
_RENDERED_BY = {"kustomize": "kustomize build .", "helm": "helm template ."}
KINDS = (*_TOLD_BY, "manifests")
"""What `discover` can look for."""


def discover(wanted: str | None = None) -> list[Path]:
    """For each kind that the folder is of, or the one wanted only, a file that tells it."""
    found = {kind: path for kind, names in _TOLD_BY.items() for name in names if (path := Path(name)).is_file()}
    if not found and (first := next(filter(_has_manifest, _manifests(_visible()[0])), None)):
        found["manifests"] = first
    return [path for kind, path in found.items() if wanted in (None, kind)]


def read(config_file: str | None = None) -> Plain:
    """The manifests in the folder and below as one stream, sorted by path; raise `InputError` that names a bad file.

    Hidden files and folders are left out, and so is `config_file`: what krmfn is told is nothing to apply. Links to
    folders are not followed, and named; a link to a file has to lead to one in the folder.
    """
    files, links = _visible()
    for kind, names in _TOLD_BY.items():
        for file in files:
            if file.name in names:
                raise InputError(
                    f"{file} has to be rendered, and not read: `krmfn cmp generate -- {_RENDERED_BY[kind]}` or the like"
                )
    own = os.path.realpath(config_file) if config_file else None
    manifests = [_read(file) for file in _manifests(files) if os.path.realpath(file) != own]
    texts, counts, local = zip(*manifests, strict=True) if manifests else ((), (), ())
    passed_over = (f"{link} is left out: it is a link to a folder" for link in links)
    return Plain("".join(texts), sum(counts), (*chain.from_iterable(local), *passed_over))


def _read(file: Path) -> Plain:
    """The manifests of a file, so that they can stand between those of others."""
    try:
        text, objects, local = plain_manifests(decode(_data(file)).text)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    if text.startswith("%"):
        raise InputError(f"{file}: begins with a YAML directive; take it out")
    # Before the first one too: Kubernetes takes a stream that begins with JSON for nothing but JSON.
    return Plain("---\n" * (not text.startswith("---")) + text + "\n" * (not text.endswith("\n")), objects, local)


def _has_manifest(file: Path) -> bool:
    try:
        return plain_manifests(decode(_data(file)).text).objects > 0
    except InputError:
        return False


def _data(file: Path) -> bytes:
    data = opening.read_inside(Path(), file, opening.MANIFESTS)
    if data is None:
        raise InputError("a file is expected, and it is gone or a link to nothing")
    return data


def _manifests(files: Sequence[Path]) -> Iterator[Path]:
    return (file for file in files if file.suffix in SUFFIXES)


def _visible() -> tuple[list[Path], list[Path]]:
    """What is no folder, and the links to folders."""
    found = sorted(opening.below(Path(), hidden=False))
    links = {path for path in found if path.is_symlink() and path.is_dir()}
    return [path for path in found if path not in links], sorted(links)
