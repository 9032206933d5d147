"""The explanation of an image by `run` with `explains`: plain data for other processes and for reports."""

from enum import StrEnum
from typing import NamedTuple

from krmfn.imagepull.images.reference import default_pull_policy
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.results import File, ResourceRef


class ExplainedSecret(NamedTuple):
    """A pull secret that pods have or miss: its name, how it reaches them, and why."""

    name: str
    delivery: Delivery
    why: str


class Role(StrEnum):
    """What runs or reads an image."""

    CONTAINER = "container"
    VOLUME = "image volume"
    CONTROLLER = "controller"
    """A controller reads it from its own resource, and has its own default policy."""
    PODS = "pods"
    """A controller runs an image of its own choice in these pods."""
    UNKNOWN = "unknown"
    """The kind is not known, so krmfn cannot know what runs or reads it."""
    PATCH = "container of a patch"
    """A patch adds it to these pods when they are built."""


class State(StrEnum):
    """Whether an image can be read."""

    RESOLVED = "resolved"
    TEMPLATED = "templated"
    """Something fills in a part of it later."""
    INVALID = "invalid"
    NONE = "none"


class Credentials(StrEnum):
    """Where the credentials for an image come from, after a run."""

    SECRET = "pull secret"
    NODE = "node"
    """The nodes have credentials, by `nodeCredentials` in the settings."""
    NONE = "none"
    """There are none; krmfn cannot know whether the image needs any."""
    CACHE = "cache only"
    """There are none, but the image needs some: it runs only on nodes that have it already."""
    MISSING = "missing"
    """There are none, but the image needs some at each start."""
    UNKNOWN = "unknown"
    """The image is not known yet, or there is none."""


class WrittenImage(NamedTuple):
    """An image as written in a manifest, and its parts as far as they can be read.

    Attributes:
        text: the image as written, joined if several keys hold its parts; empty if there is none.
        state: whether it can be read.
        registry: such as `docker.io`; empty if not known, like the next three.
        repository: such as `library/nginx`.
        tag: the tag that is pulled: `latest` without tag and digest.
        digest: the digest with its algorithm.
    """

    text: str = ""
    state: State = State.NONE
    registry: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""


class RunningImage(NamedTuple):
    """The image that runs instead of a written one, by a build.

    Attributes:
        image: the image that runs.
        build: the build, such as `overlays/prod`.
        by: the files that replace the written image, in order; empty if the build keeps it.
    """

    image: WrittenImage
    build: str
    by: tuple[str, ...]


class Policy(NamedTuple):
    """The pull policy of an image.

    Attributes:
        now: the policy that is set; empty if there is none.
        to_be: the policy after a run.
        why: the reason for `to_be`.
        path: its field path from the root of the document; empty if there is no field for it.
        stale: the kind of staleness of the policy that is set here or inherited; None if it is not stale.
    """

    now: str = ""
    to_be: str = ""
    why: str = ""
    path: str = ""
    stale: Staleness | None = None


class PullSecrets(NamedTuple):
    """The pull secrets of the pods that run an image.

    Attributes:
        now: the known secrets, including those of the ServiceAccount.
        to_be: the secrets after a run, and those that the pods miss.
        why: why there are none; empty if there are some.
        serving: the secrets after a run that may have credentials for this image.
    """

    now: tuple[str, ...] = ()
    to_be: tuple[ExplainedSecret, ...] = ()
    why: str = ""
    serving: tuple[str, ...] = ()


class OtherChange(NamedTuple):
    """A change at an image or its pods by a rule that is about neither policies nor secrets."""

    rule: str
    field: str
    to_be: str


class ExplainedImage(NamedTuple):
    """One place that names an image, with what is decided about it.

    Attributes:
        document: the number of its document from 0; the index in `items` for a ResourceList.
        position: the position of the image, in code points of the decoded input.
        resource: the object; for an object inside another one's spec, the outer object.
        file: the file of that object, if the host says so.
        field: the field path of the image, or of pods without one, in that resource.
        role: what runs or reads it.
        origin: which table has the place.
        container: the name of the container; empty if it has none.
        reference: the image itself.
        policy: its pull policy.
        pull_secrets: the pull secrets of its pods.
        other_changes: changes of other rules.
        runs: the images that run instead, by build; empty if no build replaces it.
        needs_secret: whether it, or an image that runs instead, is known to need a pull secret.
        nodes_can_pull: whether nodes have credentials for all images that run instead.
    """

    document: int
    position: int
    resource: ResourceRef
    file: File | None
    field: str
    role: Role
    origin: str
    container: str = ""
    reference: WrittenImage = WrittenImage()
    policy: Policy = Policy()
    pull_secrets: PullSecrets = PullSecrets()
    other_changes: tuple[OtherChange, ...] = ()
    runs: tuple[RunningImage, ...] = ()
    needs_secret: bool = False
    nodes_can_pull: bool = False

    @property
    def credentials(self) -> Credentials:
        """Where the credentials for the image come from."""
        if not self.reference.text:
            return Credentials.UNKNOWN
        if self.nodes_can_pull or self.pull_secrets.serving:
            return Credentials.NODE if self.nodes_can_pull else Credentials.SECRET
        if not self.needs_secret:
            is_known = all(running.state is State.RESOLVED for running in self.running)
            return Credentials.NONE if is_known else Credentials.UNKNOWN
        policy = self.policy.to_be or default_pull_policy(self.reference.text)
        return Credentials.MISSING if policy == "Always" else Credentials.CACHE

    @property
    def is_unserved(self) -> bool:
        """Whether there is an image, and neither its pods nor the nodes are known to have credentials for it."""
        return bool(self.reference.text) and self.credentials not in (Credentials.SECRET, Credentials.NODE)

    @property
    def running(self) -> tuple[WrittenImage, ...]:
        """The images that run: the written one, or those with which builds replace it, each once."""
        return tuple(dict.fromkeys(one.image for one in self.runs)) or (self.reference,)

    @property
    def is_changed(self) -> bool:
        """Whether a run changes the policy, the secrets or anything else of the image."""
        has_new_secret = any(
            secret.delivery in (Delivery.ADDED, Delivery.ATTACHED) for secret in self.pull_secrets.to_be
        )
        return self.policy.to_be != self.policy.now or has_new_secret or bool(self.other_changes)

    def moved(self, by: int) -> "ExplainedImage":
        """The same with its position moved forward by `by` code points."""
        return self._replace(position=self.position + by)

    def as_it_is(self, why: str) -> "ExplainedImage":
        """The same if nothing is written, with the reason."""
        old = self.pull_secrets
        secrets = tuple(
            secret if secret.delivery not in (Delivery.ADDED, Delivery.ATTACHED) else _unwritten(secret, old.now, why)
            for secret in old.to_be
        )
        missed = {secret.name for secret in secrets if secret.delivery is Delivery.MISSED}
        serving = tuple(name for name in old.serving if name not in missed)
        policy = (
            self.policy
            if self.policy.to_be == self.policy.now
            else self.policy._replace(to_be=self.policy.now, why=why)
        )
        return self._replace(policy=policy, pull_secrets=old._replace(to_be=secrets, serving=serving), other_changes=())


def _unwritten(secret: ExplainedSecret, now: tuple[str, ...], why: str) -> ExplainedSecret:
    """A secret that is not written after all; if the pods inherit it now, they still inherit it then."""
    return (
        secret._replace(delivery=Delivery.INHERITED)
        if secret.name in now
        else secret._replace(delivery=Delivery.MISSED, why=why)
    )
