"""Builds: which images run instead of written ones. The rules ask; modules that read the repository answer."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from krmfn.krm.resources import Resource

if TYPE_CHECKING:
    from krmfn.imagepull.podspecs import Container, PodSpec

UNKNOWN = "${UNKNOWN}"
"""An image that is not known; it is handled like an image that is filled in later."""


class FinalImage(NamedTuple):
    """An image that runs instead of a written one, or that a patch adds.

    Attributes:
        image: the image; with a placeholder for parts that are not known.
        build: the build in which it runs, such as `overlays/prod`.
        by: the files that replace the written image, in order; empty if the build keeps it.
        is_root: whether no other build uses this one: such a build may replace the image again.
        container: the name of the container that a patch adds.
    """

    image: str
    build: str
    by: tuple[str, ...] = ()
    is_root: bool = True
    container: str = ""


class Builds(Protocol):
    """The builds that a text goes through."""

    def finals(self, resource: Resource, path: str, container: str, image: str) -> Sequence[FinalImage]:
        """The images that run instead of a written one.

        Args:
            resource: the object.
            path: the field path, in the document, of the mapping that holds the image.
            container: the name of the container; empty if it has none.
            image: the image as written.

        Returns:
            One for each build; none if no build replaces the image.
        """

    def added(self, resource: Resource) -> Sequence[FinalImage]:
        """The images of containers that patches add to an object."""

    def overwritten(self, resource: Resource, path: str) -> Sequence[str]:
        """The files with patches that remove, replace or test a mapping of an object, or the pull secrets in it."""


def in_builds(pod_specs: "Iterable[PodSpec]", builds: Builds | None) -> "Iterator[PodSpec]":
    """The pod specs, completed with the images that run instead of theirs; unchanged if no build is known."""
    if builds is None:
        yield from pod_specs
        return
    for pod_spec in pod_specs:
        resource = pod_spec.resource
        known = {id(one): _in_builds(one, resource, builds) for one in pod_spec.containers}
        containers = [
            one._replace(inherits=known.get(id(one.inherits), one.inherits)) if one.inherits else one
            for one in known.values()
        ]
        yield pod_spec._replace(
            containers=tuple(containers),
            added=_added(builds.added(resource), containers),
            overwritten_by=tuple(builds.overwritten(resource, pod_spec.path)),
        )


def _added(found: Iterable[FinalImage], containers: "Iterable[Container]") -> tuple[FinalImage, ...]:
    """The images of containers that patches add, each once for a build."""
    names = {container.name for container in containers}
    return tuple(dict.fromkeys(final for final in found if final.container not in names and final.is_root))


def _in_builds(container: "Container", resource: Resource, builds: Builds) -> "Container":
    finals = builds.finals(resource, container.path, container.name, container.image) if container.image else ()
    return container._replace(finals=tuple(finals)) if finals else container


def shown(image: str) -> str:
    """An image for messages."""
    return "another one" if image == UNKNOWN else image


def replacements(container: "Container") -> str:
    """How builds replace the image of a container, in words; empty if no build does."""
    found = list(dict.fromkeys(_replacement(final) for final in container.finals if final.by))
    further = [f"{len(found) - _MOST} more"] if len(found) > _MOST else []
    return "; ".join((*found[:_MOST], *further))


_MOST = 3


def _replacement(final: FinalImage) -> str:
    file = final.by[-1]
    where = "" if final.build == "." or file.startswith(f"{final.build}/") else f" in {final.build}"
    if final.image == UNKNOWN:
        return f"{file} may make it another one{where}"
    return f"{file} makes it {final.image}{where}"
