"""Docker configs: for which registries they have credentials, and which entries the kubelet uses for an image."""

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
"""A placeholder of Argo CD's vault plugin, or of an example that was copied."""
_NOT_A_USER = "<token>"
"""The user name that docker itself writes if the password is an identity token."""
_WITH_JSON = "_json_key"
"""The prefix of user names whose password is a JSON key of Google Cloud: a line break after JSON is harmless."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, which `repr` and `str` do not show; bytes that are not UTF-8 are lone surrogates.

    Attributes:
        username: the user name; empty if there is none.
        password: the password; empty if there is none.
        has_token: whether there is an identity or registry token, which the kubelet does not read.
    """

    username: str = field(repr=False)
    password: str = field(repr=False)
    has_token: bool = field(default=False, repr=False)

    @property
    def are_usable(self) -> bool:
        """Whether the kubelet can log in with the credentials."""
        return bool(self.username and self.password)

    @property
    def flaw(self) -> str:
        """Why a registry refuses the credentials: a line break at the end, as `echo` writes; else empty."""
        if self.username.endswith(("\r", "\n")):
            return "a user name that ends with a line break"
        if self.password.endswith(("\r", "\n")) and not self.username.startswith(_WITH_JSON):
            return "a password that ends with a line break"
        return ""


class Entry(NamedTuple):
    """An entry of `auths`.

    Attributes:
        registry: the part of its name that the kubelet uses, `HOST[:PORT][/PATH]` with globs in the host.
        credentials: the credentials; both parts may be empty.
    """

    registry: str
    credentials: Credentials


class DockerConfig:
    """The entries of a Docker config; its `repr` has only their registries.

    Attributes:
        entries: the entries whose names the kubelet can read, in the order of the text.
        ignored: the numbers, from 1, of the entries that the kubelet ignores because it cannot read their names.
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
        """The registries with a user name and a password, in the order of the text."""
        return tuple(entry.registry for entry in self.entries if entry.credentials.are_usable)

    @property
    def without_credentials(self) -> tuple[str, ...]:
        """The registries of the other entries."""
        return tuple(entry.registry for entry in self.entries if not entry.credentials.are_usable)

    @property
    def flaws(self) -> tuple[str, ...]:
        """Why registries refuse credentials of this config; each as words after "has"."""
        found = ((entry.registry, entry.credentials.flaw) for entry in self.entries)
        return tuple(f"{flaw} for `{registry}`" for registry, flaw in found if flaw)

    def matching(self, reference: Reference) -> tuple[Entry, ...]:
        """The entries that the kubelet tries for an image, in its order: longer paths first, Docker Hub as fallback."""
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
        InputError: the kubelet would reject the config, and with it all pull secrets of a pod; or a credential is a
            placeholder. The message names the place, and quotes only names of keys and registries.
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
    """An `auth` to user name and password, decoded as the kubelet does; raise `InputError`."""
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
