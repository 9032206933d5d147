"""The images by registry: how many, pulled when, and how many without a secret that would get them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from krmfn.files.located_images import LocatedImage
from krmfn.imagepull.explanation.images import ExplainedImage, State

POLICIES = ("Always", "IfNotPresent", "Never", "")
"""Those that are counted by themselves; the empty one stands for none. Another one is filled in later or wrong."""
OPEN = "(filled in later)"
INVALID = "(not valid)"


class Registry(NamedTuple):
    """What there is of one registry.

    Attributes:
        name: such as `docker.io`, or `OPEN` or `INVALID`.
        images: how many different ones.
        places: how many containers, image volumes and fields of controllers name them.
        policies: how many of those have each policy after a run; other values than `POLICIES` count as none.
        unserved: how many have no pull secret that may be for them, nor credentials of the nodes.
    """

    name: str
    images: int
    places: int
    policies: dict[str, int]
    unserved: int


def registries(located: Iterable[LocatedImage]) -> list[Registry]:
    """The registries of the images that run, by the number of places, those that are none last."""
    by_name: dict[str, list[ExplainedImage]] = {}
    for image in (one.image for one in located):
        for running in image.running if image.reference.text else ():
            as_it_runs = image._replace(reference=running, runs=())
            by_name.setdefault(name_of(as_it_runs), []).append(as_it_runs)
    found = [_registry(name, images) for name, images in by_name.items()]
    return sorted(found, key=lambda one: (one.name in (OPEN, INVALID), -one.places, one.name))


def name_of(image: ExplainedImage) -> str:
    """The registry of an image, or what stands for it; empty without an image."""
    if image.reference.registry or image.reference.state is State.NONE:
        return image.reference.registry
    return OPEN if image.reference.state is State.TEMPLATED else INVALID


def _registry(name: str, images: list[ExplainedImage]) -> Registry:
    counts = Counter(image.policy.to_be if image.policy.to_be in POLICIES else "" for image in images)
    return Registry(
        name,
        len({image.reference.text for image in images}),
        len(images),
        {policy: counts[policy] for policy in POLICIES},
        sum(image.is_unserved for image in images),
    )
