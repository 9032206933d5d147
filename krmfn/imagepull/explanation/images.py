"""What `run` with `explains` tells of an image: plain data that goes from process to process and into reports."""

from enum import StrEnum
from typing import NamedTuple

from krmfn.imagepull.images.reference import default_pull_policy
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.results import File, ResourceRef


class ExplainedSecret(NamedTuple):
    """A pull secret of some pods, or one that they miss: its name, how it comes to them, and why."""

    name: str
    delivery: Delivery
    why: str


class Role(StrEnum):
    """What runs or reads an image."""

    CONTAINER = "container"
    VOLUME = "image volume"
    CONTROLLER = "controller"
    """A controller reads it from its own resource, and has defaults of its own."""
    PODS = "pods"
    """A controller runs an image of its own choice in these pods."""
    UNKNOWN = "unknown"
    """No table knows what runs or reads it."""
    PATCH = "container of a patch"
    """A patch adds it to these pods when they are built."""


class State(StrEnum):
    """What can be said of an image now."""

    RESOLVED = "resolved"
    TEMPLATED = "templated"
    """Something fills in a part of it later."""
    INVALID = "invalid"
    NONE = "none"


class Credentials(StrEnum):
    """Where the credentials for an image come from, after a run."""

    SECRET = "pull secret"
    NODE = "node"
    """Nodes have them, as `nodeCredentials` in the settings says."""
    NONE = "none"
    """Nowhere; nothing tells whether the image needs any."""
    CACHE = "cache only"
    """Nowhere, and the image needs some: it runs only on nodes that have it already."""
    MISSING = "missing"
    """Nowhere, and the image needs some at each start."""
    UNKNOWN = "unknown"
    """The image is not known yet, or there is none."""


class WrittenImage(NamedTuple):
    """An image as it stands in a manifest, and as far as it can be read.

    Attributes:
        text: as it stands there, put together where several keys hold it; empty when there is none.
        state: whether it can be read.
        registry: such as `docker.io`; empty when that is not known, as the next three.
        repository: such as `library/nginx`.
        tag: the one that is pulled: `latest` without tag and digest.
        digest: with its algorithm.
    """

    text: str = ""
    state: State = State.NONE
    registry: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""


class RunningImage(NamedTuple):
    """What a build makes of an image.

    Attributes:
        image: the image that runs.
        build: the build, such as `overlays/prod`.
        by: the files that replace the written one, in their order; none where the build takes it as it is.
    """

    image: WrittenImage
    build: str
    by: tuple[str, ...]


class Policy(NamedTuple):
    """The pull policy of an image.

    Attributes:
        now: the one that stands there; empty when there is none.
        to_be: the one that stands there after a run.
        why: why that one, or none.
        path: its field path from the root of the document; empty when there is no place for it.
        stale: in which way the one that counts now, set here or inherited, is stale; None when it is not.
    """

    now: str = ""
    to_be: str = ""
    why: str = ""
    path: str = ""
    stale: Staleness | None = None


class PullSecrets(NamedTuple):
    """The pull secrets of the pods that run an image.

    Attributes:
        now: those that are known, those of their ServiceAccount included.
        to_be: those after a run, and those they miss.
        why: why there are none; empty when there are.
        serving: those after a run that may have credentials for this image.
    """

    now: tuple[str, ...] = ()
    to_be: tuple[ExplainedSecret, ...] = ()
    why: str = ""
    serving: tuple[str, ...] = ()


class OtherChange(NamedTuple):
    """What a rule that is about neither policy nor secrets changes at an image or its pods."""

    rule: str
    field: str
    to_be: str


class ExplainedImage(NamedTuple):
    """One place that names an image, with what is decided about it.

    Attributes:
        document: its document's number from 0; the index in `items` for a ResourceList.
        position: where the image stands, in code points of the decoded input.
        resource: the object; for one that stands inside another one's spec, the outer one.
        file: where the host says that one came from.
        field: the field path of the image, or of pods without one, in that resource.
        role: what runs or reads it.
        origin: which table knows the place.
        container: the name of the container; empty when it has none.
        reference: the image itself.
        policy: its pull policy.
        pull_secrets: the pull secrets of its pods.
        other_changes: what further rules change.
        runs: what runs in its place, by build; empty where no build replaces it.
        needs_secret: whether it, or one that runs in its place, is known to need a pull secret.
        nodes_can_pull: whether nodes have credentials for all that runs in its place.
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
        """Where the credentials for it come from."""
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
        """Whether it is an image for which neither its pods nor the nodes have credentials."""
        return bool(self.reference.text) and self.credentials not in (Credentials.SECRET, Credentials.NODE)

    @property
    def running(self) -> tuple[WrittenImage, ...]:
        """The images that run: the written one, or what builds make of it, each once."""
        return tuple(dict.fromkeys(one.image for one in self.runs)) or (self.reference,)

    @property
    def is_changed(self) -> bool:
        """Whether a run changes something about it."""
        has_new_secret = any(
            secret.delivery in (Delivery.ADDED, Delivery.ATTACHED) for secret in self.pull_secrets.to_be
        )
        return self.policy.to_be != self.policy.now or has_new_secret or bool(self.other_changes)

    def moved(self, by: int) -> "ExplainedImage":
        """The same in a text where it stands so much further behind."""
        return self._replace(position=self.position + by)

    def as_it_is(self, why: str) -> "ExplainedImage":
        """The same when nothing is written, for a reason."""
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
    """A secret that is not written after all; one that was to be written lest it be lost is not lost then."""
    return (
        secret._replace(delivery=Delivery.INHERITED)
        if secret.name in now
        else secret._replace(delivery=Delivery.MISSED, why=why)
    )
