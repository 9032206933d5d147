"""The settings for Argo's workflow controller: which ConfigMap is its configuration."""

from krmfn.imagepull.settings.parts import NAME
from krmfn.krm.config.schema import Section, key

CONFIG_MAP = "workflow-controller-configmap"


class WorkflowControllerSettings(Section):
    """The configuration of Argo's workflow controller."""

    config_map: str = key(
        NAME,
        "The name of its ConfigMap. If the ConfigMap is in the input, or in any file that a command reads, its pull "
        "secrets, pull policies and images apply to all Workflows; one in the namespace of a Workflow wins.",
        default=CONFIG_MAP,
    )
