"""Docker configs, in which pull secrets hold credentials, read as the kubelet reads them.

No `repr` and no error message of this package contains any part of a credential.
"""

from krmfn.imagepull.docker_config.config import Credentials, DockerConfig, Entry, parse
from krmfn.imagepull.docker_config.keys import normal_key
from krmfn.imagepull.docker_config.secrets import KEY, KEYS, LEGACY_KEY, LEGACY_TYPE, TYPE, of_secret

__all__ = [
    "KEY",
    "KEYS",
    "LEGACY_KEY",
    "LEGACY_TYPE",
    "TYPE",
    "Credentials",
    "DockerConfig",
    "Entry",
    "normal_key",
    "of_secret",
    "parse",
]
