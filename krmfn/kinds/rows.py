"""What the tables of kinds are made of: where a kind keeps pods, and what a mapping that describes pods holds.

Paths are in the notation of `krmfn.paths`.
"""

from typing import NamedTuple

from krmfn.changes import Beside


class ImageField(NamedTuple):
    """A mapping that names an image and may say how it is pulled: a container or an image volume."""

    path: str
    image: str = "image"
    policy: str = "imagePullPolicy"


class SecretsField(NamedTuple):
    """The list of pull secrets in a mapping that describes pods, and where a new one is at home."""

    key: str
    beside: Beside = Beside()


class Shape(NamedTuple):
    """What a mapping that describes pods holds, each place a path below it.

    Attributes:
        images: containers and image volumes.
        nested: paths where further shapes with images begin, by their name in `SHAPES`.
        pull_secrets: its list of pull secrets; a shape that is only nested in others has none.
        service_accounts: names of the ServiceAccounts its pods run as; with none set, it is `default`.
        default_images: the path of a nested shape whose containers fill in what the other nested ones leave out.
        template_ref: a key, anywhere below, for shapes elsewhere that run with this one's `default_images`.
        secrets_elsewhere: a field that moves the pull secrets to the object it refers to.
        runs_own_image: its pods run an image even when none is named in it.
    """

    images: tuple[ImageField, ...] = ()
    nested: tuple[tuple[str, str], ...] = ()
    pull_secrets: SecretsField | None = None
    service_accounts: tuple[str, ...] = ()
    default_images: str = ""
    template_ref: str = ""
    secrets_elsewhere: str = ""
    runs_own_image: bool = False


class Place(NamedTuple):
    """A path below the object where a mapping of the named shape stands.

    `make`: the key is created, in the mapping before it, when it is absent; its pods run all the same.
    """

    path: str
    shape: str
    make: bool = False


class Kind(NamedTuple):
    """All that krmfn knows of a kind.

    Attributes:
        places: where it describes pods.
        items: paths of lists of whole objects, each of which is a resource.
        objects: paths of whole objects that are part of this one.
    """

    places: tuple[Place, ...] = ()
    items: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
