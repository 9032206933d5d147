"""The marks that the page counts in its tiles and filters by, each with its label and the images that have it."""

from collections.abc import Callable
from typing import NamedTuple

from krmfn.imagepull.explanation.images import Credentials, ExplainedImage, State
from krmfn.imagepull.images.staleness import Staleness

STALE = {
    Staleness.LATEST: "nodes keep an old image",
    Staleness.PINNED: "each start asks the registry",
}
"""The effect of each kind of stale policy."""


class Mark(NamedTuple):
    """A mark of images.

    Attributes:
        name: its name in the page's data.
        label: its text in tiles and filters.
        fits: tells whether an image has the mark.
        has_tile: whether the page has a tile with the number of these images.
    """

    name: str
    label: str
    fits: Callable[[ExplainedImage], bool]
    has_tile: bool = True


MARKS = (
    Mark("changes", "would change", lambda image: image.is_changed),
    Mark("always", "pulled at each start", lambda image: image.policy.to_be == "Always"),
    Mark("stale", "stale pull policy", lambda image: image.policy.stale is not None),
    Mark(
        "stale-latest",
        f"stale: {STALE[Staleness.LATEST]}",
        lambda image: image.policy.stale is Staleness.LATEST,
        has_tile=False,
    ),
    Mark(
        "stale-pinned",
        f"stale: {STALE[Staleness.PINNED]}",
        lambda image: image.policy.stale is Staleness.PINNED,
        has_tile=False,
    ),
    Mark("unserved", "no pull secret for the image", lambda image: image.is_unserved),
    Mark(
        "needy",
        "credentials needed, none known",
        lambda image: image.credentials in (Credentials.CACHE, Credentials.MISSING),
    ),
    Mark(
        "open",
        "image filled in later, or not valid",
        lambda image: image.reference.state in (State.TEMPLATED, State.INVALID),
    ),
)
"""All marks, in the order of the page."""
