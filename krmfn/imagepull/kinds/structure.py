"""Pod specs in unknown kinds, recognised by their structure, only at paths where hardly anything else looks the same.

In 4,117 published schemas, 364 places hold `containers` at a path with one of these ends, and 362 of them also allow
`imagePullSecrets`. Of other places with `containers`, one in four does not allow it, and the API server drops unknown
fields. All ten places at `podTemplateSpec.spec`, in schemas published later, allow it.
"""

import re
from collections.abc import Iterator

from krmfn.imagepull.kinds.rows import Kind, Origin, PodSite
from krmfn.imagepull.kinds.written import POD_SPEC
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

_POD_LIKE = re.compile(r"(?:^|\.)(?:\w*[tT]emplate(?:Spec)?\.spec|\w*[pP]od[sS]pec|\w*[pP]od\.spec)\Z")
# `status` and `metadata` run nothing; `metadata` may hold a copy of the object that was applied.
_NOT_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})


def find(root: MappingNode) -> Kind | None:
    """A row for an object of an unknown kind; None if nothing in it looks like a pod spec."""
    found = dict.fromkeys(
        path
        for key, value in nodes.all_entries(root)
        if key not in _NOT_BELOW and paths.SIMPLE_KEY.fullmatch(key)
        for path in _pod_specs(value, key)
    )
    return Kind(tuple(PodSite(path, POD_SPEC) for path in found), origin=Origin.STRUCTURE) if found else None


def _pod_specs(node: Node, path: str) -> Iterator[str]:
    """The paths of pod specs at and below a node, except in whole objects inside, which have kinds of their own."""
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
    """The ids of all nodes in whole objects inside an object: paths of its own pod specs may also match these."""
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
