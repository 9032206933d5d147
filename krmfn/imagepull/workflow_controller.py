"""What the ConfigMap of Argo's workflow controller brings to the pods of all Workflows.

Sources, in Argo Workflows 4.0: `config/controller.go` (how the ConfigMap is read), `workflow/util/merge.go` (the
defaults are merged into a Workflow, pull secrets by name), `workflow/controller/workflowpod.go` (what fills in
containers).
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
"""The key of a ConfigMap that has all settings in one text, and then no other key."""
_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS, _ENTRYPOINTS = (
    *("workflowDefaults", "mainContainer", "executor", "artifactDrivers"),
    "images",
)
WORDS = (_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS)
"""One of them is in the text of each ConfigMap that matters to Workflows."""
_READ = frozenset((_DEFAULTS, _MAIN, _EXECUTOR, _DRIVERS, _ENTRYPOINTS))
_ACCOUNT = "default"
"""The ServiceAccount of pods for which nobody names one."""
_ACCOUNT_FIELDS = ("serviceAccountName", "templateDefaults.serviceAccountName")
_MAIN_CONTAINERS = frozenset(("container", "script", "containerSet.containers[]"))
"""Where the containers of a template stand that `mainContainer` fills in."""


class Default(NamedTuple):
    """A value that the controller fills in, and the field of its settings that has it."""

    value: str
    field: str


class WorkflowController(NamedTuple):
    """What is known of a controller.

    Attributes:
        resource: its ConfigMap, as results name it.
        namespace: of its ConfigMap; empty when that names none.
        names: the names of its ConfigMap, those before kustomize renamed it included.
        label: the ConfigMap, as messages name it.
        pull_secrets: those that every Workflow gets, beside its own.
        accounts: the ServiceAccounts that Workflows run as which name none, by the path of the field.
        images: those that run in the pods of every Workflow: of the executor, artifact drivers, and default sidecars.
        main: the `imagePullPolicy` and `command` that containers of templates get, by key; a command is not told.
        templates: the same that containers get before those, by their path in a template and, in lists, by name.
        entrypoints: images whose command the controller knows.
        against: why its defaults get no pull secrets from krmfn, to be read behind its label; empty when they do.
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
        """What it fills in for a key, `imagePullPolicy` or `command`, that a container of a template does not have."""
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
    """What the ConfigMaps of a name say, and what is to be said of them; `reporter` belongs to their text."""
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
    """The pod specs, those of Workflows with the controller that runs them, as far as it is known."""
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
    """The controller of a namespace, or else the only one there is: it runs the Workflows of all namespaces."""
    found = [one for one in controllers if one.namespace == namespace] or controllers
    return found[0] if found and all(one == found[0] for one in found) else None


def _settings(resource: Resource) -> tuple[dict[str, Any], list[Finding], str]:
    """The settings that a ConfigMap has, as plain data; what is wrong with it; and why the controller refuses it."""
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
                what = "is not YAML" if isinstance(error, NotYAML) else f"cannot be read ({error})"
                if is_templated(str(value.value)):
                    what = "is filled in later"
                else:
                    against = f"has a text, `{key}`, that Argo's controller cannot read"
                    what = f"{what} where Argo's controller puts it, behind `{key}:`" if key != _WHOLE else what
                message = f"this text {what}: which policies, secrets and images it brings to Workflows is not known"
                findings.append(Finding(Severity.INFO, message, paths.join(at, key), value))
                continue
            found |= (read if isinstance(read, dict) else {}) if key == _WHOLE else {key: read}
    return found, findings, against


def _plain(key: str, text: str) -> Any:
    """The value of a text, which Argo puts behind its key: in that line, or indented below when there are several."""
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
    # Those of the defaults are added to each pod.
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
    """What `templateDefaults` fills in, by containers; the lists of container sets are not merged."""
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
