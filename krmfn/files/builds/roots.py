"""Find the roots below some paths: the kustomizations that are built by themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import discovery, ignoring, repository
from krmfn.files.builds import model, tree
from krmfn.files.builds.kustomizations import NAMES, Kustomization
from krmfn.files.builds.model import Builds
from krmfn.files.ignoring import Excluded, Ignoring


class BuildRoot(NamedTuple):
    """A folder to build.

    Attributes:
        folder: the absolute path of the folder.
        file: the kustomization in it.
        children: the folders with kustomizations, except components, that this kustomization lists.
    """

    folder: Path
    file: Path
    children: tuple[Path, ...] = ()


class Roots:
    """The roots below some paths, and the kustomizations that they list.

    A root is a kustomization that no other kustomization below the paths lists, or that a deployment names: a manifest
    of Argo CD or Flux, or a command in a script. Ignored and hidden folders are skipped, as in `krmfn check`.
    """

    def __init__(self, paths: Sequence[Path], exclude: Sequence[str] = ()) -> None:
        """Raise `InputError` for a path that is not a folder or cannot be read; `exclude` is from `--exclude`."""
        self._builds: dict[Path, Builds] = {}
        found: dict[Path, None] = {}
        named: set[Path] = set()
        reals = [_folder(path) for path in paths]
        excluded = ignoring.exclusions(exclude, reals)
        for real in reals:
            builds = self._of(real)
            below = {
                folder
                for folder, one in builds.kustomizations.items()
                if folder.is_relative_to(real) and not _is_left_out(one.file, real, excluded)
            }
            found |= dict.fromkeys(below)
            named |= builds.deployed & below
        one_of = {folder: self._of(folder).kustomizations[folder] for folder in found}
        listed = {path for one in one_of.values() for path in (*one.resources, *one.components)}
        # kustomize reports kustomizations that list each other, so they must be built.
        in_circles = {folder for folder in one_of if folder in self._below(folder)}
        own = {folder for folder in one_of if folder not in listed or folder in named | in_circles}
        own = {folder for folder in own if not self._is_component(folder)}
        self.all = tuple(map(self.at, sorted(own, key=discovery.sort_key)))

    def at(self, folder: Path) -> BuildRoot:
        """A folder with a kustomization as a root, even if another kustomization lists it."""
        builds = self._of(folder)
        one = builds.kustomizations[folder]
        children = (path for path in one.resources if path in builds.kustomizations and path != folder)
        return BuildRoot(folder, one.file, tuple(path for path in children if not self._is_component(path)))

    def _of(self, folder: Path) -> Builds:
        root = repository.tree_of(folder).resolve()
        if root not in self._builds:
            builds = model.read(tree.look(root))
            # kustomize reports what is wrong with a kustomization that cannot be read.
            unread = {file.parent: Kustomization(file, str(file)) for file in builds.unread}
            self._builds[root] = builds._replace(kustomizations=builds.kustomizations | unread)
        return self._builds[root]

    def _is_component(self, folder: Path) -> bool:
        return self._of(folder).kustomizations[folder].is_component

    def _below(self, folder: Path) -> set[Path]:
        """The folders of all kustomizations that a kustomization lists, directly or through others."""
        known = self._of(folder).kustomizations
        reached: set[Path] = set()
        waiting = [folder]
        while waiting:
            one = known.get(waiting.pop())
            new = {path for path in (*one.resources, *one.components) if path in known} - reached if one else set()
            reached |= new
            waiting += new
        return reached


def _folder(path: Path) -> Path:
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such folder") from None
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if real.name in NAMES and real.is_file():
        return real.parent
    if not real.is_dir():
        raise InputError(f"{path}: is not a folder; `--build` takes folders with kustomizations")
    return real


def _is_left_out(file: Path, given: Path, excluded: Excluded) -> bool:
    """Whether a kustomization in the given folder is excluded, or one below it is excluded, ignored or hidden."""
    folder = file.parent
    if folder == given:
        return ignoring.excludes(excluded, file, is_folder=False)
    around = Ignoring.at(folder, excluded)
    is_hidden = any(part.startswith(".") for part in folder.relative_to(given).parts)
    return is_hidden or around.is_krm_against(folder) or bool(around.of(file, is_folder=False).by)
