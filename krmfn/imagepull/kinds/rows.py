"""What the tables of kinds are made of: where a kind keeps pods, and what a mapping that describes pods holds.

Paths are in the notation of `krmfn.splice.paths`.
"""

from enum import StrEnum
from typing import NamedTuple

from krmfn.splice.changes import Beside

REGISTRIES = ("registry", "repository")
TAGS = ("tag", "imageTag", "version")
ACCOUNT_FIELD, OLD_ACCOUNT_FIELD = "serviceAccountName", "serviceAccount"
IMAGE_PARTS = (*REGISTRIES, *TAGS, "digest")
"""Keys that may hold what an image's name lacks; of several registries or tags, the first counts."""


class ImageField(NamedTuple):
    """A mapping that names an image and may say how it is pulled.

    Attributes:
        path: where the mapping is.
        image: its key with the image, or with the image's name.
        policy: its key with the pull policy; empty when it has none, and the image only calls for pull secrets.
        also: its keys with further parts of the image, out of `IMAGE_PARTS`.
        is_passed_on: whether the mapping becomes a container or an image volume of a pod, for which Kubernetes defaults
            the policy. Otherwise a controller reads it, and has defaults of its own.
    """

    path: str
    image: str = "image"
    policy: str = "imagePullPolicy"
    also: tuple[str, ...] = ()
    is_passed_on: bool = True

    @property
    def is_volume(self) -> bool:
        """Whether it is an image volume, by the keys that these have and nothing else has."""
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
        """Whether it takes more than one."""
        return self in (SecretForm.NAMES, SecretForm.STRINGS)

    @property
    def has_names(self) -> bool:
        """Whether a name stands in a mapping with the key `name`."""
        return self in (SecretForm.NAMES, SecretForm.NAME)


class SecretsField(NamedTuple):
    """The pull secrets in a mapping that describes pods, and where a new key is at home."""

    key: str
    beside: Beside = Beside()
    form: SecretForm = SecretForm.NAMES


class TextField(NamedTuple):
    """A scalar whose text is YAML or JSON.

    Attributes:
        path: where it is; `*` for its key stands for every key.
        holds: what the text describes; None when it is whole objects.
        is_applied: whether Kubernetes, or a controller in its stead, reads the text; otherwise only `embedded: true` in
            the settings has it edited.
        keys: those of the keys of `*` that are meant; empty for each.
        verb: the path of the field that says what is done with the objects of the text; empty where they are applied.
    """

    path: str
    holds: "Kind | None" = None
    is_applied: bool = True
    keys: frozenset[str] = frozenset()
    verb: str = ""


class Shape(NamedTuple):
    """What a mapping that describes pods holds, each place a path below it.

    Attributes:
        texts: scalars that hold YAML.
        images: containers and image volumes.
        nested: paths where further shapes with images begin, by their name in `SHAPES`.
        pull_secrets: its pull secrets; a shape that is only nested in others has none.
        service_accounts: names of the ServiceAccounts its pods run as.
        default_account: the ServiceAccount when none of them is set; empty when a controller chooses it.
        default_images: the path of a nested shape whose containers fill in what the other nested ones leave out.
        template_ref: a key, anywhere below, for shapes elsewhere that run with this one's `default_images`.
        secrets_elsewhere: a field that moves the pull secrets to the object it refers to.
        runs_own_image: its pods run an image even when none is named in it.
        is_workflow: it is the spec of a Workflow, which Argo's controller runs with settings and images of its own.
        is_for_others: it is merged into others of its kind, which stand elsewhere.
        has_policies: whether the policies of its images are its business: images that only call for pull secrets are
            those of another shape too.
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
    """A mapping that is created when it is absent: its key, and keys in it that must hold a list, if only an empty one.

    Its pods run without it too, and it means nothing but what stands in it.
    """

    key: str
    lists: tuple[str, ...] = ()


class PodSite(NamedTuple):
    """A path below the object where a mapping of a shape, named or given, stands; empty for the object itself.

    Attributes:
        path: where the mapping is.
        shape: what it holds.
        secrets_in: the path from the mapping to the one that holds the pull secrets; empty when they are the same.
        create: the mappings at the end of `secrets_path` that are created when they are absent, from the outside in.
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
        """Whether an object that looks otherwise is wrong, and not the row."""
        return self in (Origin.BUILT_IN, Origin.CONFIG)


class Kind(NamedTuple):
    """All that krmfn knows of a kind.

    Attributes:
        sites: where it describes pods.
        items: paths of lists of whole objects, each of which is a resource.
        objects: paths of whole objects that are part of this one.
        ignored: why it is left alone whatever it looks like; empty for all others.
        immutable: whether the API server refuses to change its pods once it is applied.
        may_lack: why its objects need no mapping for pull secrets; empty when a missing one is worth a warning.
        origin: who says so.
    """

    sites: tuple[PodSite, ...] = ()
    items: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    ignored: str = ""
    immutable: bool = False
    may_lack: str = ""
    origin: Origin = Origin.BUILT_IN
