"""The pull secrets that `workflowDefaults` of Argo's workflow controller is to get, for the Workflows that it runs.

The controller merges its defaults into each Workflow, pull secrets by name (`workflow/util/merge.go` in Argo
Workflows), so they reach Workflows that list pull secrets of their own too.
"""

from collections.abc import Iterable, Mapping, Sequence

from krmfn.imagepull import workflow_controller
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.uses import Use
from krmfn.imagepull.workflow_controller import WorkflowController


def secrets_for(
    controller: WorkflowController, controllers: Sequence[WorkflowController], uses: Iterable[Use], settings: Settings
) -> Mapping[str, str]:
    """The secrets that the defaults of a controller are to get, each with the image that calls for it, in their order.

    `controllers` are all that are known, and `uses` all the pods. Those that the defaults have already are left out.
    """
    called_for: dict[str, str] = {}
    for use in uses:
        if use.is_workflow and workflow_controller.of_namespace(use.namespace, controllers) == controller:
            for name, image in use.secrets.items():
                called_for.setdefault(name, image)
    names = dict.fromkeys(secret.name for secret in settings.pull_secrets)
    return {name: called_for[name] for name in names if name in called_for and name not in controller.pull_secrets}
