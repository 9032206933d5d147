"""The ServiceAccounts in the input: the pull secrets that pods inherit from them, and where those stand."""

from collections.abc import Callable, Iterable

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


class ServiceAccounts:
    """Pull secret names by namespace and ServiceAccount name."""

    def __init__(
        self, resources: Iterable[Resource] = (), selects: Callable[[Resource], bool] = lambda _: True
    ) -> None:
        """`selects` tells whether the settings let a resource through."""
        self._secrets: dict[tuple[str, str], tuple[str, ...]] = {}
        self._left_alone: set[tuple[str, str]] = set()
        for resource in resources:
            if resource.type_meta == SERVICE_ACCOUNT:
                name = resource.ref.namespace, name_of(resource)
                self._secrets[name] = tuple(dict.fromkeys((*self._secrets.get(name, ()), *_secret_names(resource))))
                if resource.opts_out or not selects(resource):
                    self._left_alone.add(name)

    def pull_secrets(self, namespace: str, name: str) -> tuple[str, ...] | None:
        """The names in its `imagePullSecrets`; None when the ServiceAccount is not in the input."""
        return self._secrets.get((namespace, name))

    def is_left_alone(self, namespace: str, name: str) -> bool:
        """Whether it is in the input, and not to be touched."""
        return (namespace, name) in self._left_alone


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
