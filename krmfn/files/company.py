"""The files of a folder as one input: what each has to know of the others' ServiceAccounts, Secrets and pods."""

from pathlib import Path

from krmfn.definitions import Definitions
from krmfn.errors import InputError
from krmfn.files import replacing, telling
from krmfn.files.reasons import Reason
from krmfn.files.survey import Survey
from krmfn.function import look_around
from krmfn.settings import SERVICE_ACCOUNTS, Settings
from krmfn.source import decode
from krmfn.surroundings import Beside, Surroundings

_NOTHING = Surroundings()


class Company:
    """Looks around in each file once as long as files of its folder are asked for."""

    def __init__(self, survey: Survey, definitions: Definitions) -> None:
        self._survey = survey
        self._definitions = definitions
        self._folder = Path()
        self._known: dict[Path, Surroundings] = {}

    def of(self, file: Path, settings: Settings) -> Beside:
        """What stands beside an absolute path. All files of a folder have the same settings."""
        if file.parent != self._folder:
            self._folder, self._known = file.parent, {}
        files = self._survey.folders.get(file.parent, ())
        place = files.index(file) if file in files else len(files)  # a file that was given may have any name
        return Beside(self._those_of(files[:place], settings), self._those_of(files[place + 1 :], settings))

    def _those_of(self, files: tuple[Path, ...], settings: Settings) -> tuple[Surroundings, ...]:
        # What pods want matters to the others only where ServiceAccounts are to get it.
        all_of_them = SERVICE_ACCOUNTS in settings.attach_to
        wanted = (file for file in files if all_of_them or file in self._survey.telling)
        return tuple(found for file in wanted if (found := self._look(file, settings)) != _NOTHING)

    def _look(self, file: Path, settings: Settings) -> Surroundings:
        if file not in self._known:
            self._known[file] = look_around(self._text(file).encode(), settings, self._definitions)
        return self._known[file]

    def _text(self, file: Path) -> str:
        """The manifests of a file; what a kustomization generates counts too."""
        try:
            data, _ = replacing.read(file)
            told = telling.manifests_in(file, data, self._survey)
            if told is Reason.KUSTOMIZATION:
                return decode(data).text
        except InputError:
            return ""  # told of at its own turn
        return "" if isinstance(told, Reason) else told.text
