#!/usr/bin/env python3
"""move-registry: images from another registry in every kind, with the pull secret and policy that go with it."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from krmfn.sdk import Change, Config, Function, Image, Objects, Result, Severity


class MoveRegistry(Config):
    registry: str = Field(
        pattern=r"^[\w.-]+(:\d+)?(/[a-z0-9._/-]*[a-z0-9])?$", description="`mirror.example.com/team`."
    )
    sources: list[str] = Field([], description="Only images of these registries: `docker.io`, `quay.io/org`. Else all.")
    keep_source: bool = Field(True, description="`docker.io/` and the like stay, behind the new registry.")
    pull_secret: str | None = Field(None, description="Name of a Secret for it, which pods with moved images get.")
    pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(None, description="Else it stays as it is.")


def move_registry(things: Objects, config: MoveRegistry) -> Iterator[Change | Result]:
    """Take images from another registry, with the pull secret that it needs; list what has to be copied."""
    copies: dict[str, str] = {}
    for pod_spec in (found for thing in things for found in thing.pod_specs()):
        moved = False
        for container in pod_spec.containers():
            image = container.image
            new, old = name(image, config), image.reference
            if old and new and new != old.repository:
                yield image.renamed(new)
                copies.setdefault(str(old), new + str(old).removeprefix(old.repository))
            elif image.text and not old:
                yield container.warning(f"the image {image} is filled in elsewhere: move it there")
            if new and container.policy_field and config.pull_policy:
                yield container.set(container.policy_field, config.pull_policy)
            moved |= bool(new)
        if moved and config.pull_secret:
            yield from pod_spec.add_pull_secret(config.pull_secret)
    for thing, path in ((one, path) for one in things for path in one.unknown_images()):
        yield thing.warning("looks like an image, and krmfn does not know where it runs: move it by hand", path)
    yield from (Result(f"to copy: {old} {new}", Severity.INFO) for old, new in sorted(copies.items()))


def name(image: Image, config: MoveRegistry) -> str:
    """What an image is called in the new registry; empty when it stays where it is."""
    found = image.reference
    if found is None or found.repository.startswith(f"{config.registry}/"):
        return found.repository if found else ""
    is_source = any(f"{found.repository}/".startswith(f"{source.strip('/')}/") for source in config.sources)
    host = f"{found.domain.replace(':', '_').lower()}/" if config.keep_source else ""
    return f"{config.registry}/{host}{found.path}" if is_source or not config.sources else ""


function = Function(MoveRegistry, move_registry, api_version="fn.example.com/v1", kind="MoveRegistry", on=Objects)

if __name__ == "__main__":
    raise SystemExit(function.main())
