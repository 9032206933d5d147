"""Read a folder for `krmfn patches`: the build of its kustomization or its manifests, and its settings."""

import argparse
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import building, kustomize, program
from krmfn.files.builds.kustomizations import NAMES
from krmfn.files.configs import Configs
from krmfn.imagepull.settings import Settings
from krmfn.krm import opening
from krmfn.krm.streams import say
from krmfn.splice import parsing
from krmfn.splice.source import decode, line_and_column


def read(folder: str, arguments: argparse.Namespace) -> tuple[bytes, Settings]:
    """The build or the manifests of a folder, and its settings; raise `KrmfnError` for an error or an empty folder."""
    if not folder:
        raise InputError("DIR is empty: a variable in the command may not be set. `.` is the current folder")
    path = Path(folder)
    if not opening.is_folder(path):
        raise InputError(f"{folder}: must be a folder, or `-` for stdin")
    settings = Configs(arguments).settings_for(path.resolve())
    return (_built(path, arguments) if _is_built(path) else _manifests(path)), settings


def _is_built(folder: Path) -> bool:
    return any((folder / name).is_file() for name in NAMES)


def _built(folder: Path, arguments: argparse.Namespace) -> bytes:
    tool = kustomize.find()
    command = tool.command(folder.resolve(), kustomize.flags(tool, arguments))
    with building.threads(1) as (pool, stop):
        ended = pool.submit(program.run, command, tool.executable, building.limits(arguments), stop).result()
    if ended.trouble:
        raise InputError(f"{folder}: {kustomize.failure(tool, ended)}")
    if ended.said:
        say(f"{folder}: {tool}: {kustomize.shown(ended.said)}")
    return ended.output


def _manifests(folder: Path) -> bytes:
    """All manifests in a folder and below as one stream, as Flux reads a folder without a kustomization."""
    texts = []
    for file in sorted(opening.below(folder, hidden=False)):
        if file.name in NAMES:
            raise InputError(f"{file.parent} has a kustomization, but {folder} has none: add one that lists it")
        if file.suffix in opening.SUFFIXES:
            text = _text(folder, file)
            texts.append(text + "\n" * (not text.endswith("\n")))
    if not texts:
        raise InputError(f"{folder} has neither a kustomization nor manifests")
    return "---\n".join(texts).encode()


def _text(folder: Path, file: Path) -> str:
    """The text of a file; raise `InputError` with the place of a syntax error."""
    text = ""
    try:
        text = decode(opening.read_inside(folder, file, opening.MANIFESTS) or b"").text
        parsing.check_syntax(text)
    except InputError as error:
        place = "" if error.position is None else ":{}:{}".format(*line_and_column(text, error.position))
        raise InputError(f"{file}{place}: {error}") from None
    return text
