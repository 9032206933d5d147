"""Whole objects that an author's function yields: new ones, and those that the input has already."""

import posixpath
from collections.abc import Mapping
from typing import Any, NamedTuple

from krmfn.krm.resources import INDEX_ANNOTATION, PATH_ANNOTATION
from krmfn.krm.results import File, ResourceRef
from krmfn.krm.typemeta import TypeMeta
from krmfn.sdk.authoring import Line
from krmfn.sdk.changes import Change, plain
from krmfn.sdk.objects import Object, Objects
from krmfn.splice.wanted import Wanted

_IDENTITY = ("apiVersion", "kind", "metadata")
_KEPT = (*_IDENTITY, "status")


class NewObject(NamedTuple):
    """An object that the input does not have: its data, the line that yields it, and the file that it gets."""

    data: dict[str, Any]
    line: Line
    ref: ResourceRef
    file: File | None


class NewObjects:
    """What is yielded; `added` grows with what is new. `objects` are those of the input."""

    def __init__(self, in_list: bool) -> None:
        self.objects = Objects(())
        self.added: list[NewObject] = []
        self._in_list = in_list
        self._seen: dict[tuple[str, str, str, str], dict[str, Any]] = {}

    def take(self, given: Mapping[str, Any], line: Line) -> Change | None:
        """Note an object; the change that makes one in the input the same; raise `ValueError` for what is no object."""
        data = plain(given, has_literals=True)
        ref = _ref(data)
        identity = TypeMeta(ref.api_version, ref.kind).group, ref.kind, ref.namespace, ref.name
        if (earlier := self._seen.get(identity)) is not None:
            if earlier != data:
                raise ValueError(f"was yielded before with other values: {ref}")
            return None
        self._seen[identity] = data
        if found := self.objects.find(ref.kind, ref.name, ref.namespace, group=identity[0]):
            return _made_equal(found, data)
        self.added.append(self._new(data, line, ref))
        return None

    def _new(self, data: dict[str, Any], line: Line, ref: ResourceRef) -> NewObject:
        """With the annotations of a new file, where the host tells of files: beside an object of its namespace."""
        annotations = data["metadata"].setdefault("annotations", {})
        if path := annotations.get(PATH_ANNOTATION):
            return NewObject(data, line, ref, File(str(path)))
        with_files = [thing for thing in self.objects if thing.resource.file]
        if not self._in_list or not with_files:
            if not annotations:
                del data["metadata"]["annotations"]
            return NewObject(data, line, ref, None)
        beside = next((thing for thing in with_files if thing.namespace == ref.namespace), with_files[0])
        assert beside.resource.file is not None
        folder = posixpath.dirname(beside.resource.file.path)
        taken = {thing.resource.file.path for thing in with_files if thing.resource.file}
        taken |= {new.file.path for new in self.added if new.file}
        stem = "-".join(filter(None, (ref.kind.lower(), ref.namespace, ref.name)))
        number = 1
        while (path := posixpath.join(folder, f"{stem}{f'-{number}' * (number > 1)}.yaml")) in taken:
            number += 1
        annotations |= plain({PATH_ANNOTATION: path, INDEX_ANNOTATION: "0"}, has_literals=False)
        return NewObject(data, line, ref, File(path))


def _ref(data: dict[str, Any]) -> ResourceRef:
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        raise ValueError("has no metadata")
    values = [data.get("apiVersion"), data.get("kind"), metadata.get("name")]
    for name, value in zip(("apiVersion", "kind", "metadata.name"), values, strict=True):
        if not isinstance(value, str) or not value:
            raise ValueError(f"has no {name}")
    namespace = metadata.get("namespace")
    if namespace == "":
        del metadata["namespace"]  # an author's way to say that there is none
    elif namespace is not None and not isinstance(namespace, str):
        raise ValueError("has a metadata.namespace that is no string")
    api_version, kind, name = map(str, values)
    return ResourceRef(api_version, kind, name, str(namespace or ""))


def _made_equal(thing: Object, data: dict[str, Any]) -> Change:
    """The change after which an object says the same; of its metadata, what it has besides is kept."""

    def want(wanted: Wanted) -> None:
        wanted.set(("apiVersion",), data["apiVersion"])
        wanted.merge(("metadata",), data["metadata"])
        for key, value in data.items():
            if key not in _IDENTITY:
                wanted.set((key,), value)
        for key in thing.data.keys() - data.keys() - set(_KEPT):
            wanted.remove((key,))

    return Change(thing, (), want)
