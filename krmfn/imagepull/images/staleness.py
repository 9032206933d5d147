"""Whether a pull policy is stale: it differs from what Kubernetes would default for the image that runs with it."""

from enum import StrEnum

from krmfn.imagepull.images import reference as images


class Staleness(StrEnum):
    """The kinds of staleness of a pull policy."""

    LATEST = "latest"
    """`IfNotPresent` or `Never` for the tag `latest`: nodes keep an old image."""
    PINNED = "pinned"
    """`Always` for another tag or a digest: each start asks the registry for an image that the node has."""


def staleness(image: str, policy: str) -> Staleness | None:
    """The kind of staleness of a policy for an image; None if it is not stale, or if the image is filled in later."""
    reference = images.parse(image)
    if reference is None:
        return None
    if reference.effective_tag == "latest":
        # With a digest, the tag `latest` has no effect: every node runs the image of the digest.
        return Staleness.LATEST if policy in ("IfNotPresent", "Never") and not reference.digest else None
    # `Never` differs from the default too, but is a deliberate choice: the image is loaded onto the nodes otherwise.
    return Staleness.PINNED if policy == "Always" else None
