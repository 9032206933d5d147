"""The ServiceAccounts in the input: the pull secrets that pods inherit from them, and where those stand."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from krmfn.imagepull.kinds import Kind, PodSite, SecretsField, Shape
from krmfn.imagepull.podspecs import SKIP_ANNOTATION
from krmfn.krm.resources import Resource
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes
from krmfn.splice.changes import Beside
from krmfn.splice.nodes import ScalarNode, SequenceNode

SERVICE_ACCOUNT = TypeMeta("v1", "ServiceAccount")
PULL_SECRETS, SECRETS = "imagePullSecrets", "secrets"
KIND = Kind(
    tuple(
        PodSite("", Shape(pull_secrets=SecretsField(key, Beside(after=("metadata",))), default_account=""))
        for key in (PULL_SECRETS, SECRETS)
    )
)
"""Where a ServiceAccount has secrets; a row of no table, since only those who ask for it have it touched."""


class ServiceAccount(NamedTuple):
    """What is known of a ServiceAccount.

    Attributes:
        namespace: empty when it names none.
        names: its name, and those it had before kustomize renamed it, by which pods still refer to it.
        secrets: the names in its `imagePullSecrets`.
        is_left_alone: whether it is not to be touched.
    """

    namespace: str
    names: frozenset[str]
    secrets: tuple[str, ...] = ()
    is_left_alone: bool = False


class ServiceAccounts(NamedTuple):
    """What is known of ServiceAccounts, by each of their names."""

    by_name: Mapping[str, tuple[ServiceAccount, ...]] = MappingProxyType({})

    def find(self, namespace: str, name: str) -> tuple[ServiceAccount, ...]:
        """Those that pods of a namespace run as; where one of the two names no namespace, it may be the same."""
        named = self.by_name.get(name, ())
        here = tuple(account for account in named if account.namespace == namespace)
        return here or tuple(account for account in named if not namespace or not account.namespace)

    def pull_secrets(self, namespace: str, name: str) -> tuple[str, ...] | None:
        """The names in its `imagePullSecrets`; None when the ServiceAccount is not in the input."""
        found = self.find(namespace, name)
        return tuple(dict.fromkeys(secret for account in found for secret in account.secrets)) if found else None

    @classmethod
    def of_all(cls, parts: Iterable["ServiceAccounts"]) -> "ServiceAccounts":
        """Those of several texts."""
        named = [pair for part in parts for pair in part.by_name.items()]
        return cls(_by_name((name, account) for name, accounts in named for account in accounts))


def service_accounts(resources: Iterable[Resource], selects: Callable[[Resource], bool]) -> ServiceAccounts:
    """What is known of some ServiceAccounts; `selects` tells whether the settings let a resource through."""
    found = [
        ServiceAccount(
            namespace=resource.ref.namespace,
            names=names_of(resource),
            secrets=_secret_names(resource),
            is_left_alone=bool(resource.opts_out(SKIP_ANNOTATION)) or not selects(resource),
        )
        for resource in resources
    ]
    return ServiceAccounts(_by_name((name, account) for account in found for name in account.names))


def _by_name(named: Iterable[tuple[str, ServiceAccount]]) -> dict[str, tuple[ServiceAccount, ...]]:
    by_name: dict[str, list[ServiceAccount]] = {}
    for name, account in named:
        by_name.setdefault(name, []).append(account)
    return {name: tuple(accounts) for name, accounts in by_name.items()}


def names_of(resource: Resource) -> frozenset[str]:
    """The names of a ServiceAccount: its own, also where it stands inside another object, and those it had before."""
    name = nodes.last(nodes.last(resource.node, "metadata"), "name")
    own = str(name.value) if isinstance(name, ScalarNode) else ""
    return frozenset((own, *resource.previous_names))


def _secret_names(resource: Resource) -> tuple[str, ...]:
    secrets = nodes.last(resource.node, PULL_SECRETS)
    items = secrets.value if isinstance(secrets, SequenceNode) else []
    names = [nodes.last(item, "name") for item in items]
    # What is no name here is none in the cluster, and would only spread.
    found = (
        n.value for n in names if isinstance(n, ScalarNode) and not nodes.is_null(n) and n.value == n.value.strip()
    )
    return tuple(dict.fromkeys(filter(None, found)))
