"""The builds of one file, with the interface that the image-pull function uses."""

import re
from collections.abc import Sequence

from krmfn.files.builds.steps import Patched, Place, Way
from krmfn.imagepull.builds import FinalImage
from krmfn.krm.reporting import path_in_resource
from krmfn.krm.resources import Resource

_BUILT_IN = frozenset({"", "apps", "batch", "extensions"})


class FileBuilds:
    """What the builds of a file do to its images; see `krmfn.imagepull.builds.Builds`."""

    def __init__(self, ways: Sequence[Way], affixes: frozenset[str]) -> None:
        """`affixes` are the prefixes and suffixes that kustomizations add to names."""
        self._ways = ways
        self._affixes = affixes

    def finals(self, resource: Resource, path: str, container: str, image: str) -> Sequence[FinalImage]:
        """See `krmfn.imagepull.builds.Builds`."""
        within = path.removeprefix(resource.at).lstrip(".")
        place = self._place(resource)._replace(path=within, container=container)
        found = dict.fromkeys(
            FinalImage(final, way.build, by, way.is_root)
            for way in self._ways
            for final, by in way.finals(image, place)
        )
        return tuple(found) if any(final.image != image for final in found) else ()

    def added(self, resource: Resource) -> Sequence[FinalImage]:
        """See `krmfn.imagepull.builds.Builds`."""
        return [
            FinalImage(final, way.build, (patch.source, *by), way.is_root, name)
            for way, patch in self._patches(resource)
            for name, image in patch.containers
            for final, by in way.behind(patch).finals(
                image, self._place(resource)._replace(path="containers[0]", container=name)
            )
        ]

    def overwritten(self, resource: Resource, path: str) -> Sequence[str]:
        """See `krmfn.imagepull.builds.Builds`."""
        pointer = "/" + re.sub(r"[.\[]", "/", path_in_resource(resource, path).replace("]", "")) + "/"
        # kustomize knows the merge keys of lists only in the kinds of Kubernetes itself.
        is_custom = resource.type_meta.group not in _BUILT_IN
        found = (
            patch.source
            for _, patch in self._patches(resource)
            if patch.overwrites_secrets
            or (patch.merges_secrets and is_custom)
            or any(pointer.startswith(f"{rewritten}/") for rewritten in patch.rewrites if rewritten)
        )
        return list(dict.fromkeys(found))

    def _patches(self, resource: Resource) -> list[tuple[Way, Patched]]:
        found: list[tuple[Way, Patched]] = []
        for way in self._ways:
            place = self._place(resource)
            for step in way.steps:
                if isinstance(step, Patched):
                    if step.target.is_for(place) is not False:
                        found.append((way, step))
                    place = step.changed(place)
        return found

    def _place(self, resource: Resource) -> Place:
        return Place(resource.type_meta.kind, resource.ref.name, "", affixes=self._affixes)
