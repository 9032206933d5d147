"""Rows for the kinds of Kubernetes itself, in every group that ever served them."""

from krmfn.imagepull.kinds.rows import ACCOUNT_FIELD, OLD_ACCOUNT_FIELD, ImageField, Kind, PodSite, SecretsField, Shape
from krmfn.splice.changes import Beside

IMAGE_VOLUME = ImageField("volumes[].image", image="reference", policy="pullPolicy")

_POD_SPEC = Shape(
    images=(
        ImageField("initContainers[]"),
        ImageField("containers[]"),
        ImageField("ephemeralContainers[]"),
        IMAGE_VOLUME,
    ),
    pull_secrets=SecretsField(
        "imagePullSecrets", Beside(before=("initContainers", "containers", "ephemeralContainers"))
    ),
    service_accounts=(ACCOUNT_FIELD, OLD_ACCOUNT_FIELD),
)
SHAPES = {
    "PodSpec": _POD_SPEC,
    # A controller adds all or some of the containers.
    "CompletedPodSpec": _POD_SPEC._replace(runs_own_image=True),
}

_TEMPLATE = Kind(sites=(PodSite("spec.template.spec", "PodSpec"),))
_JOB = Kind(sites=_TEMPLATE.sites, immutable=True)
_CRON_JOB = Kind(sites=(PodSite("spec.jobTemplate.spec.template.spec", "PodSpec"),))
_LIST = Kind(items=("items[]",))

KINDS = {
    ("", "Pod"): Kind(sites=(PodSite("spec", "PodSpec"),), immutable=True),
    ("", "PodTemplate"): Kind(sites=(PodSite("template.spec", "PodSpec"),)),
    ("", "ReplicationController"): _TEMPLATE,
    ("", "List"): _LIST,
    ("config.kubernetes.io", "ResourceList"): _LIST,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "PetSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("extensions", "DaemonSet"): _TEMPLATE,
    ("extensions", "Deployment"): _TEMPLATE,
    ("extensions", "Job"): _JOB,
    ("extensions", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _JOB,
    ("batch", "JobTemplate"): Kind(sites=(PodSite("template.spec.template.spec", "PodSpec"),)),
    ("batch", "CronJob"): _CRON_JOB,
    ("batch", "ScheduledJob"): _CRON_JOB,
}
