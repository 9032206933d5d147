"""Make a patch for each object that krmfn changes, or say why no patch can change it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from krmfn.commands.patches.operations import Operation, operations
from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.imagepull.outcome import ImagePullOutcome
from krmfn.imagepull.secrets.kustomize_names import is_hashed
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm import documents, resources
from krmfn.krm.resources import Resource
from krmfn.krm.results import ResourceRef, Result, Severity
from krmfn.splice import nodes
from krmfn.splice.nodes import Node, ScalarNode
from krmfn.splice.paths import Step, steps
from krmfn.splice.source import decode

_GENERATED = ("ConfigMap", "Secret")
_SPECIAL = re.compile(r"[.+*?()|\[\]{}^$\\]")
_DEFAULT = "default"
"""The namespace that kustomize assumes for an object without one."""


class Identity(NamedTuple):
    """What identifies an object to kustomize."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str


class Patch(NamedTuple):
    """A patch: its `target` in a kustomization, and its operations."""

    target: dict[str, str]
    operations: tuple[Operation, ...]


class _Object(NamedTuple):
    """The object in a document: its root node if it will be compared, its name in results, and kustomize's identity."""

    root: Node | None
    ref: ResourceRef
    identity: Identity


class _Neighbours:
    """All objects of an input, by kustomize's identity."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._counts = Counter(identities)
        self._same: dict[tuple[str, str], list[Identity]] = defaultdict(list)
        names: dict[str, list[str]] = defaultdict(list)
        for identity in self._counts:
            self._same[identity.kind, identity.name].append(identity)
            names[identity.kind].append(identity.name)
        # Searching one text is many times faster than searching each name.
        self._names = {kind: "\n".join(found) for kind, found in names.items()}

    def has_twin(self, identity: Identity) -> bool:
        """Whether another object has the same identity."""
        return self._counts[identity] > 1

    def of_same_name(self, own: Identity) -> list[Identity]:
        """The other objects that a target with this object's kind, name and group, if it has one, would match."""
        same = self._same[own.kind, own.name]
        return [one for one in same if one != own and (one.group == own.group or not own.group)]

    def has_longer_name(self, own: Identity) -> bool:
        """Whether another object of the same kind, in any group, has a name that contains this object's name."""
        return self._names[own.kind].count(own.name) > len(self._same[own.kind, own.name])


def patches(data: bytes, outcome: ImagePullOutcome) -> tuple[list[Patch], list[Result]]:
    """The patches that change `data` into the output, in document order, and an error for each object without one."""
    changed = {change.document: change for change in outcome.changes}
    before, after = (_objects(decode(one).text, set(changed)) for one in (data, outcome.output))
    neighbours = _Neighbours(one.identity for one in before.values())
    images: dict[int, list[tuple[Step, ...]]] = defaultdict(list)
    for image in filter(_counts, outcome.images):
        images[image.document].append(steps(image.field))
    found: list[Patch] = []
    unreachable: list[Result] = []
    for number, change in sorted(changed.items()):
        one = before.get(number)
        reason = _reason(one, neighbours) if change.path else "no patch creates an object: add it to the resources"
        if reason:
            unreachable.append(Result(reason, Severity.ERROR, change.resource))
            continue
        new = after[number].root
        assert one is not None
        assert one.root is not None
        assert new is not None
        target, tests = _target(one, neighbours)
        found.append(Patch(target, (*tests, *operations(one.root, new, images[number]))))
    return found, unreachable


def _objects(text: str, wanted: set[int]) -> dict[int, _Object]:
    """The objects of an input by the number of their document; only the `wanted` ones have their root node."""

    def read(given: documents.Input) -> dict[int, _Object]:
        return {
            document.number: _Object(
                document.root if document.number in wanted else None, resource.ref, _identity(resource)
            )
            for piece in given.pieces(lambda _: True)
            for document in piece.documents
            for resource in resources.read(document)
            if not resource.at
        }

    return documents.of_input(text, read)


def _identity(resource: Resource) -> Identity:
    group, _, version = resource.type_meta.api_version.rpartition("/")
    name = nodes.last(resource.metadata, "name")
    return Identity(
        group,
        version,
        resource.type_meta.kind,
        resource.ref.namespace or _DEFAULT,
        str(name.value) if isinstance(name, ScalarNode) else "",
    )


def _reason(one: _Object | None, neighbours: _Neighbours) -> str:
    """Why no patch can change an object; "" when a patch can."""
    if one is None or (one.identity.kind.endswith("List") and nodes.last(one.root, "items")):
        return "no patch can change objects in a List: run `krmfn patches` on the output of `kustomize build`"
    if not one.identity.name:
        return "no patch can target an object without a name: add `metadata.name`"
    if neighbours.has_twin(one.identity):
        return "no patch can tell objects with the same kind, namespace and name apart: remove or rename all but one"
    if one.identity.kind in _GENERATED and is_hashed(one.identity.name):
        return (
            "no patch can target an object whose name gets a hash at the end of a build: "
            "generate it with `disableNameSuffixHash: true`"
        )
    return ""


def _target(one: _Object, neighbours: _Neighbours) -> tuple[dict[str, str], list[Operation]]:
    """A target that matches only this object, and tests for what a target cannot express.

    The target names as little as possible: if the base changes something that the target names, the patch silently
    stops applying. kustomize matches an object by its current name and by its original one, before prefixes and the
    like, and does the same for namespaces. So a target may also match objects whose name contains the one meant.
    """
    own = one.identity
    same = neighbours.of_same_name(own)
    target = {"group": own.group} if own.group else {}
    if any(other.group != own.group for other in same):
        target["group"] = own.group or "^$"
    if any((other.group, other.namespace) == (own.group, own.namespace) for other in same):
        target["version"] = own.version
    target |= {"kind": own.kind, "name": _SPECIAL.sub(r"\\\g<0>", own.name)}
    tests = []
    if any(other.namespace != own.namespace for other in same):
        target["namespace"] = own.namespace
        tests.append(Operation("test", ("metadata", "namespace"), one.ref.namespace or None))
    if neighbours.has_longer_name(own):
        tests.append(Operation("test", ("metadata", "name"), own.name))
    return target, tests


def _counts(image: ExplainedImage) -> bool:
    """Whether changes rely on an image: a change of its policy, or a pull secret that is added for it."""
    if image.policy.to_be != image.policy.now:
        return True
    added = (Delivery.ADDED, Delivery.ATTACHED)
    return image.needs_secret and any(secret.delivery in added for secret in image.pull_secrets.to_be)
