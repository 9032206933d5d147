"""What `run` with `explains` tells of an image: plain data that goes from process to process and into reports."""

from enum import StrEnum
from typing import NamedTuple

from krmfn.decisions import Way
from krmfn.results import File, ResourceRef


class ExplainedSecret(NamedTuple):
    """A pull secret of some pods, or one that they miss: its name, how it comes to them, and why."""

    name: str
    way: Way
    why: str


class Role(StrEnum):
    """What runs or reads an image."""

    CONTAINER = "container"
    VOLUME = "image volume"
    CONTROLLER = "controller"
    """A controller reads it from its own resource, and has defaults of its own."""
    PODS = "pods"
    """A controller runs an image of its own choice in these pods."""


class State(StrEnum):
    """What can be said of an image now."""

    RESOLVED = "resolved"
    TEMPLATED = "templated"
    """Something fills in a part of it later."""
    INVALID = "invalid"
    NONE = "none"


class ExplainedImage(NamedTuple):
    """One place that names an image, with what is decided about it.

    Attributes:
        document: its document's number from 0; the index in `items` for a ResourceList.
        position: where the image stands, in code points of the decoded input.
        resource: the object; for one that stands inside another one's spec, the outer one.
        file: where the host says that one came from.
        field: the field path of the image, or of pods without one, in that resource.
        role: what runs or reads it.
        name: the name of the container; empty when it has none.
        image: as it stands there, put together where several keys hold it.
        state: whether it can be read.
        registry: such as `docker.io`; empty when that is not known, as the next three.
        repository: such as `library/nginx`.
        tag: the one that is pulled: `latest` without tag and digest.
        digest: with its algorithm.
        policy_now: the pull policy that stands there; empty when there is none.
        policy: the one that stands there after a run.
        policy_why: why that one, or none.
        policy_path: its field path from the root of the document; empty when there is no place for it.
        secrets_now: the pull secrets of its pods as far as they are known, those of their ServiceAccount included.
        secrets: those after a run, and those they miss.
        secrets_why: why there are none; empty when there are.
        served_by: those after a run that may have credentials for this image.
        source: which table knows the place.
    """

    document: int
    position: int
    resource: ResourceRef
    file: File | None
    field: str
    role: Role
    name: str
    image: str
    state: State
    registry: str
    repository: str
    tag: str
    digest: str
    policy_now: str
    policy: str
    policy_why: str
    policy_path: str
    secrets_now: tuple[str, ...]
    secrets: tuple[ExplainedSecret, ...]
    secrets_why: str
    served_by: tuple[str, ...]
    source: str

    @property
    def is_changed(self) -> bool:
        """Whether a run changes its policy or the secrets of its pods."""
        return self.policy != self.policy_now or any(s.way in (Way.ADDED, Way.ATTACHED) for s in self.secrets)

    def moved(self, by: int) -> "ExplainedImage":
        """The same in a text where it stands so much further behind."""
        return self._replace(position=self.position + by)

    def as_it_is(self, why: str) -> "ExplainedImage":
        """The same when nothing is written, for a reason."""
        new = (Way.ADDED, Way.ATTACHED)
        secrets = tuple(
            secret if secret.way not in new else _unwritten(secret, self.secrets_now, why) for secret in self.secrets
        )
        missed = {secret.name for secret in secrets if secret.way is Way.MISSED}
        kept = self._replace(secrets=secrets, served_by=tuple(name for name in self.served_by if name not in missed))
        return kept if self.policy == self.policy_now else kept._replace(policy=self.policy_now, policy_why=why)


def _unwritten(secret: ExplainedSecret, now: tuple[str, ...], why: str) -> ExplainedSecret:
    """A secret that is not written after all; one that was to be written lest it be lost is not lost then."""
    return secret._replace(way=Way.INHERITED) if secret.name in now else secret._replace(way=Way.MISSED, why=why)
