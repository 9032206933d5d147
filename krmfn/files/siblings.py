"""Treat the files of a folder as one input: each must know the ServiceAccounts, Secrets and pods of the others."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import classification
from krmfn.files.reasons import Reason
from krmfn.files.survey import Survey
from krmfn.imagepull.definitions import Definitions
from krmfn.imagepull.function import shared_facts
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.siblings import SharedFacts
from krmfn.imagepull.workflow_controller import WorkflowController
from krmfn.splice.source import decode

_NOTHING = SharedFacts()


class SiblingFiles:
    """Reads the shared facts of the files of a folder, each file once, until another folder is asked for."""

    def __init__(
        self, survey: Survey, definitions: Definitions, controllers: Mapping[str, tuple[WorkflowController, ...]]
    ) -> None:
        """`controllers` are Argo's workflow controllers in any file of the run, by the name of their ConfigMap."""
        self._survey = survey
        self._definitions = definitions
        self._folder = Path()
        self._known: dict[Path, SharedFacts] = {}
        self._controllers = controllers

    def of(self, file: Path, settings: Settings) -> tuple[SharedFacts, ...]:
        """The shared facts of the siblings of an absolute path. All files of a folder have the same settings."""
        if file.parent != self._folder:
            self._folder, self._known = file.parent, {}
            # Read all files at once, before a command changes one of them.
            for other in self._wanted(settings):
                self._facts_of(other, settings)
        known = {other: self._facts_of(other, settings) for other in self._wanted(settings)}
        found = [facts for other, facts in known.items() if other != file]
        if not any(facts.controllers for facts in known.values()):
            name = settings.workflow_controller.config_map
            found.append(SharedFacts(controllers=self._controllers.get(name, ())))
        return tuple(facts for facts in found if facts != _NOTHING)

    def _wanted(self, settings: Settings) -> Iterator[Path]:
        """The files of the folder that can affect others."""
        # Pods affect other files only if something else than the pods gets their secrets or policies.
        all_of_them = not settings.is_per_pod_spec
        files = self._survey.folders.get(self._folder, ())
        return (file for file in files if all_of_them or file in self._survey.sharing)

    def _facts_of(self, file: Path, settings: Settings) -> SharedFacts:
        if file not in self._known:
            self._known[file] = shared_facts(manifests(file, self._survey), settings, self._definitions)
        return self._known[file]


def manifests(file: Path, survey: Survey) -> str:
    """The manifests of a file; what a kustomization generates counts too. Empty when it cannot be read."""
    try:
        data, _ = survey.files.read(file)
        classified = classification.manifests_in(file, data, survey)
        if classified is Reason.KUSTOMIZATION:
            return decode(data).text
    except InputError:
        return ""  # reported at its own turn
    return "" if isinstance(classified, Reason) else classified.text
