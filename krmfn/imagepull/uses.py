"""Uses: which pull secrets the pods of a pod spec have and need. Rules make them; accounts and checks read them."""

from collections.abc import Mapping
from typing import NamedTuple

from krmfn.krm.results import File, Location, ResourceRef


class ListedSecret(NamedTuple):
    """A pull secret that pods have regardless of the settings.

    Attributes:
        name: its name.
        path: the field path of the entry that names it; of the pod spec, if a ServiceAccount names it.
        position: the position of that field in the input.
        account: the ServiceAccount or workflowDefaults that lists it, as messages name it; empty if the pods list it.
        assumed: an assumption about that ServiceAccount, as words after its name; empty if there is none.
    """

    name: str
    path: str
    position: int
    account: str = ""
    assumed: str = ""


class Use(NamedTuple):
    """The pods of one pod spec.

    Attributes:
        resource: the object that makes the pods.
        file: the file of that object, if the host says so.
        accounts: the ServiceAccounts of the pods; empty if not known.
        secrets: the secrets of the settings that the pods need, each with the image that needs it; with an empty image
            if it is for all images.
        images: the images of the pods.
        location: the location of the object in the input.
        package: the package of the object, if the host says so; else empty.
        listed: the secrets that the pods list, or else get from their ServiceAccounts as far as these are known.
        has_all_images: whether `images` is complete: a controller may add images, or a template be elsewhere.
        is_workflow: whether Argo's workflow controller makes the pods.
        named_accounts: the ServiceAccounts that the pod spec names, each after the path of its field.
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
        """The namespace of the pods; empty if the object names none."""
        return self.resource.namespace
