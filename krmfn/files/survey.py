"""The first look at all files: what each one has to know of the others before it is examined."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import replacing, repository
from krmfn.files.builds import model, tree
from krmfn.files.builds.finals import FileBuilds
from krmfn.files.builds.steps import Way
from krmfn.files.discovery import FoundFile, neighbours
from krmfn.files.ignoring import Excluded
from krmfn.files.reasons import Reason
from krmfn.imagepull import workflow_controller
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.definitions import Definitions
from krmfn.imagepull.kinds import DEFINITION, secret_sources
from krmfn.splice.source import decode

_CONTROLLER = re.compile("|".join(workflow_controller.WORDS).encode())
# What can matter to pods in other files of the folder.
_SHARED = re.compile("|".join((SERVICE_ACCOUNT.kind, *secret_sources.WORDS, *workflow_controller.WORDS)).encode())


class Survey(NamedTuple):
    """What holds for a whole run; small, since every process gets it.

    Attributes:
        definitions: the files with CustomResourceDefinitions: they teach all files.
        folders: by folder, its files, whether they are among those of the run or not: they are one input to pods.
        sharing: those of them that have words of ServiceAccounts, Secrets or the workflow controller.
        controllers: the files of the run with words of the workflow controller's ConfigMap, which counts for all files.
        listed: what kustomizations list that is no manifest, by absolute path.
        resources: the files of these folders that a kustomization lists as resources.
        ways: by file, its ways through builds that may do something to its images.
        affixes: what kustomizations put before and behind names.
        unread: files that those of the run were to learn from and that cannot be read, with what that means.
        flagged: the texts that `--crds` gives.
    """

    definitions: tuple[Path, ...] = ()
    folders: dict[Path, tuple[Path, ...]] = {}  # noqa: RUF012 - never changed
    sharing: frozenset[Path] = frozenset()
    controllers: tuple[Path, ...] = ()
    listed: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    resources: frozenset[Path] = frozenset()
    ways: dict[Path, tuple[Way, ...]] = {}  # noqa: RUF012 - never changed
    affixes: frozenset[str] = frozenset()
    unread: dict[Path, str] = {}  # noqa: RUF012 - never changed
    flagged: tuple[str, ...] = ()

    def why_not(self, file: Path) -> Reason | None:
        """Why an absolute path is no manifest, as a kustomization or its place in a chart has it."""
        return (
            self.listed.get(file)
            or self.listed.get(file.parent)
            or (Reason.TEMPLATE if _is_of_chart(file.parent) else None)
        )

    def builds_of(self, file: Path) -> FileBuilds | None:
        """What builds make of the images in a file; None where nothing is known of any."""
        ways = self.ways.get(file)
        return FileBuilds(ways, self.affixes) if ways else None

    def known_definitions(self) -> Definitions:
        """What the files and `--crds` define. A file that cannot be read teaches nothing; it fails at its turn."""
        return Definitions([*self.flagged, *(text for file in self.definitions if (text := _text(file)))])


def survey(files: Iterable[FoundFile], flagged: Iterable[str] = (), excluded: Excluded = ()) -> Survey:
    """Look at the files, at those beside them, and at the builds of the repositories that they are in.

    Raises:
        InputError: a folder or an ignore file cannot be read.
    """
    found = [file.real for file in files]
    folders = {folder: tuple(neighbours(folder, excluded)) for folder in dict.fromkeys(file.parent for file in found)}
    definitions: list[Path] = []
    deployments: list[Path] = []
    sharing: set[Path] = set()
    controllers: list[Path] = []
    unread: dict[Path, str] = {}
    own = set(found)
    for file in (*found, *(file for beside in folders.values() for file in beside if file not in own)):
        try:
            data, _ = replacing.read(file)
        except InputError as error:
            if file not in own:  # the others fail at their turn
                unread[file] = f"{error}; the files beside it are treated as if it were not there"
            continue
        if file in own and DEFINITION.encode() in data:
            definitions.append(file)
        if file in own and model.DEPLOYED.search(data):
            deployments.append(file)
        if _SHARED.search(data):
            sharing.add(file)
        if file in own and _CONTROLLER.search(data):
            controllers.append(file)
    trees = map(tree.look, dict.fromkeys(map(repository.tree_of, folders)))
    builds = [model.read(one, [file for file in deployments if file.is_relative_to(one.root)]) for one in trees]
    around = {above for folder in folders for above in _folders(folder / "file")}
    for file, why in (pair for one in builds for pair in one.unread.items() if pair[0].parent in around):
        unread[file] = f"{why}; krmfn cannot tell which files below are patches, nor which images it replaces"
    beside_them = {file for beside in folders.values() for file in beside} | own
    reached = {path for one in builds for path in one.ways}
    return Survey(
        definitions=tuple(definitions),
        folders=folders,
        sharing=frozenset(sharing),
        controllers=tuple(controllers),
        listed={path: reason for one in builds for path, reason in one.listed.items()},
        resources=frozenset(path for one in builds for path in one.resources if path in beside_them),
        affixes=frozenset(affix for one in builds for affix in one.affixes),
        ways={path: tuple(way for one in builds for way in one.ways.get(path, ())) for path in own & reached},
        unread=unread,
        flagged=tuple(flagged),
    )


def _folders(file: Path) -> Iterator[Path]:
    """The folders whose kustomization may list a file below: its own and those above in the repository."""
    root = repository.root_of(file.parent)
    for folder in file.parents:
        yield folder
        if folder == root:
            return


@cache
def _is_of_chart(folder: Path) -> bool:
    """Whether a folder is, or is in, the `templates` of a Helm chart."""
    for above in (folder, *folder.parents):
        if above.name == "templates" and (above.parent / "Chart.yaml").is_file():
            return True
        if repository.is_root(above):
            break
    return False


def _text(file: Path) -> str:
    try:
        return decode(replacing.read(file)[0]).text
    except InputError:
        return ""
