"""A Docker config: which registries it has credentials for, and which of its entries the kubelet takes for an image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull.docker_config import reading
from krmfn.imagepull.docker_config.keys import Key, normal_key, seems_of_docker_hub
from krmfn.imagepull.docker_config.reading import Object
from krmfn.imagepull.images.reference import Reference

_AUTH = "base64 of `USERNAME:PASSWORD` is expected"
PLACEHOLDER = re.compile(r"<[^<>\n]+>")
"""What Argo CD's vault plugin replaces, or whoever copies an example."""
_NOT_A_USER = "<token>"
"""What docker itself has for a user name where the password is an identity token."""
_WITH_JSON = "_json_key"
"""What the user names begin with whose password is a key of Google Cloud: a line break behind JSON is no matter."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, which `repr` and `str` do not show; bytes that are no UTF-8 as lone surrogates.

    Attributes:
        username: empty when there is none.
        password: likewise.
        has_token: whether there is an identity or registry token, which the kubelet does not read.
    """

    username: str = field(repr=False)
    password: str = field(repr=False)
    has_token: bool = field(default=False, repr=False)

    @property
    def are_usable(self) -> bool:
        """Whether the kubelet can log in with them."""
        return bool(self.username and self.password)

    @property
    def flaw(self) -> str:
        """What makes a registry refuse them: a line break behind one of them, which `echo` writes; else empty."""
        if self.username.endswith(("\r", "\n")):
            return "a user name that ends with a line break"
        if self.password.endswith(("\r", "\n")) and not self.username.startswith(_WITH_JSON):
            return "a password that ends with a line break"
        return ""


class Entry(NamedTuple):
    """An entry of `auths`.

    Attributes:
        registry: what the kubelet keeps of its name, `HOST[:PORT][/PATH]` with globs in the host; no credential.
        credentials: what it holds, maybe nothing.
    """

    registry: str
    credentials: Credentials


class DockerConfig:
    """The entries of a Docker config; its `repr` has only their registries.

    Attributes:
        entries: all entries with a name that the kubelet can read, in the order of the text.
        ignored: the numbers, from 1, of the entries whose names it cannot read, and which it ignores.
    """

    __slots__ = ("_keys", "entries", "ignored")

    def __init__(self, entries: Iterable[Entry], ignored: Iterable[int] = ()) -> None:
        self.entries = tuple(entries)
        self.ignored = tuple(ignored)
        keyed = ((Key.read(entry.registry), entry) for entry in self.entries)
        self._keys = sorted(keyed, key=lambda pair: pair[0].order, reverse=True)

    def __repr__(self) -> str:
        return f"DockerConfig({', '.join(repr(entry.registry) for entry in self.entries)})"

    @property
    def registries(self) -> tuple[str, ...]:
        """Those with a user name and a password, in the order of the text."""
        return tuple(entry.registry for entry in self.entries if entry.credentials.are_usable)

    @property
    def without_credentials(self) -> tuple[str, ...]:
        """The registries of the other entries."""
        return tuple(entry.registry for entry in self.entries if not entry.credentials.are_usable)

    @property
    def flaws(self) -> tuple[str, ...]:
        """What makes registries refuse credentials, each to be read after "has"."""
        found = ((entry.registry, entry.credentials.flaw) for entry in self.entries)
        return tuple(f"{flaw} for `{registry}`" for registry, flaw in found if flaw)

    def matching(self, reference: Reference) -> tuple[Entry, ...]:
        """The entries the kubelet tries for an image, in its order: longer paths first, those of Docker Hub last."""
        found = tuple(entry for key, entry in self._keys if key.is_for(reference))
        if not found and seems_of_docker_hub(reference):
            return tuple(entry for key, entry in self._keys if key.is_docker_hub)
        return found

    def serves(self, reference: Reference) -> bool:
        """Whether the kubelet finds a user name and a password for an image."""
        return any(entry.credentials.are_usable for entry in self.matching(reference))


def parse(text: str, legacy: bool = False) -> DockerConfig:
    """Read a `config.json`, which a Secret holds as `.dockerconfigjson`; a `.dockercfg` if `legacy`.

    Raises:
        InputError: the kubelet would refuse it, and with it all pull secrets of a pod; or a placeholder stands where
            a credential should. The message names the place, and quotes nothing but names of keys and registries.
    """
    value = reading.load(text)
    if not isinstance(value, Object | None):
        raise InputError("must be a JSON object")
    document = value or Object()
    if legacy:
        auths = {reading.clean(key): item for key, item in document}
    else:
        auths = reading.entries(document, "auths")
        _check_headers(document)
    entries = [_entry(name, item, number) for number, (name, item) in enumerate(auths.items(), 1)]
    return DockerConfig(
        [Entry(registry, credentials) for registry, credentials in entries if registry is not None],
        [number for number, (registry, _) in enumerate(entries, 1) if registry is None],
    )


def _check_headers(document: Object) -> None:
    if not all(isinstance(value, str | None) for value in reading.entries(document, "HttpHeaders").values()):
        raise InputError("the values of `HttpHeaders` must be strings")


def _entry(name: str, value: Any, number: int) -> tuple[str | None, Credentials]:
    registry = normal_key(name)
    try:
        return registry, _credentials(value)
    except InputError as error:
        of = f"number {number}" if registry is None else f"for `{registry}`"
        raise InputError(f"the entry {of}: {error}") from None


def _credentials(value: Any) -> Credentials:
    if not isinstance(value, Object | None):
        raise InputError("must be an object with `auth`, or with `username` and `password`")
    entry = value or Object()
    username, password, auth, _ = (reading.text(entry, name) for name in ("username", "password", "auth", "email"))
    if auth:
        if PLACEHOLDER.search(auth):
            raise InputError(f"`auth` is a placeholder, `<…>`; {_AUTH}")
        username, password = decode_auth(auth)
    for name, part in (("user name", username), ("password", password)):
        if PLACEHOLDER.fullmatch(part) and part != _NOT_A_USER:
            raise InputError(f"the {name} is a placeholder, `<…>`")
    has_token = any(item for key, item in entry if key.lower() in ("identitytoken", "registrytoken"))
    return Credentials(username, password, has_token)


def decode_auth(auth: str) -> tuple[str, str]:
    """User name and password of an `auth`, as the kubelet decodes it; raise `InputError`."""
    import base64

    digits = auth.replace("\r", "").replace("\n", "")
    padding = "" if digits.endswith("=") else "=" * (-len(digits) % 4)
    try:
        decoded = base64.b64decode(digits + padding, validate=True)
    except ValueError:
        raise InputError(f"`auth` is not base64; {_AUTH}") from None
    username, colon, password = decoded.decode(errors="surrogateescape").partition(":")
    if not colon:
        raise InputError(f"`auth` has no colon in it once decoded; {_AUTH}")
    return username, password
