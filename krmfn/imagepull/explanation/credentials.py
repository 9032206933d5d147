"""Which images are known to need a pull secret."""

from collections.abc import Callable, Iterator

from krmfn.imagepull.images import reference as images
from krmfn.imagepull.rules import Context

_WITH_PUBLIC_IMAGES = frozenset(
    {
        *("docker.io", "gcr.io", "ghcr.io", "mcr.microsoft.com", "public.ecr.aws", "quay.io", "registry.gitlab.com"),
        *("registry.access.redhat.com", "registry.k8s.io"),
    }
)
_ANY_REPOSITORY = "any/repository"


def needs_secret(image: str, context: Context) -> bool:
    """Whether an image is known to need a pull secret: a secret of the input or the settings is limited to such images.

    A secret for every image proves nothing. Neither does a secret for a whole registry with public images: it may be
    there because of the registry's rate limits.
    """
    reference = images.known_part(image)
    if reference is None or context.settings.nodes_can_pull(image):
        return False
    other = f"{reference.domain}/{_ANY_REPOSITORY}" if reference.domain in _WITH_PUBLIC_IMAGES else ""
    return any(is_for(image) and not (other and is_for(other)) for is_for in _limited_secrets(context))


def _limited_secrets(context: Context) -> Iterator[Callable[[str], bool | None]]:
    """For each secret that is limited to some images: a function that tells whether it is for an image."""
    yield from (secret.serves for secret in context.settings.pull_secrets if secret.images)
    yield from (secret.may_serve for secret in context.secrets if secret.config and not secret.fault)
