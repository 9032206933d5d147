"""The pod specs, containers and images of an object, by the catalogue of kinds."""

import re
from collections.abc import Iterator

from krmfn.imagepull import podspecs
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.reference import Reference
from krmfn.imagepull.kinds import RENDERED, KindTables, by_structure
from krmfn.imagepull.kinds.rows import REGISTRIES, SecretsField
from krmfn.krm.results import Result
from krmfn.sdk.changes import Change
from krmfn.sdk.objects import Object
from krmfn.sdk.parts import Part
from krmfn.splice import nodes, paths
from krmfn.splice.paths import Step
from krmfn.splice.wanted import Wanted, written

_BEHIND_NAME = re.compile("[:@]")


def pod_specs(thing: Object) -> "Iterator[PodSpec]":
    """The pod specs of an object and of the objects inside it; raise `InputError` if one is malformed."""
    row = thing.row or by_structure(thing.resource.node)
    for resource, kind in [(thing.resource, row), *thing.inner]:
        if kind and not kind.ignored:
            for found in podspecs.find_pod_specs(resource, kind):
                yield PodSpec(thing, found)


def unknown_images(thing: Object) -> Iterator[str]:
    """The paths of fields that look like images and are in no pod spec."""
    from krmfn.imagepull import images_in_text, overlooked

    resource, row = thing.resource, thing.row
    for pod_spec in thing.pod_specs():
        yield from pod_spec.texts_with_images()
    if thing.inner or (row and (row.sites or row.objects or (row.ignored and row.ignored != RENDERED))):
        return
    if row is None and by_structure(resource.node):
        return
    found = overlooked.find(resource, KindTables(), only_objects=False)
    if overlooked.may_be_in_texts(resource.type_meta, resource.document.text):
        found += images_in_text.find(resource)
    for one in found:
        if one.image or one.inner or isinstance(one.node, nodes.MappingNode):
            yield written(_steps(thing, one.path))


class PodSpec(Part):
    """A mapping that describes pods, such as `spec.template.spec` of a Deployment, or the spec of a Workflow.

    `is_known`: whether the kind is known; otherwise the mapping only looks like a pod spec.
    """

    def __init__(self, thing: Object, found: podspecs.PodSpec) -> None:
        super().__init__(thing, _steps(thing, found.path), None if found.missing else found.node)
        self.is_known = thing.row is not None
        self._found = found

    def containers(self) -> "Iterator[Container]":
        """The containers of all types, image volumes, and images that controllers read."""
        for container in self._found.containers:
            yield Container(self, container)

    @property
    def service_accounts(self) -> tuple[str, ...]:
        """The names of the ServiceAccounts of the pods; none if they are not known."""
        return self._found.service_accounts

    @property
    def takes_pull_secrets(self) -> bool:
        """Whether the mapping has a field for pull secrets."""
        return self._found.shape.pull_secrets is not None

    @property
    def pull_secrets(self) -> tuple[str, ...]:
        """The names of the listed pull secrets."""
        field = self._found.shape.pull_secrets
        value = self.get((field.key,)) if field else None
        items = value if isinstance(value, list) else [value]
        names = [item.get("name") if isinstance(item, dict) else item for item in items]
        return tuple(str(name) for name in names if name)

    def add_pull_secret(self, name: str) -> Iterator[Change | Result]:
        """Add a pull secret, in the form of the field; yield a warning if the field has no room for it."""
        field = self._found.shape.pull_secrets
        if field is None:
            if any(other.takes_pull_secrets for other in self.thing.pod_specs()):
                return  # the field is in another mapping for the same pods
            yield self.warning(f"has no field for pull secrets: {name} cannot be added")
        elif name in self.pull_secrets:
            return
        elif not field.form.is_list and self.pull_secrets:
            yield self.warning(f"takes only one pull secret: {name} cannot be added", (field.key,))
        else:
            yield self._with_secret(field, name)

    def texts_with_images(self) -> Iterator[str]:
        """The paths of strings that contain YAML, and may name images that the pods run."""
        for text in self._found.texts:
            if "image" in text.node.value:
                yield written(_steps(self.thing, text.path))

    def _with_secret(self, field: SecretsField, name: str) -> Change:
        entry = self._plain({"name": name} if field.form.has_names else name)
        where = (*self.steps, field.key)
        missing = self._found.missing

        def want(wanted: Wanted) -> None:
            wanted.settle(where, field.beside)
            if field.form.is_list:
                wanted.append(where, [entry])
            else:
                wanted.set(where, entry)
            for depth, mapping in enumerate(reversed(missing)):
                for other in mapping.lists:
                    wanted.set((*self.steps[: len(self.steps) - depth], other), [])

        return Change(self.thing, where, want)


class Container(Part):
    """A mapping with an image: a container, an image volume, or a mapping from which a controller makes a container."""

    def __init__(self, pod_spec: PodSpec, found: podspecs.Container) -> None:
        super().__init__(pod_spec.thing, _steps(pod_spec.thing, found.path), found.node)
        self.pod_spec = pod_spec
        self.name: str = found.name
        self.image = Image(self, found)
        self._found = found

    @property
    def is_container(self) -> bool:
        """Whether the mapping becomes a container of a pod unchanged, with all fields of a container.

        Otherwise it is an image volume, or a controller makes a container from it that has other fields.
        """
        field = self._found.field
        is_whole = (field.image, field.policy) == ("image", "imagePullPolicy") and not field.also
        return field.is_passed_on and not field.is_volume and is_whole

    @property
    def image_field(self) -> str:
        """The key of the image, or of the first part of it."""
        return self._found.field.image

    @property
    def policy_field(self) -> str:
        """The key of the pull policy; empty if there is none."""
        return self._found.field.policy

    @property
    def policy(self) -> str:
        """The pull policy; empty if none is set."""
        return self._found.set_policy


class Image:
    """The image of a container, joined if several fields hold its parts.

    Attributes:
        container: the container.
        text: the image in the manifest; empty if there is none.
        reference: the normalized image, whose tag or digest may be a placeholder; None if more than these is a
            placeholder, or if the image is invalid.
    """

    def __init__(self, container: Container, found: podspecs.Container) -> None:
        self.container = container
        self.text = found.image
        self._found = found

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<image {self.text}>"

    @property
    def reference(self) -> Reference | None:
        """The normalized image: `nginx` has the domain `docker.io` and the path `library/nginx`."""
        return images.known_part(self.text)

    @property
    def is_filled_in_later(self) -> bool:
        """Whether the image is a placeholder that is replaced later: `{{image}}`, `$IMAGE`, an ImageStreamTag."""
        return self._found.is_filled_in_later

    def renamed(self, name: str) -> Change:
        """Change the name, for example to `mirror.example.com/library/nginx`, and keep the tag and the digest.

        If a kind has separate fields for registry, repository and tag, each field gets its part.
        """
        field, node = self._found.field, self._found.node
        own = nodes.child(node, field.image)
        text = str(own.value) if own is not None else ""
        slash = text.rfind("/") + 1
        behind = _BEHIND_NAME.search(text, slash)
        bare, suffix = (text[: behind.start()], text[behind.start() :]) if behind else (text, "")
        values = {field.image: name + suffix}
        registry = next((key for key in REGISTRIES if key in field.also and self.container.get((key,))), None)
        if registry:
            inner = bare if name.endswith(f"/{bare}") else name.rpartition("/")[2]
            values = {registry: name[: -len(inner) - 1], field.image: inner + suffix}
        return self.container.merge(values)


def _steps(thing: Object, at: str) -> tuple[Step, ...]:
    """A field path of the document as steps from the object."""
    return paths.steps(at.removeprefix(thing.resource.at))
