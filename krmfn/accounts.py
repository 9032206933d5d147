"""The ServiceAccounts in the input: the pull secrets that pods inherit from them, and where those stand."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from krmfn import nodes
from krmfn.changes import Beside
from krmfn.kinds import Kind, Place, SecretsField, Shape
from krmfn.nodes import MappingNode, ScalarNode, SequenceNode
from krmfn.resources import Resource
from krmfn.typemeta import TypeMeta

SERVICE_ACCOUNT = TypeMeta("v1", "ServiceAccount")
PULL_SECRETS, SECRETS = "imagePullSecrets", "secrets"
KIND = Kind(
    tuple(
        Place("", Shape(pull_secrets=SecretsField(key, Beside(after=("metadata",))), default_account=""))
        for key in (PULL_SECRETS, SECRETS)
    )
)
"""Where a ServiceAccount has secrets; a row of no table, since only those who ask for it have it touched."""


_Name = tuple[str, str]


class ServiceAccounts(NamedTuple):
    """What is known of ServiceAccounts, by namespace and name.

    Attributes:
        secrets: the names in the `imagePullSecrets` of each.
        left_alone: those that are not to be touched.
    """

    secrets: Mapping[_Name, tuple[str, ...]] = MappingProxyType({})
    left_alone: frozenset[_Name] = frozenset()

    def pull_secrets(self, namespace: str, name: str) -> tuple[str, ...] | None:
        """The names in its `imagePullSecrets`; None when the ServiceAccount is not in the input."""
        return self.secrets.get((namespace, name))

    def is_left_alone(self, namespace: str, name: str) -> bool:
        """Whether it is in the input, and not to be touched."""
        return (namespace, name) in self.left_alone

    def with_those_of(self, other: "ServiceAccounts") -> "ServiceAccounts":
        """These and the others; one that is in both has the secrets of both."""
        both = {name: _once(secrets, other.secrets.get(name, ())) for name, secrets in self.secrets.items()}
        return ServiceAccounts({**other.secrets, **both}, self.left_alone | other.left_alone)


def service_accounts(resources: Iterable[Resource], selects: Callable[[Resource], bool]) -> ServiceAccounts:
    """What is known of some ServiceAccounts; `selects` tells whether the settings let a resource through."""
    secrets: dict[_Name, tuple[str, ...]] = {}
    left_alone = set()
    for resource in resources:
        name = resource.ref.namespace, name_of(resource)
        secrets[name] = _once(secrets.get(name, ()), _secret_names(resource))
        if resource.opts_out or not selects(resource):
            left_alone.add(name)
    return ServiceAccounts(secrets, frozenset(left_alone))


def _once(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def name_of(resource: Resource) -> str:
    """Its own, also where it stands inside another object."""
    name = nodes.last(nodes.last(resource.node, "metadata"), "name")
    return str(name.value) if isinstance(name, ScalarNode) else ""


def _secret_names(resource: Resource) -> tuple[str, ...]:
    secrets = nodes.child(resource.node, PULL_SECRETS)
    if not isinstance(secrets, SequenceNode):
        return ()
    names = (nodes.child(item, "name") for item in secrets.value if isinstance(item, MappingNode))
    return tuple(dict.fromkeys(name.value for name in names if isinstance(name, ScalarNode) and name.value))
