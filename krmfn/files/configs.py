"""Find the settings for a file: from `--config`, else from the nearest `krmfn.yaml` or `.yml`; then apply the flags."""

import argparse
from functools import cache, partial
from pathlib import Path

from krmfn import flags
from krmfn.errors import SettingsError
from krmfn.files import repository
from krmfn.imagepull.settings import FILE_NAMES, Settings
from krmfn.krm import opening

NAME = FILE_NAMES[0]


class Configs:
    """The settings for files, by folder; each config is read once."""

    def __init__(self, arguments: argparse.Namespace | None = None) -> None:
        """`arguments` are the parsed flags for settings; None if there are none."""
        self._arguments = arguments or argparse.Namespace(config=None, secret=[], policy=None)
        self._settings: dict[Path | None, Settings] = {}

    def file_for(self, folder: Path) -> Path | None:
        """The config for an absolute folder; None when there is none and the defaults apply."""
        return Path(self._arguments.config) if self._arguments.config is not None else _nearest(folder)

    def settings_for(self, folder: Path) -> Settings:
        """The settings for an absolute folder; raise `SettingsError` when they are wrong."""
        file = self.file_for(folder)
        if file not in self._settings:
            own = argparse.Namespace(**{**vars(self._arguments), "config": str(file) if file else None})
            is_given = self._arguments.config is not None
            read = None if is_given or file is None else partial(_read_found, repository.tree_of(file.parent))
            settings = flags.settings(own, read)
            self._settings[file] = settings or Settings()
        return self._settings[file]

    def lost_secrets(self, folder: Path) -> tuple[Path, Path, tuple[str, ...]] | None:
        """The config for a folder, the config above that it hides, and the hidden config's pull secrets that it lacks.

        None when no pull secret is lost. A config that extends the one above has all its secrets.
        """
        own = None if self._arguments.config is not None else _nearest(folder)
        outer = _above(own) if own else None
        if own is None or outer is None:
            return None
        names = {secret.name for secret in self.settings_for(own.parent).pull_secrets}
        lost = (secret.name for secret in self.settings_for(outer.parent).pull_secrets if secret.name not in names)
        found = tuple(dict.fromkeys(lost))
        return (own, outer, found) if found else None


def _above(config: Path) -> Path | None:
    """The config that would apply if this one did not exist."""
    root = repository.root_of(config.parent) or Path.cwd()
    inside = config.parent != root and config.parent.parent.is_relative_to(root)
    return _nearest(config.parent.parent) if inside else None


def _read_found(root: Path, file: str) -> bytes:
    """The data of a config that krmfn found itself; it must be inside the tree."""
    return opening.read_inside(root, Path(file).resolve(), opening.CONFIG) or b""


@cache
def _nearest(folder: Path) -> Path | None:
    """The `krmfn.yaml` in a folder or above, up to the root of the repository; outside one, up to the current folder.

    Raises:
        SettingsError: a folder has two configs.
    """
    root = repository.root_of(folder) or Path.cwd()
    for above in (folder, *folder.parents):
        if found := _config_in(above):
            return found
        if above == root or not above.is_relative_to(root):
            break
    return None


@cache
def _config_in(folder: Path) -> Path | None:
    """The `krmfn.yaml` in a folder itself; raises as `_nearest` does."""
    found = [file for name in FILE_NAMES if (file := folder / name).exists() and not file.is_dir()]
    if len(found) > 1:
        names = " and ".join(file.name for file in found)
        raise SettingsError(f"{folder} has both {names}: remove one of them")
    return found[0] if found else None
