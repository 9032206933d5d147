"""Kinds that no table knows: pod specs recognised by their structure, and only where hardly anything else looks so.

Of 364 places in 4,117 published schemas that hold `containers` at a path with one of these ends, 362 take
`imagePullSecrets` too; of other places one in four does not, and what a schema does not have is pruned.
"""

import re
from collections.abc import Iterator

from krmfn.imagepull.kinds.rows import Kind, Origin, PodSite
from krmfn.imagepull.kinds.written import POD_SPEC
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

_POD_LIKE = re.compile(r"(?:^|\.)(?:\w*[tT]emplate(?:Spec)?\.spec|\w*[pP]od[sS]pec|\w*[pP]od\.spec)\Z")
# `status` tells what is, `metadata` holds what was applied; the rest is text for the API server's own use.
_NOT_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})


def find(root: MappingNode) -> Kind | None:
    """What an object of an unknown kind looks like; None when it does not look as if it described pods."""
    found = dict.fromkeys(
        path
        for key, value in nodes.all_entries(root)
        if key not in _NOT_BELOW and paths.SIMPLE_KEY.fullmatch(key)
        for path in _pod_specs(value, key)
    )
    return Kind(tuple(PodSite(path, POD_SPEC) for path in found), origin=Origin.STRUCTURE) if found else None


def _pod_specs(node: Node, path: str) -> Iterator[str]:
    """The paths at and below a node, but none in a whole object inside: that has a kind of its own."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _pod_specs(item, f"{path}[]")
    elif isinstance(node, MappingNode) and not _is_object(node):
        if _is_pod_spec(node, path):
            yield path
            return
        for key, value in nodes.all_entries(node):
            if paths.SIMPLE_KEY.fullmatch(key):
                yield from _pod_specs(value, f"{path}.{key}")


def in_objects_inside(root: MappingNode) -> set[int]:
    """The ids of all that is in whole objects inside an object: the paths of its own pod specs may lead there too."""
    objects = [node for node in nodes.descendants([root]) if node is not root and _is_object(node)]
    return {id(node) for node in nodes.descendants(objects)}


def _is_object(node: Node) -> bool:
    return nodes.last(node, "apiVersion") is not None and nodes.last(node, "kind") is not None


def _is_pod_spec(node: MappingNode, path: str) -> bool:
    containers = nodes.last(node, "containers")
    if not isinstance(containers, SequenceNode) or not containers.value:
        return False
    if not all(_is_text(item, "name") and _is_text(item, "image") for item in containers.value):
        return False
    return bool(_POD_LIKE.search(path)) or isinstance(nodes.last(node, "imagePullSecrets"), SequenceNode)


def _is_text(node: Node, key: str) -> bool:
    value = nodes.last(node, key)
    return value is not None and not nodes.is_null(value) and nodes.is_string(value)
