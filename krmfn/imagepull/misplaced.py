"""Pull fields that nothing reads: they stand at the wrong place, or are misspelt.

Only in kinds of which all fields are known: Kubernetes' own, Argo's, and ServiceAccount. The API server drops such a
field, or refuses it where validation is strict.
"""

import re
from collections.abc import Iterator, Sequence

from krmfn.imagepull.accounts.in_input import PULL_SECRETS, SERVICE_ACCOUNT
from krmfn.imagepull.causes import MISPLACED_FIELD
from krmfn.imagepull.kinds import Kind, Origin
from krmfn.imagepull.podspecs import PodSpec
from krmfn.krm.findings import Finding
from krmfn.krm.resources import Resource
from krmfn.krm.results import Severity
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

HINT = "ull"
"""What is in each key that this module is about."""

_PULL_FIELD = re.compile(r"(?i)(?:images?)?[-_]?pull[-_]?(?:(?P<secrets>se?c?r\w{2,7})|p\w{3,6})")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_ARGO = "argoproj.io"


def find(resource: Resource, kind: Kind | None, pod_specs: Sequence[PodSpec]) -> Iterator[Finding]:
    """A warning for each pull field of an object that nothing reads; it names the place where the field belongs."""
    if resource.type_meta == SERVICE_ACCOUNT:
        yield from _in_service_account(resource)
    elif kind and kind.origin is Origin.BUILT_IN and pod_specs:
        text = resource.document.text
        number = text.count(HINT, nodes.start(resource.node), nodes.end(resource.node))
        read = {id(value) for pod_spec in pod_specs for value in _read(pod_spec)} if number else set()
        if number > len(read):
            for path, mapping in _mappings(resource, pod_specs).items():
                for key, value in _pull_fields(mapping):
                    if id(value) not in read:
                        yield _finding(resource, paths.join(path, key), value, _right_place(path, key, pod_specs))


def _in_service_account(resource: Resource) -> Iterator[Finding]:
    spec = nodes.last(resource.node, "spec")
    for at, mapping in ((resource.at, resource.node), (paths.join(resource.at, "spec"), spec)):
        for key, value in _pull_fields(mapping):
            place = paths.join(resource.at, PULL_SECRETS) if _is_about_secrets(key) else ""
            if (at, key) != (resource.at, PULL_SECRETS):
                yield _finding(resource, paths.join(at, key), value, place)


def _read(pod_spec: PodSpec) -> Iterator[Node]:
    """The values of all pull fields that are read of a pod spec."""
    field = pod_spec.shape.pull_secrets
    if field and not pod_spec.missing and (secrets := nodes.last(pod_spec.node, field.key)):
        yield secrets
    for container in pod_spec.containers:
        if container.policy is not None:
            yield container.policy


def _mappings(resource: Resource, pod_specs: Sequence[PodSpec]) -> dict[str, MappingNode]:
    """The mappings from an object down to its pod specs and containers, each by its field path."""
    found = {resource.at: resource.node}
    for end in (path for pod_spec in pod_specs for path in (pod_spec.path, *(c.path for c in pod_spec.containers))):
        node: Node | None = resource.node
        at = resource.at
        for index, key in _STEP.findall(end[len(at) :]):
            if index and isinstance(node, SequenceNode):
                node, at = node.value[int(index)], f"{at}[{index}]"
            else:
                node, at = nodes.last(node, key), paths.join(at, key)
            if isinstance(node, MappingNode):
                found[at] = node
    return found


def _pull_fields(mapping: Node | None) -> Iterator[tuple[str, Node]]:
    for key, value in nodes.all_entries(mapping) if isinstance(mapping, MappingNode) else ():
        if HINT in key and _PULL_FIELD.fullmatch(key):
            yield key, value


def _is_about_secrets(key: str) -> bool:
    match = _PULL_FIELD.fullmatch(key)
    return bool(match and match["secrets"])


def _right_place(path: str, key: str, pod_specs: Sequence[PodSpec]) -> str:
    """The field path where a field of this meaning is read, near to a place; empty when there is none."""
    if _is_about_secrets(key):
        takes = [one for one in pod_specs if one.shape.pull_secrets]
        places = [paths.join(one.path, one.shape.pull_secrets.key) for one in takes if one.shape.pull_secrets]
    else:
        containers = [container for one in pod_specs for container in one.containers if container.field.policy]
        places = [paths.join(container.path, container.field.policy) for container in containers]
    own = (place for place in places if place.startswith(f"{path}.") or path.startswith(place.rpartition(".")[0]))
    return next(own, next(iter(places), ""))


def _finding(resource: Resource, path: str, value: Node, place: str) -> Finding:
    reader = "Argo" if resource.type_meta.group == _ARGO else "Kubernetes"
    parent, _, key = place[len(resource.at) :].lstrip(".").rpartition(".")
    is_misspelt = path.rpartition(".")[0] == place.rpartition(".")[0]
    way_out = f"rename it to {key}" if is_misspelt else f"move it to {parent}{'.' * bool(parent)}{key}"
    way_out = way_out if place else "remove it"
    message = f"{reader} ignores this field: {way_out}"
    return Finding(Severity.WARNING, message, path, value, rule=MISPLACED_FIELD)
