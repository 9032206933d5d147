"""What builds make of images: said by whoever knows the repository, asked for by the rules."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from krmfn.krm.resources import Resource

if TYPE_CHECKING:
    from krmfn.imagepull.podspecs import Container, PodSpec

UNKNOWN = "${UNKNOWN}"
"""An image of which nothing is known: like one that is filled in later."""


class FinalImage(NamedTuple):
    """An image that runs in the place of one that is written, or that a patch adds beside it.

    Attributes:
        image: the image; one with a part that is filled in later where that is not known.
        build: the build in which it runs, such as `overlays/prod`.
        by: the files that replace the written one, in their order; none where a build takes it as it is.
        is_root: whether the build is not only a part of others, which may replace the image again.
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
        """What runs in the place of an image.

        Args:
            resource: the object.
            path: the field path, in the document, of the mapping that the image is in.
            container: the name of the container; empty when it has none.
            image: the image as it is written.

        Returns:
            One for each build, or none where no build replaces it.
        """

    def added(self, resource: Resource) -> Sequence[FinalImage]:
        """The images of containers that patches add to an object."""

    def overwritten(self, resource: Resource, path: str) -> Sequence[str]:
        """The files with patches that remove, replace or test the pull secrets in a mapping of an object, or more."""


def in_builds(pod_specs: "Iterable[PodSpec]", builds: Builds | None) -> "Iterator[PodSpec]":
    """The pod specs with what the builds make of their images; as they are, where no build is known."""
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
    """The images that stand beside those of the containers, each once for a build."""
    names = {container.name for container in containers}
    return tuple(dict.fromkeys(final for final in found if final.container not in names and final.is_root))


def _in_builds(container: "Container", resource: Resource, builds: Builds) -> "Container":
    finals = builds.finals(resource, container.path, container.name, container.image) if container.image else ()
    return container._replace(finals=tuple(finals)) if finals else container


def shown(image: str) -> str:
    """An image as messages have it."""
    return "another one" if image == UNKNOWN else image


def replacements(container: "Container") -> str:
    """What builds make of the image of a container, in words; empty when none replaces it."""
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
