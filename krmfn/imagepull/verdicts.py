"""Verdicts: what a rule decides about one pod spec, with changes, findings and reasons."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.imagepull.uses import Use
from krmfn.krm.findings import Finding
from krmfn.splice.changes import Change, written_paths


class PolicyReason(NamedTuple):
    """The policy that a container keeps or gets (empty: none), and why."""

    container: Container
    policy: str
    why: str


class Delivery(StrEnum):
    """How a pull secret reaches pods, or that it does not."""

    LISTED = "listed"
    """The pods list it already."""
    INHERITED = "inherited"
    """Kubernetes copies it from their ServiceAccount, as they list none; or Argo's controller from its defaults."""
    ADDED = "added"
    """krmfn appends it to the list of the pods."""
    ATTACHED = "attached"
    """krmfn appends it to their ServiceAccount or to workflowDefaults, from which it is copied into the pods."""
    MISSED = "missed"
    """Their images need it, but it does not reach them."""


class SecretDelivery(NamedTuple):
    """How one secret reaches pods, and why."""

    delivery: Delivery
    why: str


class SecretsReason(NamedTuple):
    """The pull secrets that the pods of a pod spec need by the settings, and the decisions about missing ones.

    Attributes:
        pod_spec: the pod spec.
        called_for: the secrets that the pods need, each with the image that needs it.
        decided: the decision about each secret that the pods do not list yet, in the order in which they are added.
    """

    pod_spec: PodSpec
    called_for: Mapping[str, str]
    decided: Mapping[str, SecretDelivery]


class Verdict:
    """The verdict of a rule; the rule fills it in.

    Attributes:
        changes: the changes to make.
        findings: the findings to report.
        uses: which pull secrets the pods have and need.
        reasons: every decision, with or without a change, and why.
        is_default: whether the API server makes the same changes to every new object, so that they cause no drift.
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
        """The verdict without changes at forbidden field paths; also without findings, if that removes all changes."""
        changes = [change for change in self.changes if not any(map(is_forbidden, written_paths(change)))]
        is_moot = self.changes and not changes
        allowed = Verdict(changes, [] if is_moot else self.findings, is_default=self.is_default)
        allowed.uses, allowed.reasons = self.uses, self.reasons
        return allowed
