"""Objects in the policies of Open Cluster Management that a cluster must not have: they run nothing.

The controller deletes what fits such an object, so one field more in it would let others live. What it takes:
https://github.com/open-cluster-management-io/config-policy-controller/blob/main/api/v1/configurationpolicy_types.go
"""

from collections.abc import Iterator

from krmfn.krm.resources import Resource
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import Node, ScalarNode, SequenceNode


def unwanted_objects(resource: Resource) -> Iterator[tuple[str, str]]:
    """Those in a ConfigurationPolicy, or in the ConfigurationPolicies of a Policy, as `Resource.forbidden` has them."""
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
