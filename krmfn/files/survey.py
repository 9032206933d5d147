"""The first look at all files: what each one has to know of the others before it is treated."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from krmfn.accounts import SERVICE_ACCOUNT
from krmfn.definitions import Definitions
from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.finding import FoundFile
from krmfn.files.kustomizations import listed_in
from krmfn.files.reasons import Reason
from krmfn.kinds import DEFINITION
from krmfn.source import decode

_ACCOUNT = re.compile(rb"""kind["']?\s*:\s*["']?%s""" % SERVICE_ACCOUNT.kind.encode())


class Survey(NamedTuple):
    """What holds for a whole run; small, since every process gets it.

    Attributes:
        definitions: the files with CustomResourceDefinitions: they teach all files.
        accounts: by folder, its files with ServiceAccounts: the files of a folder are one input to pods.
        listed: what kustomizations list that is no manifest, by absolute path.
        doubts: by folder, why its kustomization cannot be read: what is below may be a patch or not.
        flagged: the texts that `--crds` gives.
    """

    definitions: tuple[Path, ...] = ()
    accounts: dict[Path, tuple[Path, ...]] = {}  # noqa: RUF012 - never changed
    listed: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    doubts: dict[Path, str] = {}  # noqa: RUF012 - never changed
    flagged: tuple[str, ...] = ()

    def why_not(self, file: Path) -> Reason | None:
        """Why an absolute path is no manifest, as a kustomization or its place in a chart has it."""
        return (
            self.listed.get(file)
            or self.listed.get(file.parent)
            or (Reason.TEMPLATE if _is_of_chart(file.parent) else None)
        )

    def doubt(self, file: Path) -> str:
        """What cannot be read and might say that an absolute path is no manifest; empty when there is nothing."""
        return next((self.doubts[folder] for folder in _folders(file) if folder in self.doubts), "")

    def known_definitions(self) -> Definitions:
        """What the files and `--crds` define. A file that cannot be read teaches nothing; it fails at its turn."""
        return Definitions([*self.flagged, *(text for file in self.definitions if (text := _text(file)))])

    def beside(self, file: Path) -> list[str]:
        """The texts with ServiceAccounts that stand in the folder of an absolute path, its own left out."""
        others = (other for other in self.accounts.get(file.parent, ()) if other != file)
        return [text for other in others if (text := _cached_text(other))]


def survey(files: Iterable[FoundFile], flagged: Iterable[str] = ()) -> Survey:
    """Look at the files, and at the kustomizations around them up to the root of the repository."""
    definitions: list[Path] = []
    accounts: dict[Path, list[Path]] = {}
    listed: dict[Path, Reason] = {}
    doubts: dict[Path, str] = {}
    asked: set[Path] = set()
    for file in files:
        data = _bytes(file.real)
        if DEFINITION.encode() in data:
            definitions.append(file.real)
        if _ACCOUNT.search(data):
            accounts.setdefault(file.real.parent, []).append(file.real)
        if file.real.parent not in asked:
            for folder in _folders(file.real):
                if folder not in asked:
                    asked.add(folder)
                    found = listed_in(folder)
                    listed |= found.reasons
                    if found.unreadable:
                        doubts[folder] = found.unreadable
    by_folder = {folder: tuple(paths) for folder, paths in accounts.items()}
    return Survey(tuple(definitions), by_folder, listed, doubts, tuple(flagged))


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


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # told when its turn comes


def _text(file: Path) -> str:
    try:
        return decode(_bytes(file)).text
    except InputError:
        return ""


_cached_text = cache(_text)
