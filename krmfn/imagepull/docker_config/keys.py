"""The names of entries in a Docker config, and the images they are for, as the kubelet's keyring has it.

The rules are those of `pkg/credentialprovider/keyring.go` of Kubernetes, down to what Go's `net/url` makes of a name.
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
# Go takes non-ASCII hosts, escaped ones and more colons too; no image can be of such a host.
_HOST = re.compile(r"""(?:[A-Za-z0-9._~!$&'()*+,;=<>"-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?""")
_HOST_AND_PORT = re.compile(r"\[(?P<address>.*)\]:(?P<of_address>\d*)|(?P<name>[^:\]]*):(?P<of_name>\d*)")


def normal_key(name: str) -> str | None:
    """What the kubelet keeps of the name of an entry: `HOST[:PORT][/PATH]`; None when it ignores the entry.

    Scheme, API version (`/v1/`), query and what stands before an `@` go: nothing of a user or password is left. A name
    with an `@` elsewhere counts as ignored too: no image is of such a registry, and it may stand behind a password.
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
    """A normal key, taken apart; `labels` of the host may hold globs."""

    text: str
    labels: tuple[str, ...]
    port: str
    path: str

    @classmethod
    def read(cls, text: str) -> "Key":
        """Take a normal key apart. The kubelet unescapes its path a second time."""
        parts = _split(text)
        return cls(text, *_labels_and_port(parts[0]), parts[1]) if parts else cls(text, (), "", "")

    def is_for(self, reference: Reference) -> bool:
        """Whether host and port are those of the image, and the path begins as its own does."""
        labels, port = _labels_and_port(reference.domain)
        return (
            self.port == port
            and len(self.labels) == len(labels)
            and f"/{reference.path}".startswith(self.path)
            and all(map(_matches, self.labels, labels))
        )

    @property
    def order(self) -> bytes:
        """What the kubelet sorts keys by, the last one first: a longer path comes before its beginning."""
        return self.text.encode(errors="surrogatepass")

    @property
    def is_docker_hub(self) -> bool:
        """Whether this is the key for images that no other key is for and that seem to be of Docker Hub."""
        return self.text == _DOCKER_HUB


def seems_of_docker_hub(reference: Reference) -> bool:
    """Whether the kubelet takes an image for one of Docker Hub: for want of a dot or colon `localhost/app` is one."""
    return reference.domain == "docker.io" or not any(mark in reference.domain for mark in ".:")


def _split(schemeless: str) -> tuple[str, str] | None:
    """Host, with its port, and path of a URL; None where Go finds none."""
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
        return False  # an address without a port; the kubelet takes its brackets for a set of characters
    return Glob.read(glob.replace("*", "**")).matches(label)
