"""The ServiceAccounts in the input, and the fields with the pull secrets that pods inherit from them."""

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
"""The row for ServiceAccounts. It is in no table, because they are edited only if the settings ask for it."""


class ServiceAccount(NamedTuple):
    """A ServiceAccount in the input.

    Attributes:
        namespace: its namespace; empty if it names none.
        names: its name and earlier names before kustomize renamed it, which pods may still use.
        secrets: the names in its `imagePullSecrets`.
        is_left_alone: whether settings or annotations exclude it.
    """

    namespace: str
    names: frozenset[str]
    secrets: tuple[str, ...] = ()
    is_left_alone: bool = False


class ServiceAccounts(NamedTuple):
    """ServiceAccounts, by each of their names."""

    by_name: Mapping[str, tuple[ServiceAccount, ...]] = MappingProxyType({})

    def find(self, namespace: str, name: str) -> tuple[ServiceAccount, ...]:
        """The ServiceAccounts that pods of a namespace may use under a name; no namespace may mean any namespace."""
        named = self.by_name.get(name, ())
        here = tuple(account for account in named if account.namespace == namespace)
        return here or tuple(account for account in named if not namespace or not account.namespace)

    def pull_secrets(self, namespace: str, name: str) -> tuple[str, ...] | None:
        """The names in the `imagePullSecrets` of a ServiceAccount; None if it is not in the input."""
        found = self.find(namespace, name)
        return tuple(dict.fromkeys(secret for account in found for secret in account.secrets)) if found else None

    @classmethod
    def of_all(cls, parts: Iterable["ServiceAccounts"]) -> "ServiceAccounts":
        """The ServiceAccounts of several texts."""
        named = [pair for part in parts for pair in part.by_name.items()]
        return cls(_by_name((name, account) for name, accounts in named for account in accounts))


def service_accounts(resources: Iterable[Resource], selects: Callable[[Resource], bool]) -> ServiceAccounts:
    """ServiceAccount resources to `ServiceAccounts`; `selects`: whether the settings include a resource."""
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
    """The names of a ServiceAccount: its own, even if it is inside another object, and earlier ones."""
    name = nodes.last(nodes.last(resource.node, "metadata"), "name")
    own = str(name.value) if isinstance(name, ScalarNode) else ""
    return frozenset((own, *resource.previous_names))


def _secret_names(resource: Resource) -> tuple[str, ...]:
    secrets = nodes.last(resource.node, PULL_SECRETS)
    items = secrets.value if isinstance(secrets, SequenceNode) else []
    names = [nodes.last(item, "name") for item in items]
    # Names with blanks at an end are invalid, and must not be copied into pods.
    found = (
        n.value for n in names if isinstance(n, ScalarNode) and not nodes.is_null(n) and n.value == n.value.strip()
    )
    return tuple(dict.fromkeys(filter(None, found)))
