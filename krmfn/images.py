"""Container image references: parse, normalise, match. Nothing of Kubernetes but its default for the policy.

The grammar and the normalisation are those of github.com/distribution/reference, which Kubernetes uses; the default is
that of `pkg/apis/core/v1/defaults.go` with `pkg/util/parsers`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_DOCKER_HUB = "docker.io"
_OFFICIAL = "library/"
_MAX_NAME = 255

_DOMAIN_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<domain>{_DOMAIN})/(?P<path>{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
_BARE_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
# Argo and Helm, shells and Flux, Argo CD's build environment, its vault plugin.
_TEMPLATE_MARK = re.compile(r"\{\{|\$\{|\$\(|\$[A-Za-z_]|<path:|%\(")


class Reference(NamedTuple):
    """A parsed image reference in its normal form: `nginx` is domain `docker.io`, path `library/nginx`."""

    domain: str
    path: str
    tag: str | None
    digest: str | None

    @property
    def repository(self) -> str:
        """Domain and path, such as `docker.io/library/nginx`."""
        return f"{self.domain}/{self.path}"

    @property
    def effective_tag(self) -> str:
        """The tag that is pulled: the explicit one; `latest` without tag and digest; empty with a digest only."""
        return self.tag or ("" if self.digest else "latest")

    def __str__(self) -> str:
        tag = f":{self.effective_tag}" if self.effective_tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


@lru_cache(maxsize=4096)
def parse(image: str) -> Reference | None:
    """The normalised reference, or None when the string is no valid image reference."""
    if _BARE_HEX.fullmatch(image):
        return None
    domain, remainder = _split_domain(image)
    match = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    # What looks like a registry stays the registry: the domain must not swallow or lose a part.
    if match is None or match["domain"] != domain or len(f"{domain}/{match['path']}") > _MAX_NAME:
        return None
    return Reference(domain, match["path"], match["tag"], match["digest"])


def default_pull_policy(image: str) -> str:
    """What the API server writes into an empty `imagePullPolicy` beside this image: `Always` or `IfNotPresent`."""
    reference = parse(image)
    return "Always" if reference is not None and reference.effective_tag == "latest" else "IfNotPresent"


def is_templated(text: str) -> bool:
    """Whether something else is to fill in part of this string later: `{{…}}`, `${X}`, `$ARGOCD_…`, `<path:…>`."""
    return _TEMPLATE_MARK.search(text) is not None


def is_registry(element: str) -> bool:
    """Whether the first element of a name is a registry host rather than a Docker Hub namespace."""
    return element == "localhost" or any(c in ".:" or c.isupper() for c in element)


def _split_domain(name: str) -> tuple[str, str]:
    domain, slash, remainder = name.partition("/")
    if not slash or not is_registry(domain):
        domain, remainder = _DOCKER_HUB, name
    if domain == "index.docker.io":
        domain = _DOCKER_HUB
    if domain == _DOCKER_HUB and "/" not in remainder:
        remainder = _OFFICIAL + remainder
    return domain, remainder


class ImagePattern(NamedTuple):
    """A glob over normalised references: `*` stays within a path element, `**` crosses them.

    `registry.example.com/team/**`, `nginx` (= `docker.io/library/nginx`), `*/team/app`; `*` alone is every image, as
    `**` is. A pattern without tag and digest matches whatever tag the image has; `nginx:1.*` matches the tag too.
    """

    text: str
    regex: re.Pattern[str]
    with_tag: bool

    @classmethod
    def compile(cls, text: str) -> "ImagePattern":
        """Read a pattern; raise `ValueError` with the accepted form for one that can never match."""
        if not text or text != text.strip():
            raise ValueError(f"{text!r} is no image pattern: it is empty or has blanks around it")
        head, slash, _ = text.partition("/")
        if not slash and is_registry(head.partition(":")[0]) and head != "localhost":
            raise ValueError(f"{text!r} names a registry and no image; write {text + '/**'!r} for all its images")
        normal = cls._normal("**" if text == "*" else text, head)
        last = normal.rpartition("/")[2]
        return cls(text, _glob(normal), with_tag=":" in last or "@" in last)

    @staticmethod
    def _normal(text: str, head: str) -> str:
        """The pattern over normalised references; `head` is its first element."""
        if "/" not in text:
            return text if "**" in text else "/".join(_split_domain(text))
        # A glob may stand for the registry; and `docker.io/**` is more than the official images.
        if "*" in head or (is_registry(head) and "**" in text):
            return text.replace("index.docker.io/", f"{_DOCKER_HUB}/", 1)
        return "/".join(_split_domain(text))

    def matches(self, reference: Reference | None) -> bool:
        """Whether the pattern covers the whole reference; None, an image that cannot be parsed, only `**` does."""
        if reference is None:
            return self.text in ("*", "**")
        return self.regex.fullmatch(str(reference) if self.with_tag else reference.repository) is not None


def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
