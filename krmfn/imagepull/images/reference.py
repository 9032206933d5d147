"""Container image references: parsed and normalised, with the policy that Kubernetes would default for them.

Sources: github.com/distribution/reference, which Kubernetes uses, for the grammar and the normalisation;
`pkg/apis/core/v1/defaults.go` and `pkg/util/parsers` of Kubernetes for the default.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_DOCKER_HUB = "docker.io"
_OFFICIAL = "library/"
_MAX_PATH = 255

_DOMAIN_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<domain>{_DOMAIN}|{_PATH_COMPONENT})/(?P<path>{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
_PARTS = re.compile(
    r"(?P<name>(?:[^/@]+/)?[^:@]*[^:@/])(?::(?P<tag>(?:@[\w.-]+@|[^@])+))?(?:@(?P<digest>.+))?", re.DOTALL
)
_BARE_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PLACEHOLDERS = (
    r"\{\{",  # Argo, Helm, Jinja
    r"\$\{|\$\(|\$[A-Za-z_]",  # shells, Flux, Argo CD's build environment, kustomize's vars
    r"#\{",  # Azure Pipelines (`#{TAG}#`), Octopus Deploy
    r"<path:",  # Argo CD's vault plugin
    # Harness (`<+artifact.tag>`), and text for readers to fill in. Not what Docker prints without a tag, nor what Go
    # prints without a value: nothing replaces these.
    r"<(?!none>|nil>|no value>)[^<>\n]+>",
    r"%\(",  # Python
    r"%(?![0-9A-Fa-f]{2}%)[A-Za-z_][\w.-]*%",  # cmd.exe; `%C3%A4` is an encoded letter
    # Maven, CMake, autoconf. A single `@` may be part of a user name or begin a digest.
    r"(?:(?:(?<![A-Za-z0-9])|(?<=:v))@[A-Za-z_][\w.-]*|@[A-Z_][A-Z0-9_]*)@(?!sha\d+:)",
    r"\[\[[^\[\]\n]+\]\]",  # Nomad, and templates inside of Go templates
    r"\(\([^()\n]+\)\)",  # Concourse
    r"\{[\w.-]+\}",  # Python's format, OpenAPI
    r"\Ako://",  # ko: a Go import path, which it replaces by a name in KO_DOCKER_REPO
)
_PLACEHOLDER = re.compile("|".join(_PLACEHOLDERS))
_INJECTED = "auto"
"""The image that Istio's injector replaces by the one of its template, in a container of any name."""


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
        """The tag that is pulled: the explicit one; `latest` without tag and digest; empty with only a digest."""
        return self.tag or ("" if self.digest else "latest")

    def __str__(self) -> str:
        tag = f":{self.effective_tag}" if self.effective_tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


@lru_cache(maxsize=4096)
def parse(image: str) -> Reference | None:
    """The normalised reference, or None if the string is not a valid image reference."""
    if _BARE_HEX.fullmatch(image):
        return None
    domain, remainder = split_domain(image)
    match = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    # The domain must match as a whole; otherwise the regular expression took another part for the registry.
    if match is None or match["domain"] != domain:
        return None
    # Host names have no `_`, so Kubernetes counts the whole as a path here, although runtimes pull from that host.
    path = f"{domain}/{match['path']}" if "_" in domain else match["path"]
    if len(path) > _MAX_PATH:
        return None
    return Reference(domain, match["path"], match["tag"], match["digest"])


@lru_cache(maxsize=4096)
def known_part(image: str) -> Reference | None:
    """The normalised reference, also of an image whose tag or digest is filled in later.

    Such a tag or digest is kept as it is written: `app:{{tag}}` has the tag `{{tag}}`. None if more is filled in later,
    or if the image is not a valid reference.
    """
    reference = None if image == _INJECTED else parse(image)
    mark = None if reference else _PLACEHOLDER.search(image)
    if mark is None or "/" in image[mark.start() :]:
        return reference  # the placeholder, or a text after it, may be part of the name
    split = _PARTS.fullmatch(image)
    name = parse(split["name"]) if split and len(split["name"]) < mark.start() else None
    # A registry with a port whose rest is filled in later looks like a name with a tag.
    if split is None or name is None or name.tag or ("/" not in split["name"] and is_registry(split["name"])):
        return None
    return Reference(name.domain, name.path, split["tag"], split["digest"])


def known_registry(image: str) -> str | None:
    """The registry of an image of which more than the tag is filled in later; None if the registry is too."""
    head, slash, _ = image.partition("/")
    mark = _PLACEHOLDER.search(image)
    if not slash or (mark and mark.start() < len(head)) or not is_registry(head):
        return None
    return split_domain(f"{head}/image")[0]


def default_pull_policy(image: str) -> str:
    """The `imagePullPolicy` that the API server defaults for an image: `Always` or `IfNotPresent`."""
    reference = parse(image)
    return "Always" if reference is not None and reference.effective_tag == "latest" else "IfNotPresent"


def is_filled_in_later(image: str) -> bool:
    """Whether something fills in a part of the image later; never true for a valid reference.

    The only exception is `auto`, which Istio replaces: Docker Hub has no such image.
    """
    return image == _INJECTED or (parse(image) is None and is_templated(image))


def is_templated(text: str) -> bool:
    """Whether a string has a placeholder.

    Known placeholders: `{{x}}`, `${X}`, `$(X)`, `$X`, `#{X}#`, `<X>`, `<+x.y>`, `<path:x>`, `%X%`, `%(x)s`, `@X@`,
    `[[x]]`, `((x))`, `{X}`, and `ko://x` at the beginning.
    """
    return _PLACEHOLDER.search(text) is not None


def is_registry(element: str) -> bool:
    """Whether the first element of a name is a registry host rather than a Docker Hub namespace."""
    return element == "localhost" or any(c in ".:" or c.isupper() for c in element)


def split_domain(name: str) -> tuple[str, str]:
    """The registry and the rest of a name, both normalised."""
    domain, slash, remainder = name.partition("/")
    if not slash or not is_registry(domain):
        domain, remainder = _DOCKER_HUB, name
    if domain == "index.docker.io":
        domain = _DOCKER_HUB
    if domain == _DOCKER_HUB and "/" not in remainder:
        remainder = _OFFICIAL + remainder
    return domain, remainder
