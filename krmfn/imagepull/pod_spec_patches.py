"""`podSpecPatch` of Argo Workflows: a strategic merge patch that the controller applies to the pods of templates.

Images and policies in a patch override those of the templates. Source: `workflow/controller/workflowpod.go` and
`workflow/util/pod` of Argo Workflows.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from krmfn.errors import InputError
from krmfn.imagepull.podspecs import Container, PodSpec, Text
from krmfn.splice import nodes, parsing
from krmfn.splice.nodes import MappingNode, ScalarNode, SequenceNode

PodContainer = tuple[str, str]
"""The list of the pod that holds a container, and the container's name in the pod."""

_MAIN = ("containers", "main")
_PATCH = "podSpecPatch"
_LISTS = ("containers", "initContainers")
_TEMPLATE = re.compile(r"(?:.*\.)?(?:templates\[\d+\]|inline)(?=\.|\Z)")


def with_patches(pod_spec: PodSpec) -> PodSpec:
    """The pod spec, completed with the effect of its patches on containers and images.

    An image in a patch runs instead of the container's own image. A policy of a container also applies to the image of
    the patch.
    """
    containers = pod_spec.containers
    by_template = _by_template(containers)
    images: dict[str, None] = {}
    replaced, texts = set[int](), list[Text]()
    own, against = _own(pod_spec.texts), _against(pod_spec)
    for text in pod_spec.texts:
        patch = _images_by_container(text) if text.field.holds else {}
        images |= dict.fromkeys(image for image in (patch or {}).values() if image)
        within = list(_patched(text, by_template, own)) if patch != {} else []
        replaced |= {id(one.node) for one in within if one.image and (patch is None or patch.get(in_pod(one)))}
        is_of_all = text.field.path == _PATCH and not _template_of(text.path)
        texts.append(text._replace(settled=dict(_settled(within)), against=against if is_of_all else ""))
    containers = tuple(
        one._replace(trigger="by podSpecPatch") if id(one.node) in replaced else one for one in containers
    )
    return pod_spec._replace(
        containers=containers, texts=tuple(texts), further_images=(*pod_spec.further_images, *images)
    )


def _against(pod_spec: PodSpec) -> str:
    """Why no policy may be written in a patch for all templates: templates elsewhere may have others. Else empty."""
    elsewhere = pod_spec.shape.secrets_elsewhere
    if pod_spec.shape.is_for_others:
        return "it is for the containers of all Workflows, and these may have another policy"
    if pod_spec.refers_to_templates():
        return "it is also for templates used by templateRef, and these may have another policy"
    is_elsewhere = elsewhere and not nodes.is_null(nodes.last(pod_spec.node, elsewhere))
    return f"it is for the templates of the {elsewhere}, and these may have another policy" if is_elsewhere else ""


def settled(texts: Sequence[Text], containers: Iterable[Container]) -> Iterator[Text]:
    """The patches with `settled`: the containers whose own, inherited or filled-in policy also applies in the patch."""
    by_template, own = _by_template(containers), _own(texts)
    for text in texts:
        found = dict(_settled(_patched(text, by_template, own))) if text.field.holds else {}
        yield text._replace(settled=found)


def _own(texts: Iterable[Text]) -> Collection[str]:
    """The field paths of the templates that have their own patch."""
    return {_template_of(text.path) for text in texts if text.field.path == _PATCH}


def _settled(containers: Iterable[Container]) -> Iterator[tuple[PodContainer, Container]]:
    for one in containers:
        if one.set_policy or one.filled_in:
            yield in_pod(one), one
        elif one.inherits and one.inherits.set_policy:
            yield in_pod(one), one.inherits


def _by_template(containers: Iterable[Container]) -> Mapping[str, Sequence[Container]]:
    """The containers of pods by the field path of their template."""
    found: dict[str, list[Container]] = {}
    for container in containers:
        if not container.is_default and container.field.path.startswith(_OF_PODS):
            found.setdefault(_template_of(container.path), []).append(container)
    return found


def in_pod(container: Container) -> PodContainer:
    """A container of a template or of a patch to its list and name in the pod."""
    kind = container.field.path.removesuffix("[]").rpartition(".")[2]
    if kind in ("container", "script"):
        return _MAIN
    return ("initContainers" if kind == "initContainers" else "containers"), container.name


def _patched(text: Text, by_template: Mapping[str, Sequence[Container]], own: Collection[str]) -> Iterator[Container]:
    """The containers of the pods that a patch is for: of its own template, or of all; `own`: templates with a patch."""
    if text.field.path.startswith("artifactGC"):
        return  # its pods belong to no template
    template = _template_of(text.path)
    # The patch of a template replaces the one of `templateDefaults`.
    is_default = text.path.endswith(f"templateDefaults.{_PATCH}")
    if template:
        yield from by_template.get(template, ())
        return
    for path, containers in by_template.items():
        if not (is_default and path in own):
            yield from containers


_OF_PODS = ("container", "script", "containerSet.", "initContainers", "sidecars")


def _template_of(path: str) -> str:
    found = _TEMPLATE.match(path)
    return found[0] if found else ""


def _images_by_container(text: Text) -> Mapping[PodContainer, str] | None:
    """The images that a patch sets, by container; None if a template in the patch decides that later."""
    if "image" not in text.node.value and "{{" not in text.node.value:
        return {}
    try:
        roots = parsing.compose(text.node.value)
    except InputError:
        return None
    root = roots[0] if len(roots) == 1 else None
    is_filled_in = isinstance(root, MappingNode) and any(isinstance(key, MappingNode) for key, _ in root.value)
    return dict(_entries(root)) if isinstance(root, MappingNode) and not is_filled_in else None


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
