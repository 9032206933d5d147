"""Read the builds of one tree: its kustomizations, and everything else that changes images before a cluster."""

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from krmfn.errors import InputError, NotYAML
from krmfn.files.builds import commands, documents, kustomizations, overrides
from krmfn.files.builds.image_rules import ImageRule
from krmfn.files.builds.kustomizations import Kustomization
from krmfn.files.builds.overrides import Override
from krmfn.files.builds.reach import Chains, Reach
from krmfn.files.builds.steps import Artifacts, Commands, Images, Patched, Step, Target, Way
from krmfn.files.builds.tree import Tree
from krmfn.files.reasons import Reason
from krmfn.krm import opening
from krmfn.splice.source import decode

DEPLOYED = re.compile(b"|".join(re.escape(group.encode()) for group in (overrides.ARGO_CD, overrides.FLUX)))
_BY_KUSTOMIZE = re.compile(rb"kustomize|images|path")


class Builds(NamedTuple):
    """What krmfn knows about the builds of a tree. Paths are absolute.

    Attributes:
        ways: for each file, its ways through builds that may change images. Files are missing if nothing is known about
            them, or if no build changes their images.
        resources: the files that a kustomization lists as resources.
        listed: the files, and folders of files, that kustomizations list and that are not manifests, with the reason.
        unread: the kustomizations that cannot be read, with the reason.
        kustomizations: the kustomizations that can be read, by folder.
        affixes: the prefixes and suffixes that kustomizations add to names.
        deployed: the folders of kustomizations that a deployment names: an Argo CD or Flux manifest, or a command.
    """

    ways: dict[Path, tuple[Way, ...]] = {}  # noqa: RUF012 - never changed
    resources: frozenset[Path] = frozenset()
    listed: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    unread: dict[Path, str] = {}  # noqa: RUF012 - never changed
    kustomizations: dict[Path, Kustomization] = {}  # noqa: RUF012 - never changed
    deployed: frozenset[Path] = frozenset()
    affixes: frozenset[str] = frozenset()


def read(tree: Tree, deployments: Sequence[Path] = ()) -> Builds:
    """Read the builds of a tree; `deployments` are the known manifests of Argo CD or Flux.

    If the tree has kustomizations, all its manifests are searched for deployments instead.
    """
    if not (tree.kustomized or tree.skaffolds or deployments):
        return Builds()
    scripts: Sequence[Path] = ()
    if tree.kustomized:
        scripts, deployments = _speaking(tree)
    found: dict[Path, Kustomization] = {}
    unread: dict[Path, str] = {}
    unknown: list[Path] = []
    for folder in tree.kustomized:
        try:
            kustomization = kustomizations.read(tree.root, folder)
        except InputError as error:
            unread[Path(error.path)] = str(error)
            if not isinstance(error, NotYAML):  # kustomize cannot build what is not YAML either
                unknown.append(Path(error.path))
            continue
        if kustomization:
            found[folder] = kustomization
    later, elsewhere = _set_later(tree, (*tree.scripts, *scripts), found)
    reach = Reach(found, later)
    overrides_found = _overrides(tree, deployments)
    overridden = [(one, folder) for one in overrides_found for folder in _folders(one.folder, tree, found)]
    deployed = {*_built(tree, found), *(folder for _, folder in overridden)}
    roots = {*reach.roots(), *deployed}
    ways: dict[Path, dict[Way, None]] = {}
    for folder in reach.builds():
        for file, chains in reach.of(folder).items():
            through = (Way(_label(tree, folder), steps, is_root=folder in roots) for steps in chains)
            ways.setdefault(file, {}).update(dict.fromkeys(through))
    for override, folder in overridden:
        build = f"{_label(tree, folder)} ({override.build})"
        for file, chains in _of_deployment(override, folder, tree, reach, found).items():
            ways.setdefault(file, {}).update((Way(build, steps), None) for steps in chains)
    if reach.is_exhausted:
        way = Way(".", (Patched("one of too many kustomizations", Target(), is_open=True),))
        ways = {file: {way: None} for file in (*tree.manifests, *ways)}
    for file in unknown:
        way = Way(_label(tree, file.parent), (Patched(_label(tree, file), Target(), is_open=True),))
        for below in (one for one in tree.manifests if one.is_relative_to(file.parent)):
            ways.setdefault(below, {})[way] = None
    before = (Commands.of(elsewhere),) if elsewhere else ()
    behind = tuple(_artifacts(tree))
    resources = {path for one in found.values() for path in one.resources}
    return Builds(
        dict(_with_all(tree, ways, before, behind)),
        frozenset(resources),
        {path: why for one in found.values() for path, why in one.listed.items() if path not in resources},
        unread,
        found,
        frozenset(deployed),
        frozenset(affix for one in found.values() for affix in one.affixes),
    )


def _with_all(
    tree: Tree, ways: dict[Path, dict[Way, None]], before: tuple[Step, ...], behind: tuple[Artifacts, ...]
) -> Iterator[tuple[Path, tuple[Way, ...]]]:
    """The ways that may change images, with the steps of every build added: commands, and skaffold at the end."""
    for file in {**ways, **dict.fromkeys(tree.manifests if behind else ())}:
        # A command may name an image as in the file, or as a base has changed it. So it comes before and after.
        own = [way._replace(steps=(*before, *way.steps, *before, *behind)) for way in ways.get(file, ())]
        if not own and behind:
            own = [Way(behind[0].source, behind)]
        if any(way.steps for way in own):
            yield file, tuple(own)


def _of_deployment(
    override: Override, folder: Path, tree: Tree, reach: Reach, found: dict[Path, Kustomization]
) -> Chains:
    """The files that a deployment reaches. In a folder without a kustomization, Flux generates one for all below."""
    if folder in found:
        return reach.of(folder, override)
    steps: tuple[Step, ...] = (*override.patches, *(Images(override.source, rule) for rule in override.rules))
    below = [path for path in found if path.is_relative_to(folder)]
    plain = [file for file in tree.manifests if file.is_relative_to(folder)]
    chains: Chains = {file: ((),) for file in plain if not any(file.is_relative_to(path) for path in below)}
    for path in below:
        chains |= reach.of(path)
    return {file: tuple((*chain, *steps) for chain in own) for file, own in chains.items()}


def _label(tree: Tree, folder: Path) -> str:
    return str(folder.relative_to(tree.root)) if folder.is_relative_to(tree.root) else str(folder)


def _speaking(tree: Tree) -> tuple[list[Path], list[Path]]:
    """The manifests with commands that set images, and the manifests of Argo CD or Flux; each file is read once."""
    scripts: list[Path] = []
    deployments: list[Path] = []
    for file in tree.manifests:
        data = _data(tree, file)
        if commands.WORDS in data:
            scripts.append(file)
        if DEPLOYED.search(data):
            deployments.append(file)
    return scripts, deployments


def _set_later(
    tree: Tree, scripts: Iterable[Path], found: dict[Path, Kustomization]
) -> tuple[dict[Path, list[tuple[str, ImageRule]]], list[tuple[str, ImageRule]]]:
    """The images that commands set, each with its script: by folder, and separately those with an unknown folder."""
    later: dict[Path, list[tuple[str, ImageRule]]] = {}
    elsewhere: list[tuple[str, ImageRule]] = []
    for script in scripts if found else ():
        for command in commands.set_images(_text(tree, script)):
            one = _label(tree, script), command.rule
            folders = [f for f in (script.parent / command.folder, tree.root / command.folder) if command.folder]
            known = [path for path in map(_normal, dict.fromkeys(folders)) if path in found]
            for folder in known:
                later.setdefault(folder, []).append(one)
            if not known:
                elsewhere.append(one)
    return later, list(dict.fromkeys(elsewhere))


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _built(tree: Tree, found: dict[Path, Kustomization]) -> Iterator[Path]:
    """The folders that commands in scripts build."""
    for script in tree.scripts if found else ():
        for folder in commands.builds(_text(tree, script)):
            bases = (tree.root, script.parent)
            yield from (path for base in bases if (path := _normal(base / folder)) in found)


def _overrides(tree: Tree, deployments: Iterable[Path]) -> Iterator[Override]:
    for file in deployments:
        data = _data(tree, file)
        if _BY_KUSTOMIZE.search(data):
            for one in _documents(data):
                yield from overrides.overrides_in(one, _label(tree, file))
    for file in tree.argocd_sources:
        for one in _documents(_data(tree, file)):
            given = one.get("kustomize") if isinstance(one, dict) else None
            label = _label(tree, file)
            yield overrides.argo_cd(given, label, label, _label(tree, file.parent))


def _folders(pattern: str, tree: Tree, found: dict[Path, Kustomization]) -> list[Path]:
    """The folders that match a path relative to the root; `*` stands for a filled-in part, or for the whole path."""
    wanted = _normal(tree.root / pattern)
    if "*" not in pattern:
        return [wanted] if wanted.is_relative_to(tree.root) else []
    if not pattern.strip("*/"):
        return list(found)
    return [folder for folder in found if fnmatch.fnmatchcase(str(folder), str(wanted))]


def _artifacts(tree: Tree) -> Iterator[Artifacts]:
    for file in tree.skaffolds:
        names = [name for one in _documents(_data(tree, file)) for name in _names_in(one)]
        if names:
            yield Artifacts(_label(tree, file), tuple(dict.fromkeys(names)))


def _names_in(config: Any) -> Iterator[str]:
    """The images that a skaffold config builds, also in its profiles."""
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


def _documents(data: bytes) -> list[Any]:
    """The documents in the data of a file; an empty list if it cannot be read."""
    try:
        return documents.readable(decode(data).text)
    except InputError:  # not UTF-8
        return []


def _text(tree: Tree, file: Path) -> str:
    return _data(tree, file).decode(errors="replace")


def _data(tree: Tree, file: Path) -> bytes:
    try:
        return opening.read_inside(tree.root, file, opening.KUSTOMIZATION) or b""
    except InputError:
        return b""
