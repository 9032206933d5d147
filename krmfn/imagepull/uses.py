"""What pods need of pull secrets: rules say it, accounts and checks read it for all pods together."""

from collections.abc import Mapping
from typing import NamedTuple

from krmfn.krm.results import File, Location, ResourceRef


class ListedSecret(NamedTuple):
    """A pull secret that pods have without any settings.

    Attributes:
        name: its name.
        path: the field path, in the object that the pods come from, of what names it; where a ServiceAccount does, of
            the pod spec.
        position: where in the input that begins.
        account: the ServiceAccount that lists it, or what else brings it, as messages name it; empty where the pods do.
        assumed: what is assumed of that one, to be read behind its name; empty for nothing.
    """

    name: str
    path: str
    position: int
    account: str = ""
    assumed: str = ""


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
        listed: the secrets that they list, or else get from their ServiceAccounts as far as those are known.
        has_all_images: whether no others run in them: a controller may have defaults, and a template stand elsewhere.
        is_workflow: whether Argo's workflow controller makes them.
        named_accounts: the ServiceAccounts that their pod spec names, each behind the path of its field.
    """

    resource: ResourceRef
    file: File | None
    accounts: tuple[str, ...]
    secrets: Mapping[str, str]
    images: tuple[str, ...]
    location: Location
    package: str = ""
    listed: tuple[ListedSecret, ...] = ()
    has_all_images: bool = False
    is_workflow: bool = False
    named_accounts: tuple[tuple[str, str], ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace of the pods; empty when the object names none."""
        return self.resource.namespace
