"""The parts of the settings: what to write, for which images, in which resources."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from krmfn.imagepull.images import patterns as image_patterns
from krmfn.imagepull.images.patterns import ImagePattern
from krmfn.imagepull.images.staleness import Staleness
from krmfn.krm import names
from krmfn.krm.config.schema import (
    BOOLEAN,
    TEXT,
    TEXTS,
    Section,
    after,
    before,
    boolean_or,
    key,
    keys_of,
    list_of,
    mapping,
    matching,
    one_of,
)
from krmfn.krm.results import ResourceRef, Severity

POLICY_SETTINGS = ("Defaulted", "Always", "IfNotPresent", "Never", "Off")


def secret_name(value: str) -> str:
    """The value itself; raise `ValueError` if it is not a valid name of a Secret."""
    if not names.is_subdomain(value):
        raise ValueError(
            f"{value!r} is not a valid name of a Secret: use lower-case letters, digits, `-` and `.`, such as `regcred`"
        )
    return value


_POLICY = one_of(POLICY_SETTINGS)
# The regular expression also allows a registry alone; `ImagePattern.compile` does not.
_PATTERN = matching(ImagePattern.compile, f"!?{image_patterns.PATTERN.pattern}", minLength=1)
IMAGE_PATTERNS = list_of(_PATTERN)
NAME = matching(secret_name, names.SUBDOMAIN, maxLength=names.LONGEST_SUBDOMAIN)


class PullPolicyRule(Section):
    """A policy for some images."""

    images: tuple[ImagePattern, ...] = key(
        list_of(_PATTERN, min_length=1),
        "Image patterns that the rule applies to.",
        example=["registry.example.com/dev/**"],
    )
    policy: str = key(_POLICY, "The policy for these images; values as in `pullPolicy.policy`.", example="Always")


class PolicyChoice(NamedTuple):
    """The policy setting for an image.

    Attributes:
        setting: a value of `pullPolicy.policy`; None if parts of the image that are filled in later decide it.
        rule: the number of the rule that has it, from 1; 0 for `pullPolicy.policy`.
    """

    setting: str | None
    rule: int = 0

    def __str__(self) -> str:
        """The setting that was chosen, for messages."""
        return f"rule {self.rule} of pullPolicy.rules" if self.rule else "pullPolicy.policy"


_SEVERITY = one_of((*(severity.capitalize() for severity in Severity), "Off"))


class StalePolicies(Section):
    """How to report stale policies."""

    latest: str = key(
        _SEVERITY,
        "The severity of `IfNotPresent` or `Never` for the tag `latest`, given or implied, with which nodes keep an "
        "old image: `Error` (nothing is written then), `Warning`, `Info`, or `Off`.",
        default="Info",
    )
    pinned: str = key(
        _SEVERITY,
        "The severity of `Always` for another tag or a digest, with which each start asks the registry: `Error`, "
        "`Warning`, `Info`, or `Off`.",
        default="Off",
    )

    def severity(self, staleness: Staleness) -> Severity | None:
        """The severity of this kind of staleness; None if it is not reported."""
        given = self.latest if staleness is Staleness.LATEST else self.pinned
        return None if given == "Off" else Severity(given.lower())


OVERWRITE = {
    "Stale": frozenset(Staleness),
    "StaleLatest": frozenset([Staleness.LATEST]),
    "StalePinned": frozenset([Staleness.PINNED]),
}
"""The values of `overwrite` besides booleans, with the kinds of staleness that each changes."""


class PullPolicy(Section):
    """Which `imagePullPolicy` is written."""

    policy: str = key(
        _POLICY,
        "What containers without a policy get: `Defaulted` (what Kubernetes would default: `Always` for the tag "
        "`latest`, given or implied, else `IfNotPresent`), `Always`, `IfNotPresent`, `Never`, or `Off` (nothing).",
        default="Defaulted",
    )
    overwrite: bool | str = key(
        boolean_or((*OVERWRITE,)),
        "Which existing policies are changed too: `true` (all), `false` (none), `Stale` (all stale policies), "
        "`StaleLatest` or `StalePinned` (only those that `stale.latest` or `stale.pinned` describes).",
        default=False,
    )
    stale: StalePolicies = key(
        mapping(StalePolicies),
        "How to report stale policies. A policy is stale if it is set and Kubernetes would not default it for its "
        "image, unless the settings name it for that image.",
        default=StalePolicies(),
    )
    rules: tuple[PullPolicyRule, ...] = key(
        list_of(mapping(PullPolicyRule)), "Exceptions by image; the first matching rule wins.", default=()
    )

    def for_image(self, image: str) -> PolicyChoice:
        """The policy setting for an image, with the number of its rule."""
        for number, rule in enumerate(self.rules, 1):
            is_meant = image_patterns.select(rule.images, image)
            if is_meant is not False:
                return PolicyChoice(rule.policy if is_meant else None, number)
        return PolicyChoice(self.policy)

    def overwrites(self, staleness: Staleness | None) -> bool:
        """Whether an existing policy with this staleness (None: not stale) is changed."""
        if isinstance(self.overwrite, bool):
            return self.overwrite
        return staleness in OVERWRITE[self.overwrite]


class PullSecret(Section):
    """A Secret to append to `imagePullSecrets`."""

    name: str = key(NAME, "The name of a Secret in the namespace of the pods.", example="regcred")
    images: tuple[ImagePattern, ...] = key(
        IMAGE_PATTERNS,
        "Image patterns; the secret goes only to pods with an image that matches one of them and none that begins "
        "with `!`. If empty: the secret goes to all pods.",
        example=["registry.example.com/**"],
        default=(),
    )
    match_unresolved: bool = key(
        BOOLEAN,
        "Whether the secret is also for images that are filled in later, if krmfn cannot know whether they match.",
        default=False,
    )

    def serves(self, image: str) -> bool | None:
        """Whether an image needs the secret; None if parts of the image that are filled in later decide it."""
        is_meant = image_patterns.select(self.images, image) if self.images else True
        return True if is_meant is None and self.match_unresolved else is_meant


def _entries(value: object) -> object:
    """A name alone to a list with that name."""
    return [value] if isinstance(value, str) else value


def _entry(value: object) -> object:
    """A name alone to an entry for every image."""
    return {"name": value} if isinstance(value, str) else value


PULL_SECRETS = before(_entries, list_of(before(_entry, mapping(PullSecret), NAME)), NAME)


class Selector(Section):
    """Selects resources by their identity and metadata. All given keys must match; values are globs (`*`, `?`).

    An object inside another one, such as in a Sensor's trigger, is selected together with the outer object.
    """

    api_version: str | None = key(
        TEXT, "Their apiVersion, such as `apps/v1` or `argoproj.io/*`.", example="apps/*", default=None
    )
    kind: str | None = key(TEXT, "Their kind.", example="Deployment", default=None)
    name: str | None = key(TEXT, "Their name.", example="web-*", default=None)
    namespace: str | None = key(
        TEXT, "Their namespace; `''` matches resources without a namespace.", example="shop", default=None
    )
    labels: Mapping[str, str] = key(
        TEXTS, "Labels that they have, with their values.", example={"app.kubernetes.io/part-of": "shop"}, default={}
    )
    annotations: Mapping[str, str] = key(
        TEXTS, "Annotations that they have, with their values.", example={"example.com/team": "shop"}, default={}
    )

    def matches(self, ref: ResourceRef, labels: Mapping[str, str], annotations: Mapping[str, str]) -> bool:
        """Whether an object matches all given keys."""
        pairs = [
            (self.api_version, ref.api_version),
            (self.kind, ref.kind),
            (self.name, ref.name),
            (self.namespace, ref.namespace),
            *((glob, labels.get(key)) for key, glob in self.labels.items()),
            *((glob, annotations.get(key)) for key, glob in self.annotations.items()),
        ]
        return all(glob is None or (value is not None and fnmatchcase(value, glob)) for glob, value in pairs)


def _selects_something(selector: Selector) -> Selector:
    if selector == Selector():
        raise ValueError(f"selects nothing; give at least one of {', '.join(keys_of(Selector))}")
    return selector


SELECTORS = list_of(after(_selects_something, mapping(Selector), minProperties=1))
