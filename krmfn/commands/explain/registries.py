"""Count the images by registry: how many, with which pull policies, and how many without a pull secret."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from krmfn.files.located_images import LocatedImage
from krmfn.imagepull.explanation.images import ExplainedImage, State

POLICIES = ("Always", "IfNotPresent", "Never", "")
"""The policies that are counted; "" is no policy. Any other value is filled in later or invalid, and counts as ""."""
OPEN = "(filled in later)"
INVALID = "(not valid)"


class Registry(NamedTuple):
    """The numbers for one registry.

    Attributes:
        name: such as `docker.io`, or `OPEN` or `INVALID`.
        images: the number of different images.
        places: the number of containers, image volumes and controllers' fields that name them.
        policies: the number of places with each policy after a run; a value that is not in `POLICIES` counts as "".
        unserved: the number of places without a pull secret for the image and without node credentials.
    """

    name: str
    images: int
    places: int
    policies: dict[str, int]
    unserved: int


def registries(located: Iterable[LocatedImage]) -> list[Registry]:
    """The registries of the images that run, most places first; `OPEN` and `INVALID` come last."""
    by_name: dict[str, list[ExplainedImage]] = {}
    for image in (one.image for one in located):
        for running in image.running if image.reference.text else ():
            as_it_runs = image._replace(reference=running, runs=())
            by_name.setdefault(name_of(as_it_runs), []).append(as_it_runs)
    found = [_registry(name, images) for name, images in by_name.items()]
    return sorted(found, key=lambda one: (one.name in (OPEN, INVALID), -one.places, one.name))


def name_of(image: ExplainedImage) -> str:
    """The registry of an image, or `OPEN` or `INVALID`; "" if there is no image."""
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
