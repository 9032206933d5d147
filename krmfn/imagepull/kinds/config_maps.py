"""ConfigMaps whose texts controllers read as Kubernetes objects or parts of them: by name or label, and by key.

They are edited only with `embedded: true` in the settings: another ConfigMap may have the same name, and krmfn cannot
know whether a text is applied.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from krmfn.imagepull.kinds import argo
from krmfn.imagepull.kinds.rows import ImageField, Kind, NewMapping, PodSite, SecretForm, SecretsField, Shape, TextField
from krmfn.splice.changes import Beside

_SECRETS = "imagePullSecrets"
WITH_DEFAULTS = _DEFAULTS, _ALL = "workflowDefaults", "config"
"""The keys that may hold the defaults for Workflows: their own key, and the key for all settings in one text."""
_CONTAINER = Kind(sites=(PodSite("", Shape(images=(ImageField(""),))),))
_WORKFLOW_SPEC = Kind(sites=(PodSite("spec", argo.WORKFLOW_DEFAULTS),))
_EXECUTOR = PodSite("executor", Shape(images=(ImageField(""),)))
_SETTINGS = Kind(sites=(_EXECUTOR, PodSite(f"{_DEFAULTS}.spec", argo.WORKFLOW_DEFAULTS)))
_SECRETS_OF_WORKFLOWS = Shape(pull_secrets=argo.WORKFLOW_DEFAULTS.pull_secrets, is_for_others=True)
_LAST = SecretsField(_SECRETS, Beside(last=True))
_POD_TEMPLATE = Kind(sites=(PodSite("", Shape(pull_secrets=_LAST, runs_own_image=True)),))
_ROUTER = Kind(
    sites=(
        PodSite(
            "",
            Shape(
                images=(ImageField("", is_passed_on=False),),
                pull_secrets=SecretsField(_SECRETS, form=SecretForm.STRINGS),
            ),
        ),
    )
)
_JENKINS = Kind(
    sites=(
        PodSite(
            "jenkins.clouds[].kubernetes.templates[]",
            # The plugin has `alwaysPullImage` instead of a policy, and its own default.
            Shape(
                images=(ImageField("containers[]", policy=""),),
                pull_secrets=SecretsField(_SECRETS, Beside(before=("containers",))),
            ),
        ),
    )
)


class _Texts(NamedTuple):
    """The texts of ConfigMaps with a name or a label: what they hold, by key; `*` matches each YAML file."""

    name: str
    label: str
    by_key: Mapping[str, Kind]


_TABLE = (
    # Argo Workflows, docs/workflow-controller-configmap.yaml. Without `mainContainer`: a policy there is for any image.
    _Texts("workflow-controller-configmap", "", {"executor": _CONTAINER, _DEFAULTS: _WORKFLOW_SPEC, _ALL: _SETTINGS}),
    # Tekton Pipelines, config/config-defaults.yaml.
    _Texts("config-defaults", "", {"default-pod-template": _POD_TEMPLATE}),
    # KServe, pkg/apis/serving/v1beta1 and pkg/controller/v1alpha1/inferencegraph, RouterConfig.
    _Texts("inferenceservice-config", "", {"router": _ROUTER}),
    # Jenkins' chart, templates/jcasc-config.yaml, and the kubernetes plugin's PodTemplate.
    _Texts("", "jenkins-jenkins-config", {"*": _JENKINS}),
)
_YAML_FILES = (".yaml", ".yml")
_OBJECT_FILES = (*_YAML_FILES, ".json")


def kind(name: str, labels: Mapping[str, str], keys: Iterable[str]) -> Kind | None:
    """The row for a ConfigMap, by its name, its labels and the keys of its `data`; None if no text of it is known."""
    files: set[str] = set()
    texts: list[TextField] = []
    known = [texts for texts in _TABLE if (texts.name == name if texts.name else texts.label in labels)]
    for key in keys:
        names = (key, "*") if key.endswith(_YAML_FILES) else (key,)
        if held := next((texts.by_key[name] for texts in known for name in names if name in texts.by_key), None):
            texts.append(TextField("data.*", held, is_applied=False, keys=frozenset((key,))))
        elif key.endswith(_OBJECT_FILES):
            files.add(key)
    if files:
        texts.append(TextField("data.*", is_applied=False, keys=frozenset(files)))
    return Kind(sites=(PodSite("", Shape(texts=tuple(texts))),)) if texts else None


def workflow_defaults(keys: Iterable[str], *, only_secrets: bool) -> Kind | None:
    """The row for the defaults in the ConfigMap of Argo's workflow controller, which are created for pull secrets.

    None if the ConfigMap has no text for them. `only_secrets`: whether to leave images in the text alone.
    """
    for key, path in zip(WITH_DEFAULTS, ("spec", f"{_DEFAULTS}.spec"), strict=True):
        if key in keys:
            shape = _SECRETS_OF_WORKFLOWS if only_secrets else argo.WORKFLOW_DEFAULTS
            defaults = PodSite(path, shape, create=tuple(map(NewMapping, path.split("."))))
            others = (_EXECUTOR,) if key == _ALL and not only_secrets else ()
            held = Kind(sites=(*others, defaults))
            return Kind(sites=(PodSite("", Shape(texts=(TextField(f"data.{key}", held),))),))
    return None
