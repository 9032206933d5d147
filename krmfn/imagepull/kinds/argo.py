"""Rows for Argo Workflows, Rollouts and Events (group `argoproj.io`)."""

from krmfn.imagepull.kinds import core
from krmfn.imagepull.kinds.core import IMAGE_VOLUME
from krmfn.imagepull.kinds.rows import ImageField, Kind, NewMapping, PodSite, SecretsField, Shape, TextField
from krmfn.splice.changes import Beside

_GROUP = "argoproj.io"
_SECRETS = "imagePullSecrets"

# A strategic merge patch: its containers and volumes may add images. Pull secrets belong in the Workflow.
_PATCH = Kind(sites=(PodSite("", Shape(images=core.SHAPES["PodSpec"].images)),))
_TRIGGER = Shape(texts=(TextField("k8s.source.inline", verb="k8s.operation"), TextField("argoWorkflow.source.inline")))

SHAPES = {
    "Workflow": Shape(
        texts=(
            TextField("podSpecPatch", _PATCH),
            TextField("artifactGC.podSpecPatch", _PATCH),
            TextField("arguments.artifacts[].raw.data", is_applied=False),
        ),
        images=(ImageField("executorPlugins[].spec.sidecar.container"), IMAGE_VOLUME),
        nested=(("templateDefaults", "WorkflowTemplate"), ("templates[]", "WorkflowTemplate")),
        pull_secrets=SecretsField(
            _SECRETS, Beside(after=("entrypoint", "serviceAccountName"), before=("templateDefaults", "templates"))
        ),
        service_accounts=(
            "serviceAccountName",
            "templateDefaults.serviceAccountName",
            "templates[].serviceAccountName",
        ),
        default_images="templateDefaults",
        template_ref="templateRef",
        # The controller may refuse a workflow that overrides the template it refers to.
        secrets_elsewhere="workflowTemplateRef",
        # The executor's init and wait containers run even if all templates are `resource`, `http` or `suspend`.
        runs_own_image=True,
        is_workflow=True,
    ),
    "WorkflowTemplate": Shape(
        texts=(
            TextField("podSpecPatch", _PATCH),
            TextField("resource.manifest", verb="resource.action"),
            TextField("resource.manifestFrom.artifact.raw.data", verb="resource.action"),
            TextField("inputs.artifacts[].raw.data", is_applied=False),
        ),
        images=(
            ImageField("initContainers[]"),
            ImageField("container"),
            ImageField("script"),
            ImageField("containerSet.containers[]"),
            ImageField("sidecars[]"),
            IMAGE_VOLUME,
        ),
        nested=(("steps[][].inline", "WorkflowTemplate"), ("dag.tasks[].inline", "WorkflowTemplate")),
    ),
    # No policies here: they would apply to the containers of all templates in the cluster, with any image.
    "DefaultTemplate": Shape(
        images=(
            ImageField("initContainers[]"),
            ImageField("container", policy=""),
            ImageField("script", policy=""),
            ImageField("sidecars[]"),
            IMAGE_VOLUME,
        ),
    ),
    # The controllers of Argo Events choose the image; users only set the secrets.
    "EventPods": Shape(
        pull_secrets=SecretsField(_SECRETS), service_accounts=("serviceAccountName",), runs_own_image=True
    ),
}

WORKFLOW_DEFAULTS = SHAPES["Workflow"]._replace(
    nested=(("templateDefaults", "DefaultTemplate"), ("templates[]", "WorkflowTemplate")),
    is_workflow=False,
    is_for_others=True,
)
"""The spec in `workflowDefaults` of the workflow controller, which is merged into all Workflows."""

_WORKFLOW = Kind(sites=(PodSite("spec", "Workflow"),))
_ANALYSIS = Kind(sites=(PodSite("spec.metrics[].provider.job.spec.template.spec", "PodSpec"),))
_EVENT_PODS = PodSite("spec.template", "EventPods", create=(NewMapping("template"),))

KINDS = {
    (_GROUP, "Workflow"): _WORKFLOW,
    (_GROUP, "WorkflowTemplate"): _WORKFLOW,
    (_GROUP, "ClusterWorkflowTemplate"): _WORKFLOW,
    (_GROUP, "CronWorkflow"): Kind(sites=(PodSite("spec.workflowSpec", "Workflow"),)),
    (_GROUP, "Rollout"): Kind(sites=(PodSite("spec.template.spec", "PodSpec"),)),
    (_GROUP, "Experiment"): Kind(sites=(PodSite("spec.templates[].template.spec", "PodSpec"),)),
    (_GROUP, "AnalysisTemplate"): _ANALYSIS,
    (_GROUP, "ClusterAnalysisTemplate"): _ANALYSIS,
    (_GROUP, "AnalysisRun"): _ANALYSIS,
    (_GROUP, "EventSource"): Kind(sites=(_EVENT_PODS,)),
    (_GROUP, "Sensor"): Kind(
        sites=(
            _EVENT_PODS,
            PodSite("spec.triggers[].template", _TRIGGER),
        ),
        objects=(
            "spec.triggers[].template.k8s.source.resource",
            "spec.triggers[].template.argoWorkflow.source.resource",
        ),
    ),
    (_GROUP, "EventBus"): Kind(
        sites=(PodSite("spec.nats.native", "EventPods"), PodSite("spec.jetstream", "EventPods"))
    ),
}
