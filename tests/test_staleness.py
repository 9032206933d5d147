"""Which policies are stale for which images."""

import pytest

from krmfn.imagepull.images.reference import default_pull_policy
from krmfn.imagepull.images.staleness import Staleness, staleness

DIGEST = f"sha256:{'0' * 64}"
LATEST, PINNED = Staleness.LATEST, Staleness.PINNED


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", (None, LATEST, LATEST)),
        ("nginx:latest", (None, LATEST, LATEST)),
        ("host:5000/app", (None, LATEST, LATEST)),
        ("nginx:1.27", (PINNED, None, None)),
        ("nginx:Latest", (PINNED, None, None)),
        ("host:5000", (PINNED, None, None)),
        (f"nginx@{DIGEST}", (PINNED, None, None)),
        (f"nginx:1.27@{DIGEST}", (PINNED, None, None)),
        # Kubernetes defaults Always, and yet every node runs the image of the digest.
        (f"nginx:latest@{DIGEST}", (None, None, None)),
        ("nginx:{{tag}}", (None, None, None)),
        ("${IMAGE}", (None, None, None)),
        ("nginx:", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_a_policy_is_stale(image: str, expected: tuple[Staleness | None, ...]) -> None:
    assert tuple(staleness(image, policy) for policy in ("Always", "IfNotPresent", "Never")) == expected
    assert staleness(image, "") is None
    assert staleness(image, "{{policy}}") is None
    assert staleness(image, "always") is None
    assert staleness(image, default_pull_policy(image)) is None or not expected[1]
