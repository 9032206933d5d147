"""Images of compiled Kubeflow Pipelines, whose containers are JSON in parameters of a Workflow.

The driver of Kubeflow Pipelines builds the pods, with the Workflow's pull secrets; the JSON has no key for a policy.
Source: `backend/src/v2/compiler/argocompiler/container.go` of kubeflow/pipelines.
"""

import json
from collections.abc import Iterator
from typing import Any

from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, ScalarNode, SequenceNode

_PREFIX = "implementations-"


def images(spec: MappingNode) -> Iterator[str]:
    """The images of all components of a Workflow's spec."""
    parameters = nodes.last(nodes.last(spec, "arguments"), "parameters")
    for parameter in parameters.value if isinstance(parameters, SequenceNode) else ():
        name, value = nodes.last(parameter, "name"), nodes.last(parameter, "value")
        if isinstance(name, ScalarNode) and name.value.startswith(_PREFIX) and isinstance(value, ScalarNode):
            component = _read(value.value)
            if isinstance(component, dict) and isinstance(component.get("image"), str):
                yield component["image"]


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
