"""Whole objects in an author's code: one object, and all of them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from krmfn.imagepull.kinds import Kind
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import Reporter
from krmfn.krm.resources import Resource
from krmfn.krm.results import Result, Severity
from krmfn.sdk.changes import Change
from krmfn.sdk.parts import Part, find, of_object
from krmfn.splice import typed
from krmfn.splice.paths import Step
from krmfn.splice.wanted import written

if TYPE_CHECKING:
    from krmfn.sdk.pods import Container, Image, PodSpec

Identity = tuple[str, str, str, str]
"""What identifies an object in a cluster, independent of the version: group, kind, namespace and name."""


class Object(Part):
    """One Kubernetes object of the input, or an item of a list of them."""

    def __init__(self, resource: Resource, kind: Kind | None, reporter: Reporter) -> None:
        super().__init__(None, (), resource.node)  # no reference cycle: in a large input each object is freed early
        self.resource = resource
        self.row = kind
        self.inner: list[tuple[Resource, Kind]] = []
        self._reporter = reporter

    @property
    def thing(self) -> "Object":
        """The object itself."""
        return self

    def __str__(self) -> str:
        return str(self.resource.ref)

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def api_version(self) -> str:
        """`apps/v1`."""
        return self.resource.type_meta.api_version

    @property
    def group(self) -> str:
        """`apps`; empty for the core group."""
        return self.resource.type_meta.group

    @property
    def kind(self) -> str:
        """`Deployment`."""
        return self.resource.type_meta.kind

    @property
    def name(self) -> str:
        """The name, or the `generateName`; empty if there is none."""
        return self.resource.ref.name

    @property
    def namespace(self) -> str:
        """The namespace; empty if there is none."""
        return self.resource.ref.namespace

    @property
    def labels(self) -> dict[str, str]:
        """A copy of the labels."""
        return self.resource.labels

    @property
    def annotations(self) -> dict[str, str]:
        """A copy of the annotations, including those of hosts."""
        return dict(self.resource.annotations)

    def drop(self) -> Change:
        """Remove the object from the output."""
        return Change(self, (), lambda _: None, drops=True)

    def pod_specs(self) -> "Iterator[PodSpec]":
        """The pod specs in the object, and in objects inside it, by the catalogue of kinds (`krmfn kinds`)."""
        from krmfn.sdk.pods import pod_specs

        with of_object(self):
            yield from pod_specs(self)

    def containers(self) -> "Iterator[Container]":
        """Everything in the object with an image: containers of all types, image volumes, images for controllers."""
        seen: set[tuple[tuple[Step, ...], str]] = set()
        for pod_spec in self.pod_specs():
            for container in pod_spec.containers():
                # Some kinds have an image in one mapping and its pull secret in another: two pod specs, one container.
                if (place := (container.steps, container.image_field)) not in seen:
                    seen.add(place)
                    yield container

    def images(self) -> "Iterator[Image]":
        """The images of the containers, one for each container that has an image."""
        for container in self.containers():
            if container.image.text:
                yield container.image

    def unknown_images(self) -> tuple[str, ...]:
        """The paths of fields that look like images, but that neither the catalogue nor the settings know."""
        from krmfn.sdk.pods import unknown_images

        with of_object(self):
            return tuple(unknown_images(self))

    def says(self, severity: Severity, message: str, path: Sequence[Step], proposed: Any) -> Result:
        """A result about the value at a path in the object."""
        node = find(self.resource.node, path)
        current = typed.value(node) if node is not None and path else None
        # An absent value has no line: use the line of the nearest parent.
        near = next(node for i in range(len(path), -1, -1) if (node := find(self.resource.node, path[:i])) is not None)
        result = self._reporter.finding(
            self.resource, Finding(severity, message, self.in_document(written(path)), near, current, proposed)
        )
        return result if path else result._replace(field=None)

    def in_document(self, path: str) -> str:
        """A field path in the object as a field path in its document."""
        dot = "." if path and self.resource.at and not path.startswith("[") else ""
        return f"{self.resource.at}{dot}{path}"

    @cached_property
    def identity(self) -> Identity:
        """Group, kind, namespace and name."""
        return self.group, self.kind, self.namespace, self.name


class Objects(Sequence[Object]):
    """Objects of the input, in input order."""

    def __init__(self, found: Sequence[Object]) -> None:
        self._all = tuple(found)

    def __repr__(self) -> str:
        return f"<{', '.join(map(str, self)) or 'no objects'}>"

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def of_kind(self, *kinds: str, group: str | None = None) -> "Objects":
        """The objects of these kinds, of any group unless `group` is given."""
        return Objects([thing for thing in self if thing.kind in kinds and group in (None, thing.group)])

    def in_namespace(self, namespace: str) -> "Objects":
        """The objects in a namespace; for `""` the objects without a namespace."""
        return Objects([thing for thing in self if thing.namespace == namespace])

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the objects, without duplicates, in input order."""
        return tuple(dict.fromkeys(thing.namespace for thing in self if thing.namespace))

    def find(self, kind: str, name: str, namespace: str = "", *, group: str | None = None) -> Object | None:
        """The object with this identity, or None."""
        return (
            self._by_name.get((kind, namespace, name))
            if group is None
            else self._by_identity.get((group, kind, namespace, name))
        )

    def referred(self, reference: Any, namespace: str = "") -> Object | None:
        """The object that a reference names, or None; the reference is an owner reference or a `scaleTargetRef`.

        Its apiVersion and namespace are used if it has them; `namespace` is that of the object with the reference.
        """
        if not isinstance(reference, Mapping) or not isinstance(reference.get("kind"), str):
            return None
        namespace = reference.get("namespace") or namespace
        version = reference.get("apiVersion")
        group = version.rpartition("/")[0] if isinstance(version, str) else reference.get("apiGroup")
        kind, name = reference["kind"], str(reference.get("name"))
        found = self.find(kind, name, namespace, group=group)
        return found or self.find(kind, name, group=group)

    @cached_property
    def _by_identity(self) -> dict[Identity, Object]:
        return {thing.identity: thing for thing in reversed(self)}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], Object]:
        return {thing.identity[1:]: thing for thing in reversed(self)}
