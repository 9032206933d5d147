"""The registries that the user asks for by name."""

from krmfn.errors import SettingsError
from krmfn.imagepull.docker_config import normal_key
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.images.reference import Reference

_EXPECTED = "HOST[:PORT] or HOST[:PORT]/PATH is expected, such as `ghcr.io/team`; `docker.io` is Docker Hub"


def registry(text: str) -> Reference:
    """What `--registry` names, as a reference that all images there begin with; raise `SettingsError`."""
    key = normal_key(text)
    if key is None or any(mark in text for mark in "@?#%"):
        # What is not understood may hold a password.
        raise SettingsError(f"--registry: that is no registry; {_EXPECTED}")
    host, _, path = key.partition("/")
    if not images.is_registry(host):
        raise SettingsError(f"--registry: {key!r} begins with no host; {_EXPECTED}")
    if ":" in path or path != path.lower():
        raise SettingsError(
            f"--registry: no image can begin with {key!r}, in which a tag or upper case is; {_EXPECTED}"
        )
    return Reference("docker.io" if host == "index.docker.io" else host, path.rstrip("/"), None, None)
