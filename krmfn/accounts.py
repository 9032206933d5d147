"""The pull secrets of the ServiceAccounts in the input: what pods would inherit from them."""

from collections.abc import Iterable

from krmfn import nodes
from krmfn.nodes import MappingNode, ScalarNode, SequenceNode
from krmfn.resources import Resource
from krmfn.typemeta import TypeMeta

SERVICE_ACCOUNT = TypeMeta("v1", "ServiceAccount")


class ServiceAccounts:
    """Pull secret names by namespace and ServiceAccount name."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._secrets = {
            (resource.ref.namespace, _name(resource)): _secret_names(resource)
            for resource in resources
            if resource.type_meta == SERVICE_ACCOUNT
        }

    def pull_secrets(self, namespace: str, name: str) -> tuple[str, ...] | None:
        """The names in its `imagePullSecrets`; None when the ServiceAccount is not in the input."""
        return self._secrets.get((namespace, name))


def _name(resource: Resource) -> str:
    """Its own, also where it stands inside another object."""
    name = nodes.last(nodes.last(resource.node, "metadata"), "name")
    return str(name.value) if isinstance(name, ScalarNode) else ""


def _secret_names(resource: Resource) -> tuple[str, ...]:
    secrets = nodes.child(resource.node, "imagePullSecrets")
    if not isinstance(secrets, SequenceNode):
        return ()
    names = (nodes.child(item, "name") for item in secrets.value if isinstance(item, MappingNode))
    return tuple(dict.fromkeys(name.value for name in names if isinstance(name, ScalarNode) and name.value))
