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
