"""ConfigMaps of Argo's workflow controller to the secrets, policies and images that they give to all Workflows.

Sources, in Argo Workflows 4.0: `config/controller.go` (how the ConfigMap is read), `workflow/util/merge.go` (how
defaults are merged into a Workflow, pull secrets by name), `workflow/controller/workflowpod.go` (how fields of
containers are filled in).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from krmfn.errors import InputError, NotYAML
from krmfn.imagepull.accounts.in_input import names_of
from krmfn.imagepull.images.reference import is_templated
from krmfn.imagepull.pod_spec_patches import settled
from krmfn.imagepull.podspecs import FilledIn, run_as
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import Reporter
from krmfn.krm.resources import Resource
from krmfn.krm.results import ResourceRef, Result, Severity
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, parsing, paths
from krmfn.splice.nodes import MappingNode, ScalarNode

if TYPE_CHECKING:
    from krmfn.imagepull.podspecs import Container, PodSpec
    from krmfn.imagepull.uses import Use

CONFIG_MAP = TypeMeta("v1", "ConfigMap")
_WHOLE = "config"
"""The key of a ConfigMap that holds all settings in one text; such a ConfigMap has no other key."""
_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS, _ENTRYPOINTS = (
    *("workflowDefaults", "mainContainer", "executor", "artifactDrivers"),
    "images",
)
WORDS = (_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS)
"""The text of each ConfigMap that matters to Workflows has at least one of these words."""
_READ = frozenset((_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS, _ENTRYPOINTS))
_ACCOUNT = "default"
"""The ServiceAccount of pods for which nobody names one."""
_ACCOUNT_FIELDS = ("serviceAccountName", "templateDefaults.serviceAccountName")
_MAIN_CONTAINERS = frozenset(("container", "script", "containerSet.containers[]"))
"""The fields of a template whose containers `mainContainer` fills in."""


class Default(NamedTuple):
    """A value that the controller fills in, and the field of its settings that it comes from."""

    value: str
    field: str


class WorkflowController(NamedTuple):
    """A workflow controller, as its ConfigMap configures it.

    Attributes:
        resource: its ConfigMap, as results name it.
        namespace: the namespace of its ConfigMap; empty if the ConfigMap names none.
        names: the names of its ConfigMap, including those before kustomize renamed it.
        label: the ConfigMap, as messages name it.
        pull_secrets: the pull secrets that every Workflow gets in addition to its own.
        accounts: the ServiceAccounts of Workflows that name none, by the path of the field.
        images: the images in the pods of every Workflow: the executor, artifact drivers and default sidecars.
        main: the `imagePullPolicy` and `command` that `mainContainer` fills in; a command is only marked as set.
        templates: the same for `templateDefaults`, which comes first, by path in a template and, in lists, name.
        entrypoints: images whose command the controller knows.
        against: why krmfn adds no pull secrets to its defaults, as words after `label`; empty if it can.
        gets_elsewhere: the pull secrets that its defaults get whatever these Workflows run, if its ConfigMap is in
            another folder; None if it is not.
    """

    resource: ResourceRef
    namespace: str
    names: frozenset[str]
    label: str
    pull_secrets: tuple[str, ...] = ()
    accounts: Mapping[str, str] = {}
    images: tuple[str, ...] = ()
    main: Mapping[str, str] = {}
    templates: Mapping[tuple[str, str], Mapping[str, str]] = {}
    entrypoints: frozenset[str] = frozenset()
    against: str = ""
    gets_elsewhere: tuple[str, ...] | None = None

    def default(self, container: "Container", key: str) -> Default | None:
        """The value filled in for a key, `imagePullPolicy` or `command`, that a container lacks; else None."""
        field = container.field.path
        name = container.name if field.endswith("[]") else ""
        if value := self.templates.get((field, name), {}).get(key):
            return Default(value, f"{_DEFAULTS}.spec.templateDefaults.{field.removesuffix('[]')}")
        if field in _MAIN_CONTAINERS and (value := self.main.get(key)):
            return Default(value, _MAIN)
        return None


def read(
    config_maps: Iterable[Resource], name: str, reporter: Reporter
) -> tuple[list[tuple[Resource, WorkflowController]], tuple[Result, ...]]:
    """The controllers that the ConfigMaps of a name configure, and results about unreadable parts.

    `reporter` belongs to the text of the ConfigMaps.
    """
    controllers: list[tuple[Resource, WorkflowController]] = []
    results: list[Result] = []
    for resource in config_maps:
        if name in names_of(resource):
            settings, findings, against = _settings(resource)
            controller = _controller(resource, name, settings, findings)._replace(against=against)
            controllers.append((resource, controller))
            results += (reporter.finding(resource, finding) for finding in findings)
    return controllers, tuple(results)


def in_controllers(pod_specs: "Iterable[PodSpec]", controllers: Sequence[WorkflowController]) -> "Iterator[PodSpec]":
    """The pod specs; those of Workflows get the controller that runs them, if it is known."""
    for pod_spec in pod_specs:
        namespace = pod_spec.resource.ref.namespace
        controller = of_namespace(namespace, controllers) if pod_spec.is_workflow else None
        yield _in_controller(pod_spec, controller) if controller else pod_spec


def _in_controller(workflow: "PodSpec", controller: WorkflowController) -> "PodSpec":
    known = {id(one): one._replace(filled_in=_filled_in(one, controller)) for one in workflow.containers}
    containers = tuple(
        one._replace(inherits=known.get(id(one.inherits), one.inherits)) if one.inherits else one
        for one in known.values()
    )
    texts = tuple(settled(workflow.texts, containers))
    accounts = run_as(workflow.named_accounts, workflow.shape.default_account, controller.accounts)
    return workflow._replace(controller=controller, containers=containers, texts=texts, service_accounts=accounts)


def uses_in_controllers(uses: "Iterable[Use]", controllers: Sequence[WorkflowController]) -> "Iterator[Use]":
    """What pods want, those of Workflows with the ServiceAccounts that their controller has them run as."""
    for use in uses:
        controller = of_namespace(use.namespace, controllers) if use.is_workflow else None
        accounts = controller.accounts if controller else {}
        yield use._replace(accounts=run_as(use.named_accounts, _ACCOUNT, accounts)) if accounts else use


def _filled_in(container: "Container", controller: WorkflowController) -> FilledIn | None:
    default = controller.default(container, container.field.policy) if container.field.policy else None
    return FilledIn(default.value, f"{default.field} in {controller.label}") if default else None


def of_namespace(namespace: str, controllers: Sequence[WorkflowController]) -> WorkflowController | None:
    """The controller in a namespace, or else the only one there is; None if there is none, or several that differ."""
    found = [one for one in controllers if one.namespace == namespace] or controllers
    return found[0] if found and all(one == found[0] for one in found) else None


def _settings(resource: Resource) -> tuple[dict[str, Any], list[Finding], str]:
    """The settings in a ConfigMap as plain data, findings about bad parts, and why the controller rejects it."""
    data = nodes.last(resource.node, "data")
    texts = dict(nodes.all_entries(data)) if isinstance(data, MappingNode) else {}
    at = paths.join(resource.at, "data")
    if _WHOLE in texts and len(texts) > 1:
        reason = f"has other keys beside `{_WHOLE}`, and Argo's controller refuses it"
        message = f"this ConfigMap {reason}: put all settings under `{_WHOLE}`, or each under its own key"
        return {}, [Finding(Severity.WARNING, message, at, texts[_WHOLE])], reason
    found: dict[str, Any] = {}
    findings: list[Finding] = []
    against = ""
    for key, value in texts.items():
        if isinstance(value, ScalarNode) and (key in _READ or key == _WHOLE):
            try:
                read = _plain(key, str(value.value))
            except InputError as error:
                what = "is not valid YAML" if isinstance(error, NotYAML) else f"cannot be read ({error})"
                if is_templated(str(value.value)):
                    what = "is filled in later"
                else:
                    against = f"has a text, `{key}`, that Argo's controller cannot read"
                    what = f"{what} where Argo's controller puts it, behind `{key}:`" if key != _WHOLE else what
                message = f"this text {what}: the policies, secrets and images that it gives to Workflows are not known"
                findings.append(Finding(Severity.INFO, message, paths.join(at, key), value))
                continue
            found |= (read if isinstance(read, dict) else {}) if key == _WHOLE else {key: read}
    return found, findings, against


def _plain(key: str, text: str) -> Any:
    """The value of a text. Argo puts it after its key: on the same line, or indented below if it has several lines."""
    if key != _WHOLE:
        lines = text.strip("\n").split("\n")
        text = f"{key}: {text}" if "\n" not in text else "\n  ".join((f"{key}:", *lines))
    roots = parsing.compose(text)
    value = nodes.plain(roots[0]) if roots else None
    return value if key == _WHOLE else _mapping(value).get(key)


def _controller(
    resource: Resource, name: str, settings: Mapping[str, Any], findings: list[Finding]
) -> WorkflowController:
    namespace = resource.ref.namespace
    spec = _mapping(_mapping(settings.get(_DEFAULTS)).get("spec"))
    executor = _mapping(settings.get(_EXECUTOR)).get("image")
    defaults = _mapping(spec.get("templateDefaults"))
    # Argo adds the initContainers and sidecars of the defaults to each pod.
    others = (*_list(settings.get(_DRIVERS)), *_list(defaults.get("initContainers")), *_list(defaults.get("sidecars")))
    images = [executor, *(_mapping(one).get("image") for one in others)]
    secrets = [_mapping(secret).get("name") for secret in _list(spec.get("imagePullSecrets"))]
    for what, values in (("pull secret", secrets), ("image", images)):
        for value in values:
            if isinstance(value, str) and is_templated(value):
                message = f"the {what} {value!r} of the workflow controller is filled in later"
                findings.append(Finding(Severity.INFO, message, paths.join(resource.at, "data"), resource.node))
    return WorkflowController(
        resource=resource.ref,
        namespace=namespace,
        names=names_of(resource),
        label=f"ConfigMap {namespace}/{name}" if namespace else f"ConfigMap {name}",
        pull_secrets=_texts(secrets),
        accounts=_accounts(spec),
        images=_texts(images),
        main=_of_container(settings.get(_MAIN)),
        templates=_of_templates(defaults),
        entrypoints=frozenset(_mapping(settings.get(_ENTRYPOINTS))),
    )


def _accounts(spec: Mapping[str, Any]) -> dict[str, str]:
    """The ServiceAccounts that the spec of the defaults names, by the path of the field."""
    found: dict[str, str] = {}
    for path in _ACCOUNT_FIELDS:
        *above, key = path.split(".")
        mapping = spec
        for step in above:
            mapping = _mapping(mapping.get(step))
        if (name := mapping.get(key)) and isinstance(name, str):
            found[path] = name
    return found


def _of_templates(defaults: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, str]]:
    """The values that `templateDefaults` fills in, by container; Argo does not merge the lists of container sets."""
    found = {(field, ""): _of_container(defaults.get(field)) for field in ("container", "script")}
    for field in ("initContainers", "sidecars"):
        for item in map(_mapping, _list(defaults.get(field))):
            found[f"{field}[]", str(item.get("name"))] = _of_container(item)
    return found


def _of_container(container: Any) -> Mapping[str, str]:
    own = _mapping(container)
    policy = own.get("imagePullPolicy")
    found = {"imagePullPolicy": policy} if isinstance(policy, str) else {}
    return found | ({"command": "set"} if own.get("command") else {})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value and isinstance(value, str)))
