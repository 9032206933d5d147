#!/usr/bin/env python3
"""require-limits: containers without limits are errors, in every kind that krmfn knows to run pods."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from krmfn.sdk import Config, Function, Object, Result


class RequireLimits(Config):
    """`spec` may be empty."""

    resources: list[str] = Field(["memory"], min_length=1, description="What has to be limited.")
    requests: bool = Field(False, description="Requests have to be set too.")
    severity: Literal["error", "warning"] = Field("error", description="How much a container without them matters.")
    exempt_images: list[str] = Field([], description="Images that need none, as `docker.io/library/busybox`.")


def require_limits(thing: Object, config: RequireLimits) -> Iterator[Result]:
    """Find containers without resource limits."""
    for container in thing.containers():
        reference = container.image.reference
        if not container.is_container or (reference and reference.repository in config.exempt_images):
            continue  # an image volume, say
        says = container.error if config.severity == "error" else container.warning
        for field in ("limits", "requests")[: 1 + config.requests]:
            for resource in config.resources:
                path = ("resources", field, resource)
                if container.get(*path) is None:
                    name = container.name or container.image
                    yield says(f"container {name} has no {resource} in its {field}", path)


function = Function(
    RequireLimits, require_limits, api_version="fn.example.com/v1", kind="RequireLimits", validates=True
)

if __name__ == "__main__":
    raise SystemExit(function.main())
