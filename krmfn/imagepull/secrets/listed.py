"""Pull secrets that are listed already, under another name that kustomize gave their Secret or will give it.

That is how the output of a build looks in which krmfn ran as a transformer: to add the old name once more would add a
name that nothing in the cluster has.
"""

from collections.abc import Collection, Mapping, Sequence

from krmfn.imagepull.secrets import kustomize_names
from krmfn.imagepull.secrets.in_input import SecretInInput, SecretsByName


def under_listed_names(
    wanted: Mapping[str, str],
    listed: Collection[str],
    images: Collection[str],
    namespace: str,
    given: SecretsByName,
) -> dict[str, str]:
    """The secrets wanted, each by the name under which a list has it already, if it has.

    Args:
        wanted: their names, each with the image that calls for it.
        listed: the names in the list.
        images: those of the pods.
        namespace: that of the pods.
        given: the Secrets in the input.
    """

    def here(name: str) -> Sequence[SecretInInput]:
        return given.usable_in(namespace, name)

    def listed_name(name: str) -> str:
        if name in listed:
            return name
        if same := here(name):
            return next((other for other in listed if any(other in secret.names for secret in same)), name)
        return next((other for other in listed if any(_is_renamed(s, name, images) for s in here(other))), name)

    return {listed_name(name): image for name, image in wanted.items()}


def _is_renamed(secret: SecretInInput, name: str, images: Collection[str]) -> bool:
    """Whether a Secret is another one renamed: a hash tells it; with a prefix alone, it has to serve the images too."""
    if secret.fault or not kustomize_names.is_renamed(secret.name, name):
        return False
    is_fit = secret.config is not None and bool(images) and all(map(secret.may_serve, images))
    return is_fit or kustomize_names.has_hash(secret.name, name)
