"""Settings that match nothing in a run: an image pattern, an entry of `include` or `exclude`, a row of `kinds`."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.images.patterns import ImagePattern
from krmfn.imagepull.kinds import KindName
from krmfn.imagepull.settings import SERVICE_ACCOUNTS, Selector, Settings
from krmfn.krm.config.schema import key_of
from krmfn.krm.resources import Resource
from krmfn.splice.rendering import flow


class Found(NamedTuple):
    """What a run found in its input that settings may match.

    Attributes:
        images: all images.
        kinds: the kinds of all objects.
        selectors: the entries of `include` and `exclude` that match an object, such as `include[0]`.
    """

    images: frozenset[str] = frozenset()
    kinds: frozenset[KindName] = frozenset()
    selectors: frozenset[str] = frozenset()

    def with_that_of(self, other: "Found") -> "Found":
        """Both joined."""
        return Found(self.images | other.images, self.kinds | other.kinds, self.selectors | other.selectors)


class Finder:
    """Collects a `Found`, object by object."""

    def __init__(self, settings: Settings) -> None:
        self._open = dict(_selectors(settings))
        self._images: set[str] = set()
        self._kinds: set[KindName] = set()
        self._selectors: set[str] = set()

    def add_resource(self, resource: Resource) -> None:
        """Add an object, even if it is left alone."""
        self._kinds.add((resource.type_meta.group, resource.type_meta.kind))
        for name, selector in [*self._open.items()]:
            if selector.matches(resource.ref, resource.labels, resource.annotations):
                self._selectors.add(name)
                del self._open[name]

    def add_images(self, images: Iterable[str]) -> None:
        """Add images."""
        self._images.update(images)

    @property
    def found(self) -> Found:
        """Everything that was added so far."""
        return Found(frozenset(self._images), frozenset(self._kinds), frozenset(self._selectors))


def unused(settings: Settings, found: Found) -> Iterator[tuple[str, str]]:
    """The settings that match nothing in `found`: each a path such as `pullSecrets[0].images[1]`, with a message."""
    for name, pattern in _patterns(settings):
        if all(pattern.covers(image) is False for image in found.images):
            yield name, f"{_quoted(pattern)} matches no image here{_nearest(pattern, found)}"
    for name, selector in _selectors(settings):
        if name not in found.selectors and not _is_for_accounts(selector, settings):
            yield name, f"{_shown(selector)} matches no object here that krmfn could edit"
    for i, row in enumerate(settings.kinds):
        group, kind = row["group"], row["kind"]
        if (group, kind) not in found.kinds:
            others = sorted(other for other, name in found.kinds if name == kind)
            hint = f"; there is a {kind} of {others[0] or 'the core group'}" if others else ""
            yield f"kinds[{i}]", f"{flow({'group': group, 'kind': kind})} matches no object here{hint}"


def _patterns(settings: Settings) -> Iterator[tuple[str, ImagePattern]]:
    for i, secret in enumerate(settings.pull_secrets):
        yield from ((f"pullSecrets[{i}].images[{j}]", pattern) for j, pattern in enumerate(secret.images))
    for i, rule in enumerate(settings.pull_policy.rules):
        yield from ((f"pullPolicy.rules[{i}].images[{j}]", pattern) for j, pattern in enumerate(rule.images))
    yield from ((f"nodeCredentials[{i}]", pattern) for i, pattern in enumerate(settings.node_credentials))


def _selectors(settings: Settings) -> Iterator[tuple[str, Selector]]:
    for key, selectors in (("include", settings.include), ("exclude", settings.exclude)):
        yield from ((f"{key}[{i}]", selector) for i, selector in enumerate(selectors))


def _is_for_accounts(selector: Selector, settings: Settings) -> bool:
    """Whether a selector may match ServiceAccounts that krmfn would create, which are not in the input."""
    creates = SERVICE_ACCOUNTS in settings.attach_to and settings.service_accounts.create
    return creates and fnmatchcase(SERVICE_ACCOUNT.kind, selector.kind or "*")


def _nearest(pattern: ImagePattern, found: Found) -> str:
    """A hint with the pattern whose last `*` is `**`, if that matches an image; else empty."""
    head, star, tail = pattern.text.rpartition("*")
    if not star or head.endswith("*"):
        return ""
    wider = ImagePattern.compile(f"{'!' * pattern.takes_away}{head}**{tail}")
    image = next((image for image in sorted(found.images) if wider.covers(image)), "")
    return f"; {_quoted(wider)} would match {image}" if image else ""


def _quoted(pattern: ImagePattern) -> str:
    return f"'{'!' * pattern.takes_away}{pattern.text}'"


def _shown(selector: Selector) -> str:
    """A selector in the notation of the settings."""
    values = {key_of(name): getattr(selector, name) for name in Selector.keys}
    return flow({key: value for key, value in values.items() if value not in (None, {})})
