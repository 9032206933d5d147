"""What a rule says of one pod spec: what is to change, what is worth a result, and why."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.imagepull.uses import Use
from krmfn.krm.findings import Finding
from krmfn.splice.changes import Change, written_paths


class PolicyReason(NamedTuple):
    """The policy that a container is to have, and why; an empty one stands for none."""

    container: Container
    policy: str
    why: str


class Delivery(StrEnum):
    """How a pull secret comes to pods, or does not."""

    LISTED = "listed"
    """They name it already."""
    INHERITED = "inherited"
    """Kubernetes copies it from their ServiceAccount, since they name none; or Argo's controller from its defaults."""
    ADDED = "added"
    """It is appended to those they name."""
    ATTACHED = "attached"
    """It is appended to those of their ServiceAccount, from which Kubernetes copies it."""
    MISSED = "missed"
    """Their images call for it, and it does not get there."""


class SecretDelivery(NamedTuple):
    """What becomes of one secret, and why."""

    delivery: Delivery
    why: str


class SecretsReason(NamedTuple):
    """The pull secrets that the settings have for the pods of a pod spec, and those that come with them.

    Attributes:
        pod_spec: whose pods.
        called_for: the secrets that the settings have for them, each with the image that calls for it.
        decided: what becomes of those that they do not name yet, in their order.
    """

    pod_spec: PodSpec
    called_for: Mapping[str, str]
    decided: Mapping[str, SecretDelivery]


class Verdict:
    """The answer of a rule; the rule fills it in.

    Attributes:
        changes: what is to change.
        findings: what is worth a result.
        uses: what the pods want of pull secrets.
        reasons: what was decided, changes or not, and why.
        is_default: whether the API server makes the same changes to every new object, so that they are no drift.
    """

    def __init__(
        self, changes: Iterable[Change] = (), findings: Iterable[Finding] = (), *, is_default: bool = False
    ) -> None:
        self.changes = list(changes)
        self.findings = list(findings)
        self.uses: list[Use] = []
        self.reasons: list[PolicyReason | SecretsReason] = []
        self.is_default = is_default

    def allowed(self, is_forbidden: Callable[[str], bool]) -> "Verdict":
        """The same without the changes of forbidden field paths; without the findings where no change is left."""
        changes = [change for change in self.changes if not any(map(is_forbidden, written_paths(change)))]
        is_moot = self.changes and not changes
        allowed = Verdict(changes, [] if is_moot else self.findings, is_default=self.is_default)
        allowed.uses, allowed.reasons = self.uses, self.reasons
        return allowed
