"""The apiVersion and kind of an object."""

import re
from typing import NamedTuple

_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


class TypeMeta(NamedTuple):
    """The apiVersion and kind of an object."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """The group: `apps` of `apps/v1`; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version: `v1` of `apps/v1`."""
        return self.api_version.rpartition("/")[2]

    @property
    def is_resource_list(self) -> bool:
        """Whether it is the list that hosts send, in any version, and not a kind of that name in another group."""
        return self.kind == "ResourceList" and self.group == "config.kubernetes.io"


def version_priority(version: str) -> tuple[int, int, int, str]:
    """A sort key for versions in Kubernetes' order, the most stable and newest last: v1alpha1, v2beta1, v1, v2.

    Source:
    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        return 0, 0, 0, version
    major, stage, minor = match.groups()
    return {"alpha": 1, "beta": 2, None: 3}[stage], int(major), int(minor or 0), version
