"""Write the `imagePullPolicy` that Kubernetes would default, or the one the settings ask for."""

from collections.abc import Iterator

from krmfn import images, nodes, paths
from krmfn.changes import AddKey, Beside, Change, ReplaceScalar
from krmfn.errors import InputError
from krmfn.findings import Finding
from krmfn.nodes import ScalarNode
from krmfn.podspecs import Container, PodSpec
from krmfn.results import Severity
from krmfn.rules.context import Context
from krmfn.settings import Settings
from krmfn.suggestions import nearest

POLICIES = ("Always", "IfNotPresent", "Never")


def image_pull_policy(pod_spec: PodSpec, context: Context) -> Iterator[Change | Finding]:
    """A policy for each container and image volume that has an image."""
    for container in pod_spec.containers if pod_spec.shape.has_policies else ():
        yield from _for_container(container, pod_spec, context.settings)


def _for_container(container: Container, pod_spec: PodSpec, settings: Settings) -> Iterator[Change | Finding]:
    if not container.field.policy:
        return
    setting = settings.pull_policy.for_image(container.image)
    current = _current(container)
    if setting == "Off" or (setting == "Defaulted" and not container.field.is_passed_on):
        return
    if current and current not in POLICIES:
        # Argo, Flux and others fill in policies too: set, and none of our business.
        if container.field.is_passed_on and not images.is_templated(current):
            yield _invalid(container, current)
        return
    if current and not settings.pull_policy.overwrite:
        return
    if not current and _inherits_policy(container):
        return
    wanted = _wanted(container, settings)
    if wanted is None:
        if container.image:
            yield _unresolvable(container, pod_spec)
    elif wanted != current:
        if container.is_default and not current and (reason := _reason_against_default(container, pod_spec, settings)):
            yield Finding(Severity.INFO, reason, container.path, container.node)
        else:
            yield _change(container, wanted)


def _wanted(container: Container, settings: Settings) -> str | None:
    """The policy to be; None without an image, and where it hangs on what the image will be."""
    setting = settings.pull_policy.for_image(container.image)
    if not container.image or setting in (None, "Off"):
        return None
    if images.parse(container.image):
        return images.default_pull_policy(container.image) if setting == "Defaulted" else setting
    return None if setting == "Defaulted" or not images.is_templated(container.image) else setting


def _current(container: Container) -> str:
    policy = container.policy
    if policy is None or nodes.is_null(policy):
        return ""
    if not isinstance(policy, ScalarNode):
        path = paths.join(container.path, container.field.policy)
        raise InputError(f"must be a string, not {nodes.describe(policy)}", nodes.start(policy), path)
    return str(policy.value)


def _inherits_policy(container: Container) -> bool:
    return container.inherits is not None and bool(_current(container.inherits))


def _reason_against_default(default: Container, pod_spec: PodSpec, settings: Settings) -> str:
    """Why a container of `templateDefaults` must go without: its policy would reach images it was not made for."""
    for heir in pod_spec.heirs(default):
        if heir.image and not _current(heir) and not _wanted(heir, settings):
            return f"no imagePullPolicy is written here: {heir.path} would inherit it, and its image is not known yet"
    if pod_spec.refers_to_templates():
        return "no imagePullPolicy is written here: templates used by templateRef would inherit it"
    return ""


def _change(container: Container, policy: str) -> Change:
    path = paths.join(container.path, container.field.policy)
    own = nodes.entry(container.node, container.field.policy)
    if own and isinstance(own[1], ScalarNode):
        return ReplaceScalar(path, container.node, container.field.policy, own[1], policy)
    beside = Beside(after=(container.field.image, "name"))
    return AddKey(path, container.node, container.field.policy, policy, beside, _current(container) or None)


def _invalid(container: Container, current: str) -> Finding:
    return Finding(
        Severity.ERROR,
        f"{container.field.policy} {current!r} is none of {', '.join(POLICIES)}",
        paths.join(container.path, container.field.policy),
        container.policy,
        current=current,
        proposed=nearest(current, POLICIES) or images.default_pull_policy(container.image),
    )


def _unresolvable(container: Container, pod_spec: PodSpec) -> Finding:
    if images.is_templated(container.image):
        severity, what = Severity.INFO, "is filled in later, and its policy depends on it"
    else:
        severity, what = Severity.WARNING, "is no valid image reference"
    return Finding(
        severity,
        f"image {container.image!r} {what}: no {container.field.policy} is written",
        paths.join(container.path, container.field.image),
        written := nodes.child(container.node, container.field.image),
        current=None if written is None else written.value,
        once=(pod_spec.resource.document.number, pod_spec.resource.at, container.image),
    )
