"""Write the `imagePullPolicy` that Kubernetes would default, or the one the settings ask for."""

from collections import Counter
from collections.abc import Sequence

from krmfn.errors import InputError
from krmfn.imagepull.builds import replacements
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.podspecs import Container, FilledIn, PodSpec
from krmfn.imagepull.rules import stale_policy
from krmfn.imagepull.rules.context import Context
from krmfn.imagepull.settings import PolicyChoice, PullPolicy, Settings
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import PolicyReason, Verdict
from krmfn.krm.findings import Finding
from krmfn.krm.results import Severity
from krmfn.krm.suggestions import nearest
from krmfn.splice import nodes, paths
from krmfn.splice.changes import AddKey, Beside, Change, ReplaceScalar, new_value
from krmfn.splice.nodes import ScalarNode

NAME = "image-pull-policy"
DESCRIPTION = "An imagePullPolicy is not what it would be by default, or by the settings of krmfn."
WHY = "Git does not show what runs: Kubernetes sets the policy by the tag, and GitOps tools may show a difference."
FIX = "Run `krmfn fix`, or write the policy that the message names."

POLICIES = ("Always", "IfNotPresent", "Never")


def check(pod_spec: PodSpec, context: Context) -> Verdict:
    """The verdict about the policy of each container and image volume."""
    verdict = Verdict(is_default=True)
    if pod_spec.is_workflow and context.controllers and pod_spec.controller is None:
        verdict.findings.append(_of_no_known_controller(pod_spec, context))
    for container in pod_spec.containers if pod_spec.shape.has_policies else ():
        if container.field.policy:
            _check_container(container, pod_spec, context.settings, verdict)
    return verdict


def summary(changes: Sequence[Change], _: Sequence[Use]) -> str:
    """`imagePullPolicy on 3 containers: 2 IfNotPresent, 1 Always`."""
    policies = Counter(str(new_value(change)) for change in changes)
    counts = ", ".join(f"{count} {policy}" for policy, count in policies.most_common())
    return f"imagePullPolicy on {len(changes)} container{'s' * (len(changes) > 1)}: {counts}"


def _check_container(container: Container, pod_spec: PodSpec, settings: Settings, verdict: Verdict) -> None:
    choice = settings.pull_policy.for_image(container.image)
    current = _current(container)
    if reason := _reason_to_keep(container, current, choice, settings.pull_policy):
        verdict.reasons.append(PolicyReason(container, current, reason))
        if choice.setting != "Off" and _is_invalid(container, current):
            verdict.findings.append(_invalid(container, current))
        return
    if choice.setting == "Defaulted" and not current and container.filled_in:
        why = f"{container.filled_in.policy} is filled in by {container.filled_in.by}"
        verdict.reasons.append(PolicyReason(container, "", why))
        verdict.findings.append(_filled_in(container, container.filled_in))
        return
    wanted = _wanted(container, container.image, settings)
    if container.image and container.finals and (why := _why_replaced(container, wanted, settings)):
        verdict.reasons.append(PolicyReason(container, current, why))
        verdict.findings.append(_replaced(container, pod_spec, why))
    elif wanted is None:
        verdict.reasons.append(PolicyReason(container, current, _reason_against(container, choice)))
        if container.image:
            verdict.findings.append(_unresolvable(container, pod_spec))
    elif reason := _reason_against_default(container, pod_spec, settings) if not current else "":
        verdict.reasons.append(PolicyReason(container, current, reason))
        message = f"no imagePullPolicy is written here: {reason}"
        verdict.findings.append(Finding(Severity.INFO, message, container.path, container.node))
    else:
        verdict.reasons.append(PolicyReason(container, wanted, _reason_for(container, choice)))
        if wanted != current:
            verdict.changes.append(_change(container, wanted))
            # The API server never replaces a policy that is set.
            verdict.is_default &= choice.setting == "Defaulted" and not current


def _reason_to_keep(container: Container, current: str, choice: PolicyChoice, settings: PullPolicy) -> str:
    """Why a container keeps its policy, or stays without one; empty if a policy may be written."""
    if choice.setting == "Off":
        return f"{choice} is Off"
    if choice.setting == "Defaulted" and not container.field.is_passed_on:
        return "its controller has a default of its own, and the settings name no policy"
    if current and current not in POLICIES:
        # Templates of Argo, Flux and others fill in policies too; krmfn does not judge these.
        return "set already, and filled in later" if images.is_templated(current) else "set already"
    if current and not settings.overwrites(_staleness(container, settings)):
        return "set already"
    if not current and container.inherits and (policy := _current(container.inherits)):
        return f"{policy} is inherited from {container.inherits.path}"
    return ""


def _filled_in(container: Container, filled_in: FilledIn) -> Finding:
    return Finding(
        Severity.INFO,
        f"no imagePullPolicy is written: {filled_in.by} sets {filled_in.policy}, and a policy here would override that",
        container.path,
        container.node,
        once=(NAME, filled_in),
    )


def _of_no_known_controller(pod_spec: PodSpec, context: Context) -> Finding:
    labels = ", ".join(dict.fromkeys(controller.label for controller in context.controllers))
    return Finding(
        Severity.INFO,
        f"several ConfigMaps may belong to this Workflow's controller ({labels}): their defaults are ignored here",
        pod_spec.path,
        pod_spec.node,
        once=(NAME, labels, pod_spec.resource.ref.namespace),
    )


def _staleness(container: Container, settings: PullPolicy) -> Staleness | None:
    stale = stale_policy.find(container, settings)
    return stale.staleness if stale else None


def _wanted(container: Container, image: str, settings: Settings) -> str | None:
    """The policy that the settings want for an image; None without an image, or if later input decides the policy."""
    choice = settings.pull_policy.for_image(image)
    if not image or choice.setting in (None, "Off"):
        return None
    if container.trigger or images.is_filled_in_later(image):
        return None if choice.setting == "Defaulted" else choice.setting
    if not images.parse(image):
        return None
    return images.default_pull_policy(image) if choice.setting == "Defaulted" else choice.setting


def _why_replaced(container: Container, wanted: str | None, settings: Settings) -> str:
    """Why a container whose image builds replace gets no policy; empty if all its images need the same policy."""
    # All finals count, not only those of roots: a kustomization that others list may also be built by itself.
    found = (final.image for final in container.finals)
    others = {_wanted(container, image, settings) for image in {*container.runs, *found}}
    if wanted is not None and others == {wanted}:
        return ""
    return f"builds replace this image: {replacements(container)}"


def _reason_for(container: Container, choice: PolicyChoice) -> str:
    """Why the settings want a policy for a container, for explanations."""
    if choice.setting != "Defaulted":
        return str(choice)
    reference = images.parse(container.image)
    tag = reference.effective_tag if reference else ""
    implied = ", which is implied" if reference and not reference.tag else ""
    why = f"default for the tag {tag}{implied}" if tag else "default for a digest without a tag"
    return f"{why} ({choice})" if choice.rule else why


def _reason_against(container: Container, choice: PolicyChoice) -> str:
    """Why the settings want no policy for a container, for explanations."""
    if not container.image:
        return "it has no image"
    if not container.is_filled_in_later:
        return "the image is not a valid reference"
    if choice.setting is None:
        return f"whether {choice} matches the image depends on what is filled in later"
    return f"the image is filled in later{_trigger(container)}, and the default depends on it"


def _trigger(container: Container) -> str:
    return f" {container.trigger}" if container.trigger else ""


def _current(container: Container) -> str:
    policy = container.policy
    if policy is None or nodes.is_null(policy):
        return ""
    if not isinstance(policy, ScalarNode):
        path = paths.join(container.path, container.field.policy)
        raise InputError(f"must be a string, not {nodes.describe(policy)}", nodes.start(policy), path)
    return str(policy.value)


def _reason_against_default(default: Container, pod_spec: PodSpec, settings: Settings) -> str:
    """Why a default, such as one of `templateDefaults`, gets no policy: other images would inherit it. Else empty."""
    if default.against or not default.is_default:
        return default.against
    for heir in pod_spec.heirs(default):
        wanted = [_wanted(heir, image, settings) for image in heir.runs]
        if heir.image and not _current(heir) and not all(wanted):
            return f"{heir.path} would inherit it, and its image is not known yet"
    return "templates used by templateRef would inherit it" if pod_spec.refers_to_templates() else ""


def _change(container: Container, policy: str) -> Change:
    path = paths.join(container.path, container.field.policy)
    own = nodes.entry(container.node, container.field.policy)
    if own and isinstance(own[1], ScalarNode):
        return ReplaceScalar(path, container.node, container.field.policy, own[1], policy, NAME)
    beside = Beside(after=(container.field.image, "name"))
    return AddKey(path, container.node, container.field.policy, policy, beside, _current(container) or None, NAME)


def _is_invalid(container: Container, current: str) -> bool:
    """Whether the API server would reject a policy."""
    return (
        container.field.is_passed_on and bool(current) and current not in POLICIES and not images.is_templated(current)
    )


def _invalid(container: Container, current: str) -> Finding:
    return Finding(
        Severity.ERROR,
        f"{container.field.policy} {current!r} is not one of {', '.join(POLICIES)}",
        paths.join(container.path, container.field.policy),
        container.policy,
        current=current,
        proposed=nearest(current, POLICIES) or images.default_pull_policy(container.image),
    )


def _replaced(container: Container, pod_spec: PodSpec, why: str) -> Finding:
    return Finding(
        Severity.INFO,
        f"{why}. No {container.field.policy} is written, because the images may need different policies; run krmfn on "
        "the output of the build, or as its transformer",
        paths.join(container.path, container.field.image),
        nodes.child(container.node, container.field.image),
        current=container.image,
        once=(*pod_spec.resource.place, container.image),
    )


def _unresolvable(container: Container, pod_spec: PodSpec) -> Finding:
    if container.is_filled_in_later:
        severity = Severity.INFO
        what = f"is filled in later{_trigger(container)}, and its policy depends on it"
    else:
        severity, what = Severity.WARNING, "is not a valid image reference"
    return Finding(
        severity,
        f"image {container.image!r} {what}: no {container.field.policy} is written",
        paths.join(container.path, container.field.image),
        written := nodes.child(container.node, container.field.image),
        current=None if written is None else written.value,
        once=(*pod_spec.resource.place, container.image, container.trigger),
    )
