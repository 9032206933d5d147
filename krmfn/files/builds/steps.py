"""What the steps of a build do to the image of one place in one object."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from krmfn.files.builds.expressions import matches
from krmfn.files.builds.image_rules import ImageRule
from krmfn.imagepull.builds import UNKNOWN
from krmfn.imagepull.images.reference import parse

# kustomize changes images in lists of these names, wherever they stand.
_LISTED = re.compile(r"(?:.*\.)?(?:containers|initContainers)\[\d+\]")


class Place(NamedTuple):
    """Where an image stands.

    Attributes:
        kind, name: the object.
        path: the field path, in the object, of the mapping with the image.
        container: the name of the container; empty when it has none.
        is_moved: whether patches may have put others before it in its list.
    """

    kind: str
    name: str
    path: str
    container: str = ""
    is_moved: bool = False

    @property
    def is_listed(self) -> bool:
        """Whether it is in a list of containers, as kustomize looks for them."""
        return _LISTED.fullmatch(self.path) is not None

    @property
    def pointer(self) -> str:
        """The same path as JSON patches have it."""
        return "/" + self.path.replace("[", ".").replace("]", "").replace(".", "/")


class Images(NamedTuple):
    """One of the `images:` of a kustomization, or an ImageTagTransformer.

    `is_everywhere`: a `configurations` file of the kustomization names more places, so that any may be meant.
    """

    source: str
    rule: ImageRule
    is_everywhere: bool = False

    def results(self, image: str, place: Place, *, is_replaced: bool) -> tuple[str, ...]:
        """What may become of the image."""
        if not place.is_listed and not self._may_reach(place):
            return (image,)
        new = self.rule.applied(image, is_open=is_replaced and "$" in image)
        if self.rule.tag_suffix:  # kustomize makes two passes, and only a suffix does something in the second
            new = self.rule.applied(new)
        return (new,) if place.is_listed else tuple(dict.fromkeys((image, new)))

    def _may_reach(self, place: Place) -> bool:
        # Image volumes are replaced from kustomize 5.8 on.
        return self.is_everywhere or place.path.endswith(".image")


class Target(NamedTuple):
    """The objects that a patch or replacement is for, as expressions for kind and name; empty ones match all."""

    kind: str = ""
    name: str = ""
    is_exact: bool = False

    def may_be(self, place: Place) -> bool:
        """Whether the object may be one of them. Its name may have got a prefix or suffix by then."""
        if self.is_exact:
            return self.kind in ("", place.kind) and (not self.name or not place.name or place.name in self.name)
        is_kind = not self.kind or matches(self.kind, place.kind) is not False
        is_name = not self.name or not place.name or matches(".*" + self.name + ".*", place.name) is not False
        return is_kind and (is_name or place.name in self.name)


class Patched(NamedTuple):
    """A patch or replacement that writes images.

    Attributes:
        source: the file that says so.
        target: the objects it is for.
        containers: the image that it gives to containers, by name.
        pointers: the image that it gives to mappings, by their path as JSON patches have it.
        is_open: whether it writes images that these names do not tell.
        overwrites_secrets: whether it removes, replaces or tests the list of pull secrets.
        merges_secrets: whether it merges a list of pull secrets, which replaces the old one in custom resources.
    """

    source: str
    target: Target
    containers: tuple[tuple[str, str], ...] = ()
    pointers: tuple[tuple[str, str], ...] = ()
    is_open: bool = False
    overwrites_secrets: bool = False
    merges_secrets: bool = False

    def results(self, image: str, place: Place, *, is_replaced: bool) -> tuple[str, ...]:
        """What may become of the image."""
        if not self.target.may_be(place):
            return (image,)
        if place.is_listed and place.container:
            for name, new in self.containers:
                if name == place.container:
                    return (new,)
        if self.is_open:
            return (UNKNOWN,)
        if place.is_moved:
            others = (new for pointer, new in self.pointers if _list_of(pointer) == _list_of(place.pointer))
            return (image, *others)
        return (dict(self.pointers).get(place.pointer, image),)

    def moves(self, place: Place) -> bool:
        """Whether it may add containers to the object, which come before those that are there."""
        return bool(self.containers) and self.target.may_be(place)


def _list_of(pointer: str) -> str:
    return pointer.rpartition("/")[0]


class Artifacts(NamedTuple):
    """Images that skaffold builds, and puts in the place of those of their name; one with a digest stays."""

    source: str
    names: tuple[str, ...]

    def results(self, image: str, place: Place, *, is_replaced: bool) -> tuple[str, ...]:
        """What may become of the image."""
        reference = parse(image)
        for name in self.names if reference and not reference.digest else ():
            own = parse(name)
            if own and reference and own.repository == reference.repository:
                return (f"{name}:${{SKAFFOLD_TAG}}",)
        return (image,)


Step = Images | Patched | Artifacts


class Way(NamedTuple):
    """The way of a file through one build.

    Attributes:
        build: the folder of its kustomization, with what deploys it where that is known.
        steps: what the build does, in order.
        is_root: whether it is not only a part of other builds.
    """

    build: str
    steps: tuple[Step, ...]
    is_root: bool = True

    def finals(self, image: str, place: Place) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The images that may come of one, each with the files that replaced it."""
        found: dict[str, tuple[str, ...]] = {image: ()}
        for step in self.steps:
            after: dict[str, tuple[str, ...]] = {}
            for old, by in found.items():
                for new in step.results(old, place, is_replaced=bool(by)):
                    after.setdefault(new, by if new == old else (*by, step.source))
            found = after
            if isinstance(step, Patched) and step.moves(place):
                place = place._replace(is_moved=True)
        yield from found.items()

    def behind(self, step: Step) -> "Way":
        """What of it comes behind one of its steps."""
        return self._replace(steps=self.steps[self.steps.index(step) + 1 :])
