"""Which pull secrets krmfn adds to the `workflowDefaults` of Argo's workflow controllers, for their Workflows.

The controller merges its defaults into each Workflow, pull secrets by name (`workflow/util/merge.go` in Argo
Workflows), so they also reach Workflows that list pull secrets of their own.
"""

from collections.abc import Iterable, Mapping, Sequence

from krmfn.imagepull import workflow_controller
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.uses import Use
from krmfn.imagepull.workflow_controller import WorkflowController
from krmfn.krm.results import ResourceRef

Plan = Mapping[ResourceRef, Mapping[str, str]]


def plan(controllers: Sequence[WorkflowController], uses: Iterable[Use], settings: Settings) -> Plan:
    """The secrets for the defaults of each controller, by its ConfigMap, in the settings' order, each with an image.

    A secret for all images is always added: the Workflows may be in other folders. Defaults that krmfn cannot edit get
    none.

    Args:
        controllers: all known controllers.
        uses: the uses of all pods.
        settings: the settings.
    """
    called_for: dict[ResourceRef, dict[str, str]] = {one.resource: {} for one in controllers}
    for use in uses:
        if use.is_workflow and (controller := workflow_controller.of_namespace(use.namespace, controllers)):
            for name, image in use.secrets.items():
                called_for[controller.resource].setdefault(name, image)
    return {
        one.resource: {} if one.against else _in_order(one, called_for[one.resource], settings) for one in controllers
    }


def _in_order(controller: WorkflowController, called_for: Mapping[str, str], settings: Settings) -> Mapping[str, str]:
    """The secrets that Workflows need, the secrets for all images, and those that the controller's images need."""
    found: dict[str, str] = {}
    for secret in settings.pull_secrets:
        served = [image for image in controller.images if secret.serves(image)] if secret.images else [""]
        if secret.name in called_for or served:
            found.setdefault(secret.name, called_for.get(secret.name) or (served or [""])[0])
    return found


def get_any(workflow: PodSpec, planned: Plan) -> bool:
    """Whether the defaults for a Workflow get any pull secrets, as far as krmfn knows."""
    controller = workflow.controller
    if controller is None or controller.against:
        return False
    return controller.gets_elsewhere is not None or bool(planned.get(controller.resource))


def reason_against(workflow: PodSpec, wanted: Sequence[str], settings: Settings) -> tuple[str, Sequence[str]]:
    """Why some of the secrets that a Workflow lacks do not reach it by the defaults, and these secrets."""
    controller = workflow.controller
    if controller is None:
        name = settings.workflow_controller.config_map
        return f"`attachTo` has WorkflowDefaults, but no ConfigMap {name} is known to belong to its controller", wanted
    if controller.against:
        return f"{controller.label} {controller.against}", wanted
    if controller.gets_elsewhere is not None:
        why = (
            f"{controller.label} is in another folder, and gets only the pull secrets that the settings of that folder "
            "have for all images"
        )
        return why, [name for name in wanted if name not in controller.gets_elsewhere]
    return "", ()
