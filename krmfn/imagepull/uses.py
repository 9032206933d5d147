"""What pods need of pull secrets: rules say it, accounts and checks read it for all pods together."""

from collections.abc import Mapping
from typing import NamedTuple

from krmfn.krm.results import File, Location, ResourceRef


class Use(NamedTuple):
    """The pods of one pod spec.

    Attributes:
        resource: the object they come from.
        file: where the host says it came from.
        accounts: the ServiceAccounts they run as; none when that is not known.
        secrets: the secrets that the settings have for them, each with the image that calls for it; an empty one calls
            for those that go everywhere.
        images: their images.
        location: where the object is in the input.
        package: the package that the host says it is of; empty when it says nothing.
    """

    resource: ResourceRef
    file: File | None
    accounts: tuple[str, ...]
    secrets: Mapping[str, str]
    images: tuple[str, ...]
    location: Location
    package: str = ""

    @property
    def namespace(self) -> str:
        """The namespace of the pods; empty when the object names none."""
        return self.resource.namespace
