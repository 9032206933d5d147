"""`podSpecPatch` of Argo Workflows: a strategic merge patch, which the controller applies to the pods of templates.

What it sets runs. Source: `workflow/controller/workflowpod.go` and `workflow/util/pod` of Argo Workflows.
"""

import re
from collections.abc import Iterator, Mapping

from krmfn.errors import InputError
from krmfn.imagepull.podspecs import Container, PodSpec, Text
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import MappingNode, ScalarNode, SequenceNode

PodContainer = tuple[str, str]
"""The list of a pod that a container is in, and its name there."""

_MAIN = ("containers", "main")
_LISTS = ("containers", "initContainers")
_TEMPLATE = re.compile(r"(?:.*\.)?(?:templates\[\d+\]|inline)(?=\.|\Z)")


def with_patches(pod_spec: PodSpec) -> PodSpec:
    """The pod spec with what its patches mean for its containers and their images.

    An image that a patch sets is what runs in the place of a container's own; a policy that a container has holds for
    the image of the patch too.
    """
    images: dict[str, None] = {}
    containers, texts = list(pod_spec.containers), list[Text]()
    for text in pod_spec.texts:
        patch = _images_by_container(text) if text.field.holds else {}
        images |= dict.fromkeys(image for image in patch.values() if image)
        within = [container for container in containers if patch and _is_for(text, container)]
        replaced = {id(one.node) for one in within if one.image and patch.get(in_pod(one))}
        containers = [
            one._replace(trigger="by podSpecPatch") if id(one.node) in replaced else one for one in containers
        ]
        settled = {in_pod(one): one for one in within if one.set_policy}
        texts.append(text._replace(settled=settled))
    return pod_spec._replace(
        containers=tuple(containers), texts=tuple(texts), further_images=(*pod_spec.further_images, *images)
    )


def in_pod(container: Container) -> PodContainer:
    """Where a container of a template, or of a patch, is in the pod."""
    kind = container.field.path.removesuffix("[]").rpartition(".")[2]
    if kind in ("container", "script"):
        return _MAIN
    return ("initContainers" if kind == "initContainers" else "containers"), container.name


def _is_for(text: Text, container: Container) -> bool:
    """Whether a patch is for the pod of a container: that of all templates, or of its own."""
    if container.is_default or not any(container.field.path.startswith(kind) for kind in _OF_PODS):
        return False
    own = _TEMPLATE.match(text.path)
    return own is None or own[0] == _template_of(container.path)


_OF_PODS = ("container", "script", "containerSet.", "initContainers", "sidecars")


def _template_of(path: str) -> str:
    found = _TEMPLATE.match(path)
    return found[0] if found else ""


def _images_by_container(text: Text) -> Mapping[PodContainer, str]:
    """The images that a patch sets, by container; none when it cannot be read."""
    if "image" not in text.node.value:
        return {}
    try:
        roots = parsing.compose(text.node.value)
        return dict(_entries(roots[0])) if len(roots) == 1 else {}
    except InputError:
        return {}  # said where the text is edited


def _entries(root: nodes.Node) -> Iterator[tuple[PodContainer, str]]:
    for key in _LISTS:
        items = nodes.last(root, key)
        for item in items.value if isinstance(items, SequenceNode) else ():
            name, image = nodes.last(item, "name"), nodes.last(item, "image")
            if isinstance(name, ScalarNode) and isinstance(image, ScalarNode) and not nodes.is_null(image):
                yield (key, str(name.value)), str(image.value)
    volumes = nodes.last(root, "volumes")
    for item in volumes.value if isinstance(volumes, SequenceNode) else ():
        name, reference = nodes.last(item, "name"), nodes.last(nodes.last(item, "image"), "reference")
        if isinstance(item, MappingNode) and isinstance(name, ScalarNode) and isinstance(reference, ScalarNode):
            yield ("volumes", str(name.value)), str(reference.value)
