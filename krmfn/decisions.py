"""What the rules decided and why: told beside the changes, by the code that makes them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from krmfn.podspecs import Container, PodSpec


class PolicyDecision(NamedTuple):
    """The policy that a container is to have, and why; an empty one stands for none."""

    container: Container
    policy: str
    why: str


class Way(StrEnum):
    """How a pull secret comes to pods, or does not."""

    LISTED = "listed"
    """They name it already."""
    INHERITED = "inherited"
    """Kubernetes copies it from their ServiceAccount, since they name none."""
    ADDED = "added"
    """It is appended to those they name."""
    ATTACHED = "attached"
    """It is appended to those of their ServiceAccount, from which Kubernetes copies it."""
    MISSED = "missed"
    """Their images call for it, and it does not get there."""


class SecretDecision(NamedTuple):
    """What becomes of one secret, and why."""

    way: Way
    why: str


class SecretsDecision(NamedTuple):
    """The pull secrets that the settings have for the pods of a pod spec, and those that come with them.

    Attributes:
        pod_spec: whose pods.
        called_for: the secrets that the settings have for them, each with the image that calls for it.
        decided: what becomes of those that they do not name yet, in their order.
    """

    pod_spec: PodSpec
    called_for: Mapping[str, str]
    decided: Mapping[str, SecretDecision]
