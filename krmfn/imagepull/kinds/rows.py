"""The parts of the kind tables: where objects of a kind describe pods, and which fields such mappings have.

Paths are in the notation of `krmfn.splice.paths`.
"""

from enum import StrEnum
from typing import NamedTuple

from krmfn.splice.changes import Beside

REGISTRIES = ("registry", "repository")
TAGS = ("tag", "imageTag", "version")
ACCOUNT_FIELD, OLD_ACCOUNT_FIELD = "serviceAccountName", "serviceAccount"
IMAGE_PARTS = (*REGISTRIES, *TAGS, "digest")
"""Keys that may hold other parts of an image besides its name; of several registries or tags, the first counts."""


class ImageField(NamedTuple):
    """A mapping that names an image and may have a pull policy.

    Attributes:
        path: the path of the mapping.
        image: the key that holds the image, or the image's name.
        policy: the key that holds the pull policy; empty if there is none, so that the image only needs pull secrets.
        also: the keys that hold other parts of the image, of `IMAGE_PARTS`.
        is_passed_on: whether the mapping becomes a container or an image volume of a pod, for which Kubernetes defaults
            the policy. If not, a controller reads the mapping and has its own default.
    """

    path: str
    image: str = "image"
    policy: str = "imagePullPolicy"
    also: tuple[str, ...] = ()
    is_passed_on: bool = True

    @property
    def is_volume(self) -> bool:
        """Whether it is an image volume: only these have both keys."""
        return (self.image, self.policy) == ("reference", "pullPolicy")


class SecretForm(StrEnum):
    """How a field names pull secrets."""

    NAMES = "names"
    """A list of `{name: …}`, as in pods."""
    STRINGS = "strings"
    """A list of names."""
    STRING = "string"
    """One name."""
    NAME = "name"
    """One `{name: …}`."""

    @property
    def is_list(self) -> bool:
        """Whether the field can name more than one secret."""
        return self in (SecretForm.NAMES, SecretForm.STRINGS)

    @property
    def has_names(self) -> bool:
        """Whether each name is in a mapping, under the key `name`."""
        return self in (SecretForm.NAMES, SecretForm.NAME)


class SecretsField(NamedTuple):
    """The field for pull secrets in a mapping that describes pods, and where a new key is placed."""

    key: str
    beside: Beside = Beside()
    form: SecretForm = SecretForm.NAMES


class TextField(NamedTuple):
    """A scalar whose text is YAML or JSON.

    Attributes:
        path: its path; `*` as its key matches every key.
        holds: the row of the fragment in the text; None if it holds whole objects.
        is_applied: whether Kubernetes or a controller reads the text; if not, it is edited only with `embedded: true`
            in the settings.
        keys: the keys that `*` matches; empty for all.
        verb: the path of the field that says what is done with the objects of the text; empty if they are applied.
    """

    path: str
    holds: "Kind | None" = None
    is_applied: bool = True
    keys: frozenset[str] = frozenset()
    verb: str = ""


class Shape(NamedTuple):
    """The fields of a mapping that describes pods; paths are relative to that mapping.

    Attributes:
        texts: scalars that hold YAML.
        images: containers and image volumes.
        nested: paths of nested mappings with images, each with the name of its shape in `SHAPES`.
        pull_secrets: the field for pull secrets; None for a shape that only occurs nested in others.
        service_accounts: paths of the names of its pods' ServiceAccounts.
        default_account: the ServiceAccount if none is set; empty if a controller chooses it.
        default_images: the path of a nested mapping from whose containers those of the other nested ones inherit.
        template_ref: a key, anywhere below, that refers to templates elsewhere; these also inherit `default_images`.
        secrets_elsewhere: a field that refers to another object, which must then hold the pull secrets.
        runs_own_image: whether its pods run an image even if it names none.
        is_workflow: whether it is the spec of a Workflow, to which Argo's controller adds settings and images.
        is_for_others: whether it is merged into other objects and has no pods itself.
        has_policies: whether rules check the policies of its images. False if another shape of the object also has
            these images, and they are here only for the pull secrets.
    """

    texts: tuple[TextField, ...] = ()
    images: tuple[ImageField, ...] = ()
    nested: tuple[tuple[str, str], ...] = ()
    pull_secrets: SecretsField | None = None
    service_accounts: tuple[str, ...] = ()
    default_account: str = "default"
    default_images: str = ""
    template_ref: str = ""
    secrets_elsewhere: str = ""
    runs_own_image: bool = False
    is_workflow: bool = False
    is_for_others: bool = False
    has_policies: bool = True


class NewMapping(NamedTuple):
    """A mapping that is created if it is absent: its key, and the keys in it that must hold a list, even an empty one.

    Pods run without the mapping too, and creating it has no effect besides the fields in it.
    """

    key: str
    lists: tuple[str, ...] = ()


class PodSite(NamedTuple):
    """A place in objects of a kind that describes pods.

    Attributes:
        path: the path of the mapping that describes pods; empty for the object itself.
        shape: its shape, or the name of the shape.
        secrets_in: the path from that mapping to the mapping that holds the pull secrets; empty if they are the same.
        create: the last mappings of `secrets_path` that are created if they are absent, outermost first.
    """

    path: str
    shape: "str | Shape"
    secrets_in: str = ""
    create: tuple[NewMapping, ...] = ()

    @property
    def secrets_path(self) -> str:
        """The path of the mapping that holds the pull secrets."""
        return ".".join(filter(None, (self.path, self.secrets_in)))


class Origin(StrEnum):
    """Where a kind's row comes from."""

    BUILT_IN = "built-in"
    CATALOGUE = "catalogue"
    CONFIG = "function config"
    SCHEMA = "CustomResourceDefinition"
    STRUCTURE = "structure"

    @property
    def is_sure(self) -> bool:
        """Whether the row is right if an object does not fit it."""
        return self in (Origin.BUILT_IN, Origin.CONFIG)


class Kind(NamedTuple):
    """A row of the kind tables: all that krmfn knows about a kind.

    Attributes:
        sites: the places that describe pods.
        items: paths of lists of whole objects, each of which is a resource.
        objects: paths of whole objects that are part of this one.
        ignored: why the kind is left alone; empty if it is not.
        immutable: whether the API server rejects changes of its pods once an object is applied.
        may_lack: why its objects need no mapping for pull secrets; empty if a missing mapping is worth a warning.
        origin: where the row comes from.
    """

    sites: tuple[PodSite, ...] = ()
    items: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    ignored: str = ""
    immutable: bool = False
    may_lack: str = ""
    origin: Origin = Origin.BUILT_IN
