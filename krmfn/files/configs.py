"""Where the settings for a file come from: `--config`, else the nearest `krmfn.yaml` or `.yml`; flags go over both."""

import argparse
from functools import cache
from pathlib import Path

from krmfn import flags
from krmfn.errors import SettingsError
from krmfn.files import repository
from krmfn.imagepull.settings import Settings
from krmfn.krm import opening

NAME = "krmfn.yaml"
_NAMES = (NAME, "krmfn.yml")


class Configs:
    """The settings for files, by their folder; each config is read once."""

    def __init__(self, arguments: argparse.Namespace | None = None) -> None:
        """`arguments` are those of the flags for settings; None: there are none."""
        self._arguments = arguments or argparse.Namespace(config=None, secret=[], policy=None)
        self._settings: dict[Path | None, Settings] = {}

    def file_for(self, folder: Path) -> Path | None:
        """The config that counts in an absolute folder; None when there is none, and the defaults do."""
        return Path(self._arguments.config) if self._arguments.config is not None else _nearest(folder)

    def settings_for(self, folder: Path) -> Settings:
        """The settings that count in an absolute folder; raise `SettingsError` when they are wrong."""
        file = self.file_for(folder)
        if file not in self._settings:
            own = argparse.Namespace(**{**vars(self._arguments), "config": str(file) if file else None})
            is_given = self._arguments.config is not None
            settings = flags.settings(own) if is_given else flags.settings(own, _read_found)
            self._settings[file] = settings or Settings()
        return self._settings[file]


def _read_found(file: str) -> bytes:
    """The data of a config that the user has not named."""
    path = Path(file)
    return opening.read_inside(repository.tree_of(path.parent), path, opening.CONFIG) or b""


@cache
def _nearest(folder: Path) -> Path | None:
    """The `krmfn.yaml` in a folder or above, up to the root of the repository, or else to the current folder.

    Raises:
        SettingsError: a folder has two.
    """
    root = repository.root_of(folder) or Path.cwd()
    for above in (folder, *folder.parents):
        found = [file for name in _NAMES if (file := above / name).exists() and not file.is_dir()]
        if len(found) > 1:
            raise SettingsError(f"{above} has {' and '.join(_NAMES)}, and only one of them can count: remove the other")
        if found:
            return found[0]
        if above == root or not above.is_relative_to(root):
            break
    return None
