"""Objects inside others that are not applied as they are, so that krmfn must not edit them.

Policies of Open Cluster Management describe objects that a cluster must not have. The controller deletes objects that
match, so an additional field would keep some of them alive. Source:
https://github.com/open-cluster-management-io/config-policy-controller/blob/main/api/v1/configurationpolicy_types.go

Triggers of Argo Events may hold patches, mostly JSON merge patches. A list of pull secrets in such a patch would
replace the existing list. Source: `pkg/sensors/triggers/standard-k8s` of Argo Events.
"""

from collections.abc import Iterator
from typing import NamedTuple

from krmfn.krm.resources import Resource
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import Node, ScalarNode, SequenceNode

PATCH = "patch"
NOT_APPLIED = frozenset({PATCH, "get", "delete"})
"""Operations whose objects are not applied as they are."""


class Unwanted(NamedTuple):
    """Such an object in a ConfigurationPolicy, a Policy with some, or a Sensor.

    Attributes:
        around: the field path of a mapping around it, in the document.
        path: its path in that mapping.
        why: why it is left alone.
    """

    around: str
    path: str
    why: str


def unwanted_objects(resource: Resource) -> Iterator[Unwanted]:
    """The objects of a resource that are not applied as they are."""
    if resource.type_meta.kind == "Sensor":
        for i, trigger in enumerate(_items(nodes.last(nodes.last(resource.node, "spec"), "triggers"))):
            operation = nodes.last(nodes.last(nodes.last(trigger, "template"), "k8s"), "operation")
            if isinstance(operation, ScalarNode) and operation.value in NOT_APPLIED:
                why = f"its trigger does not create it: the operation is {operation.value}"
                yield Unwanted(f"{paths.join(resource.at, 'spec')}.triggers[{i}].template.k8s", "source.resource", why)
        return
    policies: list[tuple[Node | None, str]] = [(resource.node, resource.at)]
    for node, at in policies:
        spec, above = nodes.last(node, "spec"), paths.join(at, "spec")
        for i, entry in enumerate(_items(nodes.last(spec, "policy-templates"))):
            place = f"{above}.policy-templates[{i}].objectDefinition"
            policies.append((nodes.last(entry, "objectDefinition"), place))
        for i, entry in enumerate(_items(nodes.last(spec, "object-templates"))):
            compliance = nodes.last(entry, "complianceType")
            if isinstance(compliance, ScalarNode) and compliance.value.lower() == "mustnothave":
                why = f"a cluster must not have it: complianceType is {compliance.value}"
                yield Unwanted(f"{above}.object-templates[{i}]", "objectDefinition", why)


def _items(node: Node | None) -> list[Node]:
    return node.value if isinstance(node, SequenceNode) else []
