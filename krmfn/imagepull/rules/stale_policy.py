"""Report an `imagePullPolicy` that is set and stale: Kubernetes would not default it for its image."""

from collections.abc import Sequence
from typing import NamedTuple

from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.staleness import Staleness, staleness
from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.imagepull.rules.context import Context
from krmfn.imagepull.settings import PolicyChoice, PullPolicy
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import Verdict
from krmfn.krm.findings import Finding
from krmfn.krm.results import Severity
from krmfn.splice import paths
from krmfn.splice.changes import Change

NAME = "stale-image-pull-policy"
DESCRIPTION = "An imagePullPolicy is set that Kubernetes would not default for this image."
WHY = "With the tag latest, nodes keep an old image; with another tag or a digest, each start asks the registry."
FIX = "Set `pullPolicy.overwrite: Stale` and run `krmfn fix`, or name the policy for the image in the settings."

_CONSEQUENCES = {
    "IfNotPresent": "a node that has the image never pulls a newer one",
    "Never": "a node runs whatever image it has, and never pulls one",
    "Always": "each start asks the registry for the image",
}


class StalePolicy(NamedTuple):
    """A stale policy, and the image that runs with it.

    Attributes:
        staleness: the kind of staleness.
        image: the image of the container, or of the default that it inherits from.
        policy: the policy of the container, or of that default.
        choice: the policy setting for the image.
    """

    staleness: Staleness
    image: str
    policy: str
    choice: PolicyChoice

    @property
    def proposed(self) -> str:
        """The policy that would not be stale."""
        named = self.choice.setting
        return images.default_pull_policy(self.image) if named in (None, "Defaulted") else str(named)


def find(container: Container, settings: PullPolicy) -> StalePolicy | None:
    """The stale policy of a container; None if it has none, or the settings ask for that policy."""
    if not container.field.policy or not container.field.is_passed_on or container.trigger:
        return None  # krmfn does not know a controller's own default, nor the image that a trigger sets
    default = container.inherits
    image, policy = container.image, container.set_policy
    if not image and not policy:
        return None  # both come from the default, which is checked itself
    policy = policy or (default.set_policy if default else "")
    for running in container.runs if image else default.runs if default else ():
        kind, choice = staleness(running, policy), settings.for_image(running)
        if kind and choice.setting not in ("Off", policy):
            return StalePolicy(kind, running, policy, choice)
    return None


def check(pod_spec: PodSpec, context: Context) -> Verdict:
    """The findings about stale policies that are kept and that the settings want reported."""
    verdict, settings = Verdict(), context.settings.pull_policy
    for container in pod_spec.containers if pod_spec.shape.has_policies else ():
        if stale := find(container, settings):
            severity = settings.stale.severity(stale.staleness)
            if severity and not is_overwritten(container, stale, settings, pod_spec):
                verdict.findings.append(_finding(container, stale, severity, pod_spec))
    return verdict


def summary(changes: Sequence[Change], uses: Sequence[Use]) -> str:  # noqa: ARG001 - as all rules
    """An empty text: the rule for policies makes the changes that overwrite stale policies."""
    return ""


def is_overwritten(container: Container, stale: StalePolicy, settings: PullPolicy, pod_spec: PodSpec) -> bool:
    """Whether krmfn replaces a stale policy."""
    return (
        settings.overwrites(stale.staleness)
        and bool(container.image and container.set_policy)
        and not pod_spec.resource.forbids(_path(container))
    )


def _path(container: Container) -> str:
    return paths.join(container.path, container.field.policy)


def _finding(container: Container, stale: StalePolicy, severity: Severity, pod_spec: PodSpec) -> Finding:
    is_own, resource = bool(container.set_policy), pod_spec.resource
    source = "" if is_own or container.inherits is None else f" (inherited from {container.inherits.path})"
    runs = "" if stale.image == container.image or not container.finals else f" of {stale.image}, which runs instead"
    message = f"{container.field.policy} {stale.policy}{source} for {_pin(stale.image)}{runs}: "
    message += f"{_CONSEQUENCES[stale.policy]}; {_instead(stale)}"
    # Each occurrence of an error or a warning must be fixed, so each is reported.
    same = (NAME, *resource.place, stale.image, stale.policy)
    return Finding(
        severity,
        message,
        _path(container),
        container.policy if is_own else container.node,
        current=stale.policy if is_own else None,
        proposed=stale.proposed,
        once=same if severity is Severity.INFO else None,
        rule=NAME,
    )


def _pin(image: str) -> str:
    """The part of an image that decides on the default: `the tag latest`, `the pinned tag 1.4`."""
    reference = images.parse(image)
    if reference is None or reference.digest:
        return "a pinned digest"
    if reference.effective_tag == "latest":
        return "the tag latest" if reference.tag else "the implied tag latest"
    return f"the pinned tag {reference.effective_tag}"


def _instead(stale: StalePolicy) -> str:
    if stale.choice.setting in (None, "Defaulted"):
        return f"Kubernetes would default {stale.proposed}"
    return f"{stale.choice} asks for {stale.proposed}"
