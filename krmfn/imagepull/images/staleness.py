"""Whether a pull policy is stale: it differs from what Kubernetes would default for the image that runs with it."""

from enum import StrEnum

from krmfn.imagepull.images import reference as images


class Staleness(StrEnum):
    """In which way a pull policy is stale."""

    LATEST = "latest"
    """`IfNotPresent` or `Never` for the tag `latest`: nodes keep an old image."""
    PINNED = "pinned"
    """`Always` for another tag or a digest: each start asks the registry for an image that the node has."""


def staleness(image: str, policy: str) -> Staleness | None:
    """In which way a policy is stale for an image; None when it is not, or when the image is filled in later."""
    reference = images.parse(image)
    if reference is None:
        return None
    if reference.effective_tag == "latest":
        # `latest` beside a digest moves nothing: every node runs the image of the digest.
        return Staleness.LATEST if policy in ("IfNotPresent", "Never") and not reference.digest else None
    # `Never` differs from the default too, but then somebody loads the image onto the nodes: that is a choice.
    return Staleness.PINNED if policy == "Always" else None
