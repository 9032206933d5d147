"""Images in texts of ConfigMaps and Secrets that hold Kubernetes objects or pod specs, which may be applied.

Images are found by regular expressions: such a text is often a template, which is not valid YAML before rendering.
"""

import re
from collections.abc import Iterator

from krmfn.imagepull.images import reference as images
from krmfn.imagepull.overlooked import Overlooked
from krmfn.krm.resources import Resource
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, ScalarNode

# The value is on the same line, unlike in schemas. It may contain placeholders of templates.
_IMAGE = re.compile(
    r"""(?:^|[\s{,-])["']?image["']?[ \t]*:[ \t]*["']?((?:\{\{[^{}\n]{0,200}\}\}|[^\s"'#,{}\[\]])+)""", re.MULTILINE
)
_CONTAINERS = re.compile(r"""\b(?:containers|initContainers|ephemeralContainers)["']?[ \t]*:""")
_TYPED = tuple(re.compile(rf"""(?:^|[\s{{,-])["']?{key}["']?[ \t]*:[ \t]*["']?\w""") for key in ("apiVersion", "kind"))
# Without base64 in Secrets and without binary data.
_TEXTS = {"ConfigMap": ("data",), "Secret": ("stringData",)}


def find(resource: Resource) -> Iterator[Overlooked]:
    """The images in the texts of an object, each once for a text."""
    for field in _TEXTS.get(resource.type_meta.kind, ()):
        above = paths.join(resource.at, field)
        texts = nodes.last(resource.node, field)
        for key, node in nodes.all_entries(texts) if isinstance(texts, MappingNode) else ():
            if isinstance(node, ScalarNode) and _may_be_applied(node.value):
                found = dict.fromkeys(match[1] for match in _IMAGE.finditer(node.value))
                yield from (Overlooked(paths.join(above, key), node, image=image) for image in found if _is_one(image))


def _may_be_applied(text: str) -> bool:
    return _CONTAINERS.search(text) is not None or all(key.search(text) for key in _TYPED)


def _is_one(image: str) -> bool:
    return bool(images.parse(image)) or images.is_filled_in_later(image)
