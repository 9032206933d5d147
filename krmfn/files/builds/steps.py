"""The steps of a build, and what they do to the image at one place in one object."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from krmfn.files.builds.expressions import matches
from krmfn.files.builds.image_rules import ImageRule, split
from krmfn.imagepull.builds import UNKNOWN
from krmfn.imagepull.images.reference import parse

# kustomize changes images in lists with these names, at any depth.
_LISTED = re.compile(r"(?:.*\.)?(?:containers|initContainers)\[\d+\]")
_MOST_AFFIXES = 50
"""The limit of prefixes and suffixes in a repository. Beyond it, a patch may be for any name."""
_MOST_FINALS = 30
"""The limit of images that one image may become in a build. Beyond it, the result is unknown."""

Outcome = tuple[str, tuple[str, ...]]
"""A possible result for an image, and the files that replaced the image, in their order."""


class Place(NamedTuple):
    """The place of an image.

    Attributes:
        kind, name: the kind and name of the object.
        path: the field path, in the object, of the mapping with the image.
        container: the name of the container; empty when it has none.
        affixes: the prefixes and suffixes that kustomizations of the repository add to names.
        is_moved: whether patches may have changed the order of the container's list.
        is_renamed: whether patches may have changed the kind or name of the object, or the name of the container.
    """

    kind: str
    name: str
    path: str
    container: str = ""
    affixes: frozenset[str] = frozenset()
    is_moved: bool = False
    is_renamed: bool = False

    @property
    def is_listed(self) -> bool:
        """Whether the place is in a list in which kustomize looks for containers."""
        return _LISTED.fullmatch(self.path) is not None

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer."""
        return "/" + self.path.replace("[", ".").replace("]", "").replace(".", "/")


class Images(NamedTuple):
    """One of the `images:` of a kustomization, or an ImageTagTransformer.

    `is_everywhere`: a `configurations` file names more fields, so the rule may apply to any place.
    """

    source: str
    rule: ImageRule
    is_everywhere: bool = False

    def outcomes(self, image: str, by: tuple[str, ...], place: Place) -> Iterator[Outcome]:
        """What may become of the image."""
        if not place.is_listed:
            yield image, by
            # kustomize replaces image volumes since 5.8.
            if not (self.is_everywhere or place.path.endswith(".image")):
                return
        new = self.rule.applied(image, is_open=bool(by) and "$" in image)
        if self.rule.tag_suffix:  # kustomize makes two passes; only a suffix has an effect in the second
            new = self.rule.applied(new)
        yield _outcome(image, new, by, self.source)


class Choice(NamedTuple):
    """Alternative steps: without the commands that set images, and with them."""

    alternatives: tuple[tuple[Images, ...], ...]

    def outcomes(self, image: str, by: tuple[str, ...], place: Place) -> Iterator[Outcome]:
        """What may become of the image."""
        for steps in self.alternatives:
            yield from _through(steps, [(image, by)], place)


class Commands(NamedTuple):
    """Commands that set images in an unknown kustomization; they may or may not run before a build."""

    by_name: dict[str, tuple[tuple[str, ImageRule], ...]]
    others: tuple[tuple[str, ImageRule], ...]

    @classmethod
    def of(cls, found: Iterable[tuple[str, ImageRule]]) -> "Commands":
        """Make the step from rules, each with the script that it is in."""
        by_name: dict[str, tuple[tuple[str, ImageRule], ...]] = {}
        others: list[tuple[str, ImageRule]] = []
        for source, rule in found:
            if re.fullmatch(r"[\w./:-]+", rule.name, re.ASCII):
                by_name[rule.name] = (*by_name.get(rule.name, ()), (source, rule))
            else:
                others.append((source, rule))
        return cls(by_name, tuple(others))

    def outcomes(self, image: str, by: tuple[str, ...], place: Place) -> Iterator[Outcome]:
        """What may become of the image."""
        yield image, by
        for source, rule in (*self.by_name.get(split(image)[0], ()), *self.others) if place.is_listed else ():
            yield _outcome(image, rule.applied(image), by, source)

    def __hash__(self) -> int:
        return id(self.by_name)


class Target(NamedTuple):
    """The objects that a patch or replacement is for.

    Attributes:
        kind: a regular expression; empty for any kind.
        name: likewise, for the name.
        is_exact: whether kind and name are plain texts, as in a merge patch.
        is_narrowed: whether there are other conditions, such as labels or a namespace.
    """

    kind: str = ""
    name: str = ""
    is_exact: bool = False
    is_narrowed: bool = False

    def is_for(self, place: Place) -> bool | None:
        """Whether the object of a place is a target; None when that is unknown."""
        if place.is_renamed:
            return None
        is_kind = self._is(self.kind, place.kind)
        if is_kind is False:
            return False
        is_name = self._is(self.name, place.name) if place.name else None
        if is_name is False:
            if not _may_become(place.affixes, place.name, self.name, self.is_exact):
                return False
            is_name = None
        return None if self.is_narrowed or None in (is_kind, is_name) else True

    def _is(self, wanted: str, own: str) -> bool | None:
        return not wanted or (wanted == own if self.is_exact else matches(wanted, own))


@lru_cache(maxsize=4096)
def _may_become(affixes: frozenset[str], name: str, wanted: str, is_exact: bool) -> bool:
    """Whether a name, with the prefixes and suffixes of kustomizations, may become the wanted one."""
    if len(affixes) > _MOST_AFFIXES:
        return True
    if not is_exact:
        around = ("", *affixes)
        return any(matches(wanted, f"{a}{name}{b}") is not False for a in around for b in around)
    if not affixes or name not in wanted:
        return False
    before, _, behind = wanted.partition(name)
    return _is_made_of(before, affixes) and _is_made_of(behind, affixes)


def _is_made_of(text: str, parts: frozenset[str]) -> bool:
    ends = {0}
    for end in range(1, len(text) + 1):
        if any(text.endswith(part, 0, end) and end - len(part) in ends for part in parts):
            ends.add(end)
    return len(text) in ends


class Patched(NamedTuple):
    """A patch or replacement that writes images, or that changes names or places by which later steps find them.

    Attributes:
        source: the file with the patch or replacement.
        target: the objects that it applies to.
        containers: the images that it writes into containers, by the container's name.
        pointers: the images that it writes into mappings, by the mapping's JSON pointer.
        is_open: whether it writes images at places that krmfn does not know.
        reorders: whether it may change the order of containers.
        renames: whether it may change the kind or name of an object, or the names of containers.
        overwrites_secrets: whether it removes, replaces or tests the list of pull secrets.
        merges_secrets: whether it merges a list of pull secrets, which replaces the old list in custom resources.
        rewrites: the JSON pointers of what it replaces, removes or tests as a whole.
    """

    source: str
    target: Target
    containers: tuple[tuple[str, str], ...] = ()
    pointers: tuple[tuple[str, str], ...] = ()
    is_open: bool = False
    reorders: bool = False
    renames: bool = False
    overwrites_secrets: bool = False
    merges_secrets: bool = False
    rewrites: tuple[str, ...] = ()

    def outcomes(self, image: str, by: tuple[str, ...], place: Place) -> Iterator[Outcome]:
        """What may become of the image."""
        is_for = self.target.is_for(place)
        if is_for is False:
            yield image, by
            return
        news, is_certain = self._news(place)
        if not news or not is_certain or is_for is None:
            yield image, by
        for new in news:
            yield _outcome(image, new, by, self.source)

    def _news(self, place: Place) -> tuple[list[str], bool]:
        """The images that the step may write at a place, and whether it certainly writes one."""
        if self.is_open:
            return [UNKNOWN], True
        if place.is_listed and place.container:
            named = [new for name, new in self.containers if name == place.container or place.is_renamed]
            if named:
                return named, not place.is_renamed
        if place.is_moved or self.reorders:
            return [new for pointer, new in self.pointers if _list_of(pointer) == _list_of(place.pointer)], False
        return [new for pointer, new in self.pointers if pointer == place.pointer], True

    def changed(self, place: Place) -> Place:
        """The place after this step."""
        if self.target.is_for(place) is False:
            return place
        return place._replace(is_moved=place.is_moved or self.reorders, is_renamed=place.is_renamed or self.renames)


def _list_of(pointer: str) -> str:
    return pointer.rpartition("/")[0]


class Artifacts(NamedTuple):
    """Images that skaffold builds; they replace the images of the same name, except images with a digest."""

    source: str
    names: tuple[str, ...]

    def outcomes(self, image: str, by: tuple[str, ...], place: Place) -> Iterator[Outcome]:
        """What may become of the image."""
        reference = parse(image)
        for name in self.names if reference and not reference.digest else ():
            own = parse(name)
            if own and reference and own.repository == reference.repository:
                yield _outcome(image, f"{name}:${{SKAFFOLD_TAG}}", by, self.source)
                return
        yield image, by


Step = Images | Choice | Commands | Patched | Artifacts


def _outcome(old: str, new: str, by: tuple[str, ...], source: str) -> Outcome:
    return (old, by) if new == old else (new, (*by, source))


def _through(steps: Iterable[Step], found: Iterable[Outcome], place: Place) -> Iterator[Outcome]:
    """The possible results of images after some steps, each once."""
    images = dict(found)
    for step in steps:
        after: dict[str, tuple[str, ...]] = {}
        for image, by in images.items():
            for new, new_by in step.outcomes(image, by, place):
                after.setdefault(new, new_by)
        images = after
        if len(images) > _MOST_FINALS:
            images = {UNKNOWN: next(by for by in images.values() if by)}
        if isinstance(step, Patched):
            place = step.changed(place)
    yield from images.items()


class Way(NamedTuple):
    """The way of a file through one build.

    Attributes:
        build: the folder of the kustomization, with the object that deploys it if known.
        steps: the steps of the build, in order.
        is_root: whether the build is a root, and not only a part of other builds.
    """

    build: str
    steps: tuple[Step, ...]
    is_root: bool = True

    def finals(self, image: str, place: Place) -> Iterator[Outcome]:
        """The possible results for an image, each with the files that replaced it."""
        return _through(self.steps, [(image, ())], place)

    def behind(self, step: Step) -> "Way":
        """The way after one of its steps."""
        return self._replace(steps=self.steps[self.steps.index(step) + 1 :])
