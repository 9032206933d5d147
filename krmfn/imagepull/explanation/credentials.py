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
    """Whether nodes are known to lack credentials for an image: a secret of the input or the settings is for it.

    A secret for every image tells nothing of this one, nor does one for the whole of a registry with public images: it
    may be there for the registry's rate limits.
    """
    reference = images.known_part(image)
    if reference is None or context.settings.nodes_can_pull(image):
        return False
    other = f"{reference.domain}/{_ANY_REPOSITORY}" if reference.domain in _WITH_PUBLIC_IMAGES else ""
    return any(is_for(image) and not (other and is_for(other)) for is_for in _limited_secrets(context))


def _limited_secrets(context: Context) -> Iterator[Callable[[str], bool | None]]:
    """For each secret that is for some images only: whether an image is one of them."""
    yield from (secret.serves for secret in context.settings.pull_secrets if secret.images)
    yield from (secret.may_serve for secret in context.secrets if secret.config and not secret.fault)
