"""Docker configs, in which pull secrets hold their credentials, as the kubelet reads them.

Nothing here shows a credential: neither a `repr` nor the text of an error holds any part of one.
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
