"""The objects that krmfn changes, each with its patch, or with the reason why no patch can do it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from krmfn.commands.patches.operations import HASHED, Operation, operations
from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.imagepull.outcome import ImagePullOutcome
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
"""The namespace of an object that names none, to kustomize."""


class Identity(NamedTuple):
    """What kustomize tells an object by."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str


class Patch(NamedTuple):
    """A patch: its target, as a kustomization has it, and its operations."""

    target: dict[str, str]
    operations: tuple[Operation, ...]


class _Object(NamedTuple):
    """What a document holds: its root, where that is of use; how results name it, and how kustomize does."""

    root: Node | None
    ref: ResourceRef
    identity: Identity


class _Neighbours:
    """All objects of an input, as kustomize tells them."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._counts = Counter(identities)
        self._same: dict[tuple[str, str], list[Identity]] = defaultdict(list)
        names: dict[str, list[str]] = defaultdict(list)
        for identity in self._counts:
            self._same[identity.kind, identity.name].append(identity)
            names[identity.kind].append(identity.name)
        # A search in one text takes a fraction of the time of one in each name.
        self._names = {kind: "\n".join(found) for kind, found in names.items()}

    def has_twin(self, identity: Identity) -> bool:
        """Whether there is another object with this very identity."""
        return self._counts[identity] > 1

    def of_same_name(self, own: Identity) -> list[Identity]:
        """The other objects that a target with its group, if it has one, its kind and its name meets."""
        same = self._same[own.kind, own.name]
        return [one for one in same if one != own and (one.group == own.group or not own.group)]

    def has_longer_name(self, own: Identity) -> bool:
        """Whether the name of another object of its kind, of whatever group, holds its name."""
        return self._names[own.kind].count(own.name) > len(self._same[own.kind, own.name])


def patches(data: bytes, outcome: ImagePullOutcome) -> tuple[list[Patch], list[Result]]:
    """The patches that change `data` as `outcome` does, in the order of its objects; and what they cannot do."""
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
    """The objects of an input by the number of their document; the roots of those that are wanted."""

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
    """Why no patch can change an object; empty when one can."""
    if one is None or (one.identity.kind.endswith("List") and nodes.last(one.root, "items")):
        return "no patch reaches into a list of objects: give `krmfn patches` what `kustomize build` makes of it"
    if not one.identity.name:
        return "no patch reaches an object without a name: give it `metadata.name`"
    if neighbours.has_twin(one.identity):
        return "no patch can tell objects with the same kind, namespace and name apart: remove or rename all but one"
    if one.identity.kind in _GENERATED and HASHED.fullmatch(one.identity.name):
        return (
            "no patch reaches an object whose name gets a hash at the end of a build: "
            "generate it with `disableNameSuffixHash: true`"
        )
    return ""


def _target(one: _Object, neighbours: _Neighbours) -> tuple[dict[str, str], list[Operation]]:
    """A target that is met by this object only, with tests of what it cannot tell.

    It names no more than it needs to: what it names cannot change in the base without leaving it behind in silence. An
    object has two names to kustomize, its own and the first one, before prefixes and the like; the same goes for its
    namespace. So a target may meet objects whose name holds the one that is meant.
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
    """Whether changes rely on an image: its own policy does, and a pull secret that is there for it."""
    if image.policy.to_be != image.policy.now:
        return True
    added = (Delivery.ADDED, Delivery.ATTACHED)
    return image.needs_secret and any(secret.delivery in added for secret in image.pull_secrets.to_be)
