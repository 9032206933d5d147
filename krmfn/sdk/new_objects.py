"""Whole objects that an author's function yields: new ones, and ones that the input has already."""

import posixpath
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from krmfn.krm.resources import INDEX_ANNOTATION, OF_HOSTS, PACKAGE_ANNOTATION, PATH_ANNOTATION, file_of
from krmfn.krm.results import File, ResourceRef
from krmfn.krm.typemeta import TypeMeta
from krmfn.krm.whole_objects import new_file
from krmfn.sdk.authoring import Line
from krmfn.sdk.changes import Change, plain
from krmfn.sdk.objects import Identity, Object, Objects
from krmfn.splice.wanted import Wanted

_IDENTITY = ("apiVersion", "kind", "metadata")
_KEPT = (*_IDENTITY, "status")


class NewObject(NamedTuple):
    """An object that the input does not have: its data, the line that yields it, and its new file."""

    data: dict[str, Any]
    line: Line
    ref: ResourceRef
    file: File | None


class NewObjects:
    """Collects the yielded objects; new ones are in `added`.

    Attributes:
        objects: the objects of the input.
        left_alone: the identities of input objects whose annotations ask to leave them alone.
    """

    def __init__(self, text: str, *, in_list: bool) -> None:
        self.objects = Objects(())
        self.left_alone: set[Identity] = set()
        self.added: list[NewObject] = []
        self._text = text
        self._in_list = in_list
        self._taken: set[str] = set()
        self._seen: dict[Identity, dict[str, Any]] = {}

    def take(self, given: Mapping[str, Any], line: Line) -> Change | None:
        """Take a yielded object. If the input has it, return the change to it, else add it to `added`.

        Raises:
            ValueError: it is not an object, or cannot be added; the message completes "yields an object that".
        """
        data = plain(given, has_literals=True)
        ref = _ref(data)
        identity = TypeMeta(ref.api_version, ref.kind).group, ref.kind, ref.namespace, ref.name
        data = self._without_other_places(data, identity)
        if (earlier := self._seen.get(identity)) is not None:
            if earlier != data:
                raise ValueError(f"was yielded before with other values: {ref}")
            return None
        if identity in self.left_alone:
            raise ValueError(f"is in the input, where its annotations ask to leave it alone: {ref}")
        self._seen[identity] = data
        if found := self.objects.find(ref.kind, ref.name, ref.namespace, group=identity[0]):
            return _made_equal(found, data)
        self.added.append(self._new(data, line, ref))
        return None

    def holds(self, thing: Object) -> bool:
        """Whether a yielded object has the identity of this object."""
        return thing.identity in self._seen

    def _without_other_places(self, data: dict[str, Any], identity: Identity) -> dict[str, Any]:
        """The object without annotations of hosts that belong to another object, of which it is a copy."""
        annotations = data["metadata"].get("annotations", {})
        file = file_of(annotations)
        if file is None or self._owners.get(file, identity) == identity:
            return data
        return _annotated(data, {key: value for key, value in annotations.items() if key not in OF_HOSTS})

    def _new(self, data: dict[str, Any], line: Line, ref: ResourceRef) -> NewObject:
        """A new object. If the host uses files, it gets a new file beside an object of the same namespace."""
        own = data["metadata"].get("annotations", {})
        if file := file_of(own):
            return NewObject(data, line, ref, file)
        beside = self._first_in.get(ref.namespace) or next(iter(self._first_in.values()), None)
        if not self._in_list or beside is None:
            return NewObject(data, line, ref, None)
        assert beside.resource.file
        folder = posixpath.dirname(beside.resource.file.path)
        file = new_file(self._text, self._taken, folder, ref.kind.lower(), ref.namespace, ref.name)
        annotations = {PATH_ANNOTATION: file.path, INDEX_ANNOTATION: str(file.index)}
        if package := beside.resource.package:
            annotations[PACKAGE_ANNOTATION] = package
        return NewObject(_annotated(data, own | plain(annotations, has_literals=False)), line, ref, file)

    @cached_property
    def _owners(self) -> dict[File, Identity]:
        """The identity of the object in each file, by the annotations of the host."""
        return {thing.resource.file: thing.identity for thing in self.objects if thing.resource.file}

    @cached_property
    def _first_in(self) -> dict[str, Object]:
        """The first object in a file, by namespace."""
        found: dict[str, Object] = {}
        for thing in self.objects:
            if thing.resource.file:
                found.setdefault(thing.namespace, thing)
        return found


def _annotated(data: dict[str, Any], annotations: dict[str, Any]) -> dict[str, Any]:
    """An object with these annotations instead of its own."""
    return data | {"metadata": data["metadata"] | {"annotations": annotations}}


def _ref(data: dict[str, Any]) -> ResourceRef:
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        raise ValueError("has no metadata")
    values = [data.get("apiVersion"), data.get("kind"), metadata.get("name")]
    for name, value in zip(("apiVersion", "kind", "metadata.name"), values, strict=True):
        if not isinstance(value, str) or not value:
            raise ValueError(f"has no {name}")
    if "items" in data and str(data["kind"]).endswith("List"):
        raise ValueError("is a list: yield its items")
    if metadata.get("annotations", {}) is None:
        del metadata["annotations"]
    elif not isinstance(metadata.get("annotations", {}), dict):
        raise ValueError("has metadata.annotations that are not a mapping")
    namespace = metadata.get("namespace")
    if namespace == "":
        del metadata["namespace"]  # an empty namespace means none
    elif namespace is not None and not isinstance(namespace, str):
        raise ValueError("has a metadata.namespace that is not a string")
    api_version, kind, name = map(str, values)
    return ResourceRef(api_version, kind, name, str(namespace or ""))


def _made_equal(thing: Object, data: dict[str, Any]) -> Change:
    """The change that makes an object equal to `data`, except that further keys of its metadata are kept."""

    def want(wanted: Wanted) -> None:
        wanted.set(("apiVersion",), data["apiVersion"])
        wanted.merge(("metadata",), data["metadata"])
        for key, value in data.items():
            if key not in _IDENTITY:
                wanted.set((key,), value)
        for key in thing.data.keys() - data.keys() - set(_KEPT):
            wanted.remove((key,))

    return Change(thing, (), want)
