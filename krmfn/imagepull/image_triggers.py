"""Images that OpenShift replaces whenever an image stream tag gets another image.

Two things request that: an annotation, on any object with a pod template; and the triggers of a DeploymentConfig.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.errors import InputError
from krmfn.krm.resources import Resource
from krmfn.splice import nodes
from krmfn.splice.nodes import Node, ScalarNode

ANNOTATION = "image.openshift.io/triggers"
_DEPLOYMENT_CONFIG, _IMAGE_CHANGE = "DeploymentConfig", "ImageChange"
_TAG = "ImageStreamTag"


class ImageTriggers:
    """The image triggers of one object, by the field paths of its images."""

    def __init__(self, resource: Resource) -> None:
        self._start = len(resource.at)
        self._by_path = {path: tag for path, tag in _found(resource) if tag}

    def __bool__(self) -> bool:
        return bool(self._by_path)

    def of_container(self, node: Node, path: str) -> str:
        """What replaces the image of a container at a field path of the document, in words; empty if nothing does."""
        name = nodes.last(node, "name")
        own = path[self._start :].lstrip(".")
        named = _named(own.rpartition("[")[0], name.value) if isinstance(name, ScalarNode) else ""
        return self._by_path.get(named) or self._by_path.get(f"{own}.image", "")


def _found(resource: Resource) -> Iterator[tuple[str, str]]:
    """The field path of each image in OpenShift's notation, with its trigger; empty if the trigger has no effect."""
    if annotation := resource.annotations.get(ANNOTATION):
        for trigger in _list(_read(annotation)):
            # A paused trigger does not replace the image of the manifest.
            if isinstance(trigger, dict) and trigger.get("paused") is not True:
                yield str(trigger.get("fieldPath")), _tag(trigger)
    if resource.type_meta.kind == _DEPLOYMENT_CONFIG:
        triggers = nodes.last(nodes.last(resource.node, "spec"), "triggers")
        for trigger in _list(_plain(triggers)):
            is_for_images = isinstance(trigger, dict) and trigger.get("type") == _IMAGE_CHANGE
            parameters = trigger.get("imageChangeParams") if is_for_images else None
            if isinstance(parameters, dict):
                for name in _list(parameters.get("containerNames")):
                    for field in ("containers", "initContainers"):
                        yield _named(f"spec.template.spec.{field}", name), _tag(parameters)


def _named(path: str, name: Any) -> str:
    return f'{path}[?(@.name=="{name}")].image'


def _tag(trigger: Mapping[str, Any]) -> str:
    """The image stream tag of a trigger, as words after "filled in later"; empty if it has none."""
    source = trigger.get("from")
    if not isinstance(source, dict) or source.get("kind") != _TAG or not source.get("name"):
        return ""
    namespace = f"{source['namespace']}/" if source.get("namespace") else ""
    return f"by OpenShift from {_TAG} {namespace}{source['name']}"


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # OpenShift cannot read it either
        return None


def _plain(node: Node | None) -> Any:
    try:
        return None if node is None else nodes.plain(node)
    except InputError:  # the API server rejects it
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
