"""The names of entries in a Docker config, and the images that they match in the kubelet's keyring.

Source: `pkg/credentialprovider/keyring.go` of Kubernetes, including how Go's `net/url` parses a name.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

from krmfn.imagepull.images.reference import Reference
from krmfn.krm.globs import Glob

_DOCKER_HUB = "index.docker.io"
_SCHEMES = ("https://", "http://")
_API_VERSIONS = ("/v1/", "/v2/")
_CONTROL = re.compile(r"[\0-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER = re.compile(r"(?:[A-Za-z0-9._:~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})*")
# Go also accepts hosts with non-ASCII characters, escapes and more colons, but no image can have such a host.
_HOST = re.compile(r"""(?:[A-Za-z0-9._~!$&'()*+,;=<>"-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?""")
_HOST_AND_PORT = re.compile(r"\[(?P<address>.*)\]:(?P<of_address>\d*)|(?P<name>[^:\]]*):(?P<of_name>\d*)")


def normal_key(name: str) -> str | None:
    """The name of an entry to the part that the kubelet uses, `HOST[:PORT][/PATH]`; None if it ignores the entry.

    Scheme, API version (`/v1/`), query and the text before an `@` are removed, so that no user or password is left. A
    name with an `@` elsewhere also gives None: no image has such a registry, and a password may be before the `@`.
    """
    scheme = next((scheme for scheme in _SCHEMES if name.startswith(scheme)), "")
    parts = _split(name.removeprefix(scheme))
    if parts is None:
        return None
    host, path = parts
    if "@" in path or "@" in "".join(re.split("[?#]", name, maxsplit=1)[1:]):
        return None
    if path.startswith(_API_VERSIONS):
        path = path[3:]
    return host + path if path != "/" else host


class Key(NamedTuple):
    """A normal key, split into its parts; the `labels` of the host may hold globs."""

    text: str
    labels: tuple[str, ...]
    port: str
    path: str

    @classmethod
    def read(cls, text: str) -> "Key":
        """Split a normal key. Its path is unescaped again, as the kubelet does."""
        parts = _split(text)
        return cls(text, *_labels_and_port(parts[0]), parts[1]) if parts else cls(text, (), "", "")

    def is_for(self, reference: Reference) -> bool:
        """Whether the key matches an image: same host and port, and the image's path begins with the key's."""
        labels, port = _labels_and_port(reference.domain)
        return (
            self.port == port
            and len(self.labels) == len(labels)
            and f"/{reference.path}".startswith(self.path)
            and all(map(_matches, self.labels, labels))
        )

    @property
    def order(self) -> bytes:
        """The sort key of the kubelet, which sorts in descending order: a longer path comes before its prefix."""
        return self.text.encode(errors="surrogatepass")

    @property
    def is_docker_hub(self) -> bool:
        """Whether this is the fallback key for images that seem to be of Docker Hub and match no other key."""
        return self.text == _DOCKER_HUB


def seems_of_docker_hub(reference: Reference) -> bool:
    """Whether the kubelet takes an image for one of Docker Hub: also without dot or colon, as in `localhost/app`."""
    return reference.domain == "docker.io" or not any(mark in reference.domain for mark in ".:")


def _split(schemeless: str) -> tuple[str, str] | None:
    """A URL without its scheme to host, with the port, and path; None if Go cannot parse it."""
    url, _, fragment = schemeless.partition("#")
    authority, slash, path = url.partition("?")[0].partition("/")
    user, at, host = authority.rpartition("@")
    if _CONTROL.search(url) or _BAD_ESCAPE.search(path) or _BAD_ESCAPE.search(fragment):
        return None
    if (at and not _USER.fullmatch(user)) or not _HOST.fullmatch(host):
        return None
    return host, slash + unquote(path)


def _labels_and_port(host: str) -> tuple[tuple[str, ...], str]:
    match = _HOST_AND_PORT.fullmatch(host)
    if match is None:
        return tuple(host.split(".")), ""
    if match["address"] is not None:
        return tuple(match["address"].split(".")), match["of_address"]
    return tuple(match["name"].split(".")), match["of_name"]


def _matches(glob: str, label: str) -> bool:
    if glob.startswith("["):
        return False  # an address without a port; the kubelet reads its brackets as a set of characters
    return Glob.read(glob).matches(label)
