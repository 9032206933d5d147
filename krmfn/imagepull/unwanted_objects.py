"""Objects inside others that are not applied as they are, so that krmfn must not edit them.

Policies of Open Cluster Management describe objects that a cluster must not have. The controller deletes objects that
match, so an additional field would keep some of them alive. Source:
https://github.com/open-cluster-management-io/config-policy-controller/blob/main/api/v1/configurationpolicy_types.go

Triggers of Argo Events may hold patches, mostly JSON merge patches. A list of pull secrets in such a patch would
replace the existing list. Source: `pkg/sensors/triggers/standard-k8s` of Argo Events.
"""

from collections.abc import Iterator

from krmfn.krm.resources import Resource
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import Node, ScalarNode, SequenceNode

PATCH = "patch"
NOT_APPLIED = frozenset({PATCH, "get", "delete"})
"""Operations whose objects are not applied as they are."""


def unwanted_objects(resource: Resource) -> Iterator[tuple[str, str]]:
    """The paths, for `forbidden`, of such objects in a ConfigurationPolicy, a Policy with some, or a Sensor."""
    if resource.type_meta.kind == "Sensor":
        for i, trigger in enumerate(_items(nodes.last(nodes.last(resource.node, "spec"), "triggers"))):
            operation = nodes.last(nodes.last(nodes.last(trigger, "template"), "k8s"), "operation")
            if isinstance(operation, ScalarNode) and operation.value in NOT_APPLIED:
                yield f"{paths.join(resource.at, 'spec')}.triggers[{i}].template.k8s", "source.resource"
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
                yield f"{above}.object-templates[{i}]", "objectDefinition"


def _items(node: Node | None) -> list[Node]:
    return node.value if isinstance(node, SequenceNode) else []
