"""What an object says it is."""

from typing import NamedTuple


class TypeMeta(NamedTuple):
    """The apiVersion and kind of an object."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """`apps` of `apps/v1`; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def is_resource_list(self) -> bool:
        """Whether it is the list that hosts send, in whatever version, and not a kind of that name of somebody else."""
        return self.kind == "ResourceList" and self.group == "config.kubernetes.io"
