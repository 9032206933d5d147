"""Pull secrets that are already listed under another name, which kustomize gave or will give to their Secret.

The output of a build in which krmfn ran as a transformer looks like that. Adding the old name again would add a name
that no Secret in the cluster has.
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
    """The wanted secrets, each under the name that the list already has for it, if any.

    Args:
        wanted: their names, each with the image that needs it.
        listed: the names in the list.
        images: the images of the pods.
        namespace: the namespace of the pods.
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
    """Whether a Secret is `name` renamed: proven by a hash; with only a prefix, it must also serve the images."""
    if secret.fault or not kustomize_names.is_renamed(secret.name, name):
        return False
    is_fit = secret.config is not None and bool(images) and all(map(secret.may_serve, images))
    return is_fit or kustomize_names.has_hash(secret.name, name)
