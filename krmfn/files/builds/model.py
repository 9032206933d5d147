"""The builds of one tree, read once: its kustomizations, and all that changes images on the way to a cluster."""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.files.builds import commands, documents, kustomizations, overrides
from krmfn.files.builds.image_rules import ImageRule
from krmfn.files.builds.kustomizations import Kustomization
from krmfn.files.builds.overrides import Override
from krmfn.files.builds.reach import Reach
from krmfn.files.builds.steps import Artifacts, Step, Way
from krmfn.files.builds.tree import Tree
from krmfn.files.reasons import Reason
from krmfn.krm import opening
from krmfn.splice.source import decode

_DEPLOYED = re.compile(b"|".join(re.escape(group.encode()) for group in (overrides.ARGO_CD, overrides.FLUX)))
_BY_KUSTOMIZE = re.compile(rb"kustomize|images|path")


class Builds(NamedTuple):
    """What is known of the builds of a tree. Paths are absolute.

    Attributes:
        ways: by file, its ways through builds in which something may happen to images; files of which nothing is known
            are not in it, nor are those that every build takes as they are.
        resources: files that a kustomization lists as resources.
        listed: files, and folders of such, that kustomizations list and that are no manifests, with the reason.
        unread: kustomizations that cannot be read, with the reason.
        kustomizations: those that can be read, by folder.
        deployed: the folders of those that a deployment names: a manifest of Argo CD or Flux, or a command that builds.
    """

    ways: dict[Path, tuple[Way, ...]] = {}  # noqa: RUF012 - never changed
    resources: frozenset[Path] = frozenset()
    listed: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    unread: dict[Path, str] = {}  # noqa: RUF012 - never changed
    kustomizations: dict[Path, Kustomization] = {}  # noqa: RUF012 - never changed
    deployed: frozenset[Path] = frozenset()


def read(tree: Tree) -> Builds:
    """Read the builds of a tree."""
    if not tree.kustomized and not tree.skaffolds:
        return Builds()
    found: dict[Path, Kustomization] = {}
    unread: dict[Path, str] = {}
    for folder in tree.kustomized:
        try:
            kustomization = kustomizations.read(tree.root, folder)
        except InputError as error:
            unread[Path(error.path)] = str(error)
            continue
        if kustomization:
            found[folder] = kustomization
    reach = Reach(found, _set_later(tree, found))
    roots = reach.roots()
    ways: dict[Path, dict[Way, None]] = {}
    for folder in reach.builds():
        for file, chains in reach.of(folder).items():
            through = (Way(_label(tree, folder), steps, is_root=folder in roots) for steps in chains)
            ways.setdefault(file, {}).update(dict.fromkeys(through))
    deployed = set(_built(tree, found))
    for override in _overrides(tree):
        for folder in _folders(override.folder, tree, found):
            deployed.add(folder)
            build = f"{_label(tree, folder)} ({override.build})"
            for file, chains in reach.of(folder, override).items():
                ways.setdefault(file, {}).update((Way(build, steps), None) for steps in chains)
    skaffolds = tuple(_artifacts(tree))
    for file in tree.manifests if skaffolds else ():
        for folder, step in skaffolds:
            if file.is_relative_to(folder):
                ways[file] = _with_artifacts(ways.get(file, {}), step)
    resources = {path for one in found.values() for path in one.resources}
    return Builds(
        {file: tuple(own) for file, own in ways.items() if any(way.steps for way in own)},
        frozenset(resources),
        {path: why for one in found.values() for path, why in one.listed.items() if path not in resources},
        unread,
        found,
        frozenset(deployed),
    )


def _label(tree: Tree, folder: Path) -> str:
    return str(folder.relative_to(tree.root)) if folder.is_relative_to(tree.root) else str(folder)


def _set_later(tree: Tree, found: dict[Path, Kustomization]) -> dict[Path, list[tuple[str, ImageRule]]]:
    """By folder, the images that commands in scripts set over its kustomization, each with the script."""
    later: dict[Path, list[tuple[str, ImageRule]]] = {}
    for script in tree.scripts if found else ():
        for command in commands.set_images(_text(tree, script)):
            for folder in _run_in(script, command.folder, tree, found):
                later.setdefault(folder, []).append((_label(tree, script), command.rule))
    return later


def _built(tree: Tree, found: dict[Path, Kustomization]) -> Iterator[Path]:
    """The folders that commands in scripts build."""
    for script in tree.scripts if found else ():
        for folder in commands.builds(_text(tree, script)):
            for base in (tree.root, script.parent):
                yield from (one for one in found if str(one) == _normal(base, folder))


def _run_in(script: Path, folder: str, tree: Tree, found: dict[Path, Kustomization]) -> Iterable[Path]:
    """The folders that a command may run in: all, where it is not told or is none of them."""
    if folder and not folder.startswith(("/", "~")):
        for base in (script.parent, tree.root):
            own = [one for one in found if fnmatch.fnmatch(str(one), _normal(base, folder))]
            if own:
                return own
    return list(found)


def _normal(base: Path, folder: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(str(base), folder).parts:
        if part == "..":
            parts[-1:] = []
        else:
            parts.append(part)
    return str(PurePosixPath(*parts))


def _overrides(tree: Tree) -> Iterator[Override]:
    for file in tree.manifests if tree.kustomized else ():
        data = _data(tree, file)
        if _DEPLOYED.search(data) and _BY_KUSTOMIZE.search(data):
            for one in _documents(data):
                yield from overrides.overrides_in(one, _label(tree, file))
    for file in tree.argocd_sources:
        for one in _documents(_data(tree, file)):
            given = one.get("kustomize") if isinstance(one, dict) else None
            label = _label(tree, file)
            yield overrides.argo_cd(given, label, label, _label(tree, file.parent))


def _folders(pattern: str, tree: Tree, found: dict[Path, Kustomization]) -> list[Path]:
    """The folders with a kustomization that a path from the root means; `*` stands for what is filled in."""
    wanted = _normal(tree.root, pattern or ".")
    return [folder for folder in found if fnmatch.fnmatchcase(str(folder), wanted)]


def _artifacts(tree: Tree) -> Iterator[tuple[Path, Artifacts]]:
    for file in tree.skaffolds:
        names = [name for one in _documents(_data(tree, file)) for name in _names_in(one)]
        if names:
            yield file.parent, Artifacts(_label(tree, file), tuple(dict.fromkeys(names)))


def _names_in(config: Any) -> Iterator[str]:
    """The images that a config of skaffold builds, those of its profiles too."""
    if not isinstance(config, dict) or not str(config.get("apiVersion")).startswith("skaffold/"):
        return
    profiles = config.get("profiles")
    for part in (config, *(profiles if isinstance(profiles, list) else ())):
        build = part.get("build") if isinstance(part, dict) else None
        artifacts = build.get("artifacts") if isinstance(build, dict) else None
        for artifact in artifacts if isinstance(artifacts, list) else ():
            name = artifact.get("image") if isinstance(artifact, dict) else None
            if isinstance(name, str):
                yield name


def _with_artifacts(ways: dict[Way, None], step: Step) -> dict[Way, None]:
    """The ways with what skaffold does behind them; its own, where no build is known."""
    if not ways:
        return {Way(step.source, (step,)): None}
    return {way._replace(steps=(*way.steps, step)): None for way in ways}


def _documents(data: bytes) -> list[Any]:
    """The documents of a file that is read to learn from it; none where it cannot be read."""
    try:
        return list(documents.read(decode(data).text))
    except InputError:
        return []


def _text(tree: Tree, file: Path) -> str:
    return _data(tree, file).decode(errors="replace")


def _data(tree: Tree, file: Path) -> bytes:
    try:
        return opening.read_inside(tree.root, file, opening.KUSTOMIZATION) or b""
    except InputError:
        return b""
