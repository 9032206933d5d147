"""What builds make of images: said by whoever knows the repository, asked for by the rules."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from krmfn.krm.resources import Resource

if TYPE_CHECKING:
    from krmfn.imagepull.podspecs import Container, PodSpec


class FinalImage(NamedTuple):
    """An image that runs in the place of one that is written, or that a patch adds beside it.

    Attributes:
        image: the image; one with a part that is filled in later where that is not known.
        build: the build in which it runs, such as `overlays/prod`.
        by: the files that replace the written one, in their order; none where a build takes it as it is.
    """

    image: str
    build: str
    by: tuple[str, ...] = ()


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

    def overwritten(self, resource: Resource) -> Sequence[str]:
        """The files with patches that remove, replace or test the pull secrets of an object."""


def in_builds(pod_specs: "Iterable[PodSpec]", builds: Builds) -> "Iterator[PodSpec]":
    """The pod specs with what the builds make of their images."""
    for pod_spec in pod_specs:
        resource = pod_spec.resource
        known = {id(one): _in_builds(one, resource, builds) for one in pod_spec.containers}
        containers = [
            one._replace(inherits=known.get(id(one.inherits), one.inherits)) if one.inherits else one
            for one in known.values()
        ]
        yield pod_spec._replace(
            containers=tuple(containers),
            added=tuple(builds.added(resource)),
            overwritten_by=tuple(builds.overwritten(resource)),
        )


def _in_builds(container: "Container", resource: Resource, builds: Builds) -> "Container":
    finals = builds.finals(resource, container.path, container.name, container.image) if container.image else ()
    return container._replace(finals=tuple(finals)) if finals else container


def replacements(container: "Container") -> str:
    """What builds make of the image of a container, in words; empty when none replaces it."""
    found = dict.fromkeys(
        f"{final.by[-1]} makes it {final.image}" + (f" in {final.build}" if final.build not in final.by[-1] else "")
        for final in container.finals
        if final.by
    )
    shown = list(found)[:_SHOWN]
    further = [f"{len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "; ".join((*shown, *further))


_SHOWN = 3
