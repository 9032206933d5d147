"""Types of objects and their versions."""

import random

from krmfn.krm.typemeta import version_priority


def test_versions_are_sorted_as_kubernetes_does() -> None:
    expected = ["foo", "v11alpha2", "v12alpha1", "v3beta1", "v10beta3", "v11beta2", "v1", "v2", "v10"]
    versions = random.sample(expected, len(expected))
    assert sorted(versions, key=version_priority) == expected
    assert version_priority("w") < version_priority("v0alpha0")
