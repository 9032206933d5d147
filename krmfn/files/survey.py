"""Survey all files before the first is examined: what each must know of the others."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.builds import model, tree
from krmfn.files.builds.finals import FileBuilds
from krmfn.files.builds.steps import Way
from krmfn.files.discovery import FoundFile, neighbours, sort_key
from krmfn.files.ignoring import Excluded
from krmfn.files.kept import Kept
from krmfn.files.reasons import Reason
from krmfn.imagepull import workflow_controller
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.definitions import Definitions
from krmfn.imagepull.kinds import DEFINITION, secret_sources
from krmfn.splice.source import decode

_CONTROLLER = re.compile("|".join(workflow_controller.WORDS).encode())
# Words of objects that can affect pods in other files of the folder; the `imagePullSecrets` of pods do not.
_SHARED = re.compile(
    b"(?<!imagePull)(?:%s)"
    % "|".join((SERVICE_ACCOUNT.kind, *secret_sources.WORDS, *workflow_controller.WORDS)).encode()
)


class Survey(NamedTuple):
    """What applies to a whole run; small, because every process gets a copy.

    Attributes:
        files: the files as they were read; other processes read them themselves.
        definitions: the files with CustomResourceDefinitions, which define kinds for all files.
        folders: all files of each folder, also those that are not in the run: pods see them as one input.
        sharing: the files in `folders` with words of ServiceAccounts, Secrets or the workflow controller.
        controllers: the files of the run with words of the workflow controller's ConfigMap, which affects all files.
        listed: what kustomizations list that is not a manifest, by absolute path.
        resources: the files in `folders` that a kustomization lists as resources.
        ways: the ways of each file through builds that may change its images.
        affixes: the prefixes and suffixes that kustomizations add to names.
        unread: unreadable files that files of the run depend on, each with the consequence.
        flagged: the texts from `--crds`.
    """

    files: Kept
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
        """Why an absolute path is not a manifest, by a kustomization or by its place in a chart; else None."""
        return (
            self.listed.get(file)
            or self.listed.get(file.parent)
            or (Reason.TEMPLATE if _is_of_chart(file.parent) else None)
        )

    def builds_of(self, file: Path) -> FileBuilds | None:
        """What builds do to the images in a file; None if no build is known to change any."""
        ways = self.ways.get(file)
        return FileBuilds(ways, self.affixes) if ways else None

    def known_definitions(self) -> Definitions:
        """The definitions in the files and `--crds`, without unreadable files: examining these reports the error."""
        return Definitions([*self.flagged, *(text for file in self.definitions if (text := self._text(file)))])

    def _text(self, file: Path) -> str:
        try:
            return decode(self.files.read(file)[0]).text
        except InputError:
            return ""


def survey(files: Iterable[FoundFile], flagged: Iterable[str] = (), excluded: Excluded = ()) -> Survey:
    """Survey the files, the other files in their folders, and the builds of their repositories.

    Raises:
        InputError: a folder or an ignore file cannot be read.
    """
    files = list(files)
    found = [file.real for file in files]
    folders = _folders_with_all(files, excluded)
    kept = Kept()
    definitions: list[Path] = []
    deployments: list[Path] = []
    sharing: set[Path] = set()
    controllers: list[Path] = []
    unread: dict[Path, str] = {}
    own = set(found)
    for file in (*found, *(file for beside in folders.values() for file in beside if file not in own)):
        is_own = file in own
        try:
            data, _ = kept.read(file)
        except InputError as error:
            if not is_own:  # examining the files of the run reports the error
                unread[file] = f"{error}; the files beside it are edited as if it did not exist"
            continue
        if is_own and DEFINITION.encode() in data:
            definitions.append(file)
        if is_own and model.DEPLOYED.search(data):
            deployments.append(file)
        if _SHARED.search(data):
            sharing.add(file)
        if is_own and _CONTROLLER.search(data):
            controllers.append(file)
    trees = map(tree.look, dict.fromkeys(map(repository.tree_of, folders)))
    builds = [model.read(one, [file for file in deployments if file.is_relative_to(one.root)]) for one in trees]
    around = {above for folder in folders for above in _folders(folder / "file")}
    for file, why in (pair for one in builds for pair in one.unread.items() if pair[0].parent in around):
        unread[file] = f"{why}; krmfn does not know which files below are patches, nor which images it replaces"
    beside_them = {file for beside in folders.values() for file in beside} | own
    reached = {path for one in builds for path in one.ways}
    return Survey(
        files=kept,
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


def _folders_with_all(files: Iterable[FoundFile], excluded: Excluded) -> dict[Path, tuple[Path, ...]]:
    """The folders of some files, each with all its files, sorted: those of the run, and what `find` would find."""
    found: dict[Path, set[Path]] = {}
    gone_through: set[Path] = set()
    for file in files:
        found.setdefault(file.real.parent, set()).add(file.real)
        if not file.is_named:
            gone_through.add(file.real.parent)
    for folder in found.keys() - gone_through:
        found[folder].update(neighbours(folder, excluded))
    return {folder: tuple(sorted(own, key=sort_key)) for folder, own in found.items()}


def _folders(file: Path) -> Iterator[Path]:
    """The folders whose kustomization may list a file: its own folder and the folders above in the repository."""
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
