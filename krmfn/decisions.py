"""What the rules decided and why: told beside the changes, by the code that makes them."""

from collections.abc import Mapping
from typing import NamedTuple

from krmfn.explained import Way
from krmfn.podspecs import Container, PodSpec


class PolicyDecision(NamedTuple):
    """The policy that a container is to have, and why; an empty one stands for none."""

    container: Container
    policy: str
    why: str


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
