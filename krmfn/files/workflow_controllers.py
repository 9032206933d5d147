"""Argo's workflow controllers whose ConfigMaps are in files of a run: they count for Workflows in all its folders.

They are read before the first file is written, and what they get is decided by the settings of their own folder.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from krmfn.files.siblings import manifests
from krmfn.files.survey import Survey
from krmfn.imagepull.function import shared_facts
from krmfn.imagepull.settings import WORKFLOW_DEFAULTS, Settings
from krmfn.imagepull.workflow_controller import WorkflowController

Controllers = Mapping[str, tuple[WorkflowController, ...]]
"""By the name that their ConfigMap has to have."""
_NOT_THERE = "is in a folder whose settings add no pull secrets to workflowDefaults"


def read(survey: Survey, names: Iterable[str], settings_for: Callable[[Path], Settings]) -> Controllers:
    """The controllers in files of a run, by each of the names; `settings_for` has the settings of a folder.

    Raises:
        SettingsError: the settings of a folder with such a ConfigMap are wrong.
    """
    found: dict[str, list[WorkflowController]] = {name: [] for name in names}
    for file in survey.controllers if found else ():
        text = manifests(file, survey)
        for name in (name for name in found if name in text):
            found[name] += _of_text(text, name, settings_for(file.parent), survey)
    return {name: tuple(controllers) for name, controllers in found.items() if controllers}


def _of_text(text: str, name: str, settings: Settings, survey: Survey) -> Iterable[WorkflowController]:
    """The controllers whose ConfigMaps are in a text with these settings, as Workflows in other folders know them."""
    own = settings.workflow_controller
    adds = WORKFLOW_DEFAULTS in settings.attach_to and settings.pull_secrets and own.config_map == name
    asked = settings.replaced(workflow_controller=own.replaced(config_map=name))
    gets = tuple(secret.name for secret in settings.pull_secrets if not secret.images)
    for controller in shared_facts(text, asked, survey.known_definitions()).controllers:
        against = controller.against if adds else _NOT_THERE
        yield controller._replace(against=against, gets_elsewhere=gets)
