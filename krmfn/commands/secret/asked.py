"""Parse the registries that `--registry` names."""

from krmfn.errors import SettingsError
from krmfn.imagepull.docker_config import normal_key
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.reference import Reference

_EXPECTED = "HOST[:PORT] or HOST[:PORT]/PATH is expected, such as `ghcr.io/team`; `docker.io` is Docker Hub"


def registry(text: str) -> Reference:
    """A value of `--registry` as the reference with which its images begin; raise `SettingsError` if it is invalid."""
    key = normal_key(text)
    if key is None or any(mark in text for mark in "@?#%"):
        # The message does not show the value, which may contain a password.
        raise SettingsError(f"--registry: the value is not a registry; {_EXPECTED}")
    host, _, path = key.partition("/")
    if not images.is_registry(host):
        raise SettingsError(f"--registry: {key!r} does not begin with a host; {_EXPECTED}")
    if ":" in path or path != path.lower():
        raise SettingsError(
            f"--registry: {key!r} has a tag or upper-case letters, with which no image can begin; {_EXPECTED}"
        )
    return Reference("docker.io" if host == "index.docker.io" else host, path.rstrip("/"), None, None)
