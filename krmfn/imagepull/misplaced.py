"""Pull fields that nothing reads, because they are in the wrong place or misspelt.

Only in kinds whose fields are all known: Kubernetes' own, Argo's, and ServiceAccount. The API server drops such a
field, or rejects it if validation is strict.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

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
"""A part of every key that this module is about."""

_PULL_FIELD = re.compile(r"(?i)(?:images?)?[-_]?pull[-_]?(?:(?P<secrets>s\w{3,9})|p(?:o|l)\w{2,7})")
_ARGO = "argoproj.io"


def find(resource: Resource, kind: Kind | None, pod_specs: Sequence[PodSpec]) -> Iterator[Finding]:
    """A warning for each pull field of an object that nothing reads, with the right place or name of the field."""
    if resource.type_meta == SERVICE_ACCOUNT:
        yield from _in_service_account(resource)
    elif kind and kind.origin is Origin.BUILT_IN and pod_specs:
        text, start, end = resource.document.text, nodes.start(resource.node), nodes.end(resource.node)
        number = text.count(HINT, start, end)
        merges = text.find("<<", start, end) >= 0  # the merged fields may be outside of the object
        read = {id(value) for pod_spec in pod_specs for value in _read(pod_spec)} if number or merges else set()
        if number > len(read) or merges:
            places = _RightPlaces(pod_specs)
            for path, mapping in _mappings(resource, pod_specs).items():
                for key, value in _pull_fields(mapping):
                    if id(value) not in read:
                        place = places.near(path, key)
                        yield _finding(resource, paths.join(path, key), value, place)


def _in_service_account(resource: Resource) -> Iterator[Finding]:
    spec = nodes.last(resource.node, "spec")
    for at, mapping in ((resource.at, resource.node), (paths.join(resource.at, "spec"), spec)):
        for key, value in _pull_fields(mapping):
            place = paths.join(resource.at, PULL_SECRETS) if _is_about_secrets(key) else ""
            if (at, key) != (resource.at, PULL_SECRETS):
                yield _finding(resource, paths.join(at, key), value, place)


def _read(pod_spec: PodSpec) -> Iterator[Node]:
    """The values of all pull fields of a pod spec that Kubernetes or Argo reads."""
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
        for step in paths.steps(end[len(at) :]):
            if isinstance(step, int):
                node, at = (node.value[step] if isinstance(node, SequenceNode) else None), f"{at}[{step}]"
            else:
                node, at = nodes.last(node, step), paths.join(at, step)
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


class _Places:
    """The right field paths for one kind of field: pull secrets or pull policies."""

    def __init__(self, paths_: Iterable[str]) -> None:
        found = tuple(paths_)
        self._first = next(iter(found), "")
        self._sorted = sorted(found)
        self._by_parent = {path.rpartition(".")[0]: path for path in found}

    def near(self, mapping: str) -> str:
        """The path below the mapping at a path, else in a mapping around it, else any; empty if there is none."""
        number = bisect_left(self._sorted, f"{mapping}.")
        if number < len(self._sorted) and self._sorted[number].startswith(f"{mapping}."):
            return self._sorted[number]
        while mapping and mapping not in self._by_parent:
            mapping = mapping.rpartition(".")[0]
        return self._by_parent.get(mapping, self._first)


class _RightPlaces:
    """The right places for misplaced fields."""

    def __init__(self, pod_specs: Sequence[PodSpec]) -> None:
        self._pod_specs = pod_specs

    def near(self, mapping: str, key: str) -> str:
        """The right place for a key of the mapping at a path; empty if there is none."""
        return (self._of_secrets if _is_about_secrets(key) else self._of_policies).near(mapping)

    @cached_property
    def _of_secrets(self) -> _Places:
        fields = [(one.path, one.shape.pull_secrets) for one in self._pod_specs]
        return _Places(paths.join(path, field.key) for path, field in fields if field)

    @cached_property
    def _of_policies(self) -> _Places:
        containers = [container for one in self._pod_specs for container in one.containers if container.field.policy]
        return _Places(paths.join(container.path, container.field.policy) for container in containers)


def _finding(resource: Resource, path: str, value: Node, place: str) -> Finding:
    reader = "Argo" if resource.type_meta.group == _ARGO else "Kubernetes"
    parent, _, key = place[len(resource.at) :].lstrip(".").rpartition(".")
    is_misspelt = path.rpartition(".")[0] == place.rpartition(".")[0]
    # This wording is right before and after a run, which may add the right field.
    right = f"the right name is {key}" if is_misspelt else f"the right place is {parent}{'.' * bool(parent)}{key}"
    message = f"{reader} ignores this field: {right if place else 'remove it'}"
    return Finding(Severity.WARNING, message, path, value, rule=MISPLACED_FIELD)
