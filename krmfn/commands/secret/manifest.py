"""Write the Secret as YAML, with names that the API server accepts, and with the bytes of `kubectl create secret`."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from krmfn.errors import InputError, SettingsError
from krmfn.imagepull.docker_config import KEY, TYPE, Entry
from krmfn.imagepull.settings.parts import secret_name
from krmfn.krm.names import is_label, is_subdomain
from krmfn.splice import rendering

_WORD = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_MAX_SECRET = 1 << 20
_MAX_ANNOTATIONS = 1 << 18
# The characters that Go escapes in JSON, so that the result equals kubectl's byte for byte.
_ESCAPED = re.compile("[<>&\u2028\u2029]")
_DOCKER_HUB = ("docker.io", "index.docker.io")
_DOCKER_HUB_URL = "https://index.docker.io/v1/"


class Metadata(NamedTuple):
    """The metadata of the Secrets: one Secret for each namespace, or one Secret without a namespace."""

    name: str
    namespaces: tuple[str, ...]
    labels: dict[str, str]
    annotations: dict[str, str]

    @classmethod
    def read(
        cls, name: str, namespaces: Iterable[str], labels: Iterable[str], annotations: Iterable[str]
    ) -> "Metadata":
        """Parse the flags' values, labels and annotations as `KEY=VALUE`; raise `SettingsError` if one is wrong."""
        try:
            secret_name(name)
        except ValueError as error:
            raise SettingsError(f"--name: {error}") from None
        given = tuple(dict.fromkeys(namespaces))
        for namespace in given:
            if not is_label(namespace):
                raise SettingsError(
                    f"--namespace: {namespace!r} is not a namespace: use lower-case letters, digits and `-`, at most 63"
                )
        described = _pairs("--annotation", annotations)
        if sum(len(part.encode(errors="replace")) for pair in described.items() for part in pair) > _MAX_ANNOTATIONS:
            raise SettingsError("--annotation: annotations are more than 256 KiB together")
        return cls(name, given, _labels(labels), described)


def _labels(given: Iterable[str]) -> dict[str, str]:
    labels = _pairs("--label", given)
    for key, value in labels.items():
        if value and not _WORD.fullmatch(value):
            raise SettingsError(
                f"--label {key}: {value!r} is not a label value: use at most 63 letters, digits, `-`, `_` and `.`; "
                "begin and end with a letter or digit"
            )
    return labels


def _pairs(flag: str, given: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        prefix, slash, name = key.lower().rpartition("/") if flag == "--annotation" else key.rpartition("/")
        if not equals or not _WORD.fullmatch(name) or (slash and not is_subdomain(prefix)):
            raise SettingsError(f"{flag}: {text!r} is not KEY=VALUE with a key such as `example.com/team` or `team`")
        if pairs.setdefault(key, value) != value:
            raise SettingsError(f"{flag} {key}: has two values; one is expected")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise SettingsError(f"{flag} {key}: the value is not UTF-8") from None
    return pairs


def render(metadata: Metadata, entries: Mapping[str, Entry]) -> str:
    """The text of the Secrets with `entries`, by their names in `auths`; raise `InputError` if they are too large."""
    config = docker_config(entries)
    if len(config) > _MAX_SECRET:
        raise InputError(f"the Secret would hold {len(config)} bytes; Kubernetes accepts at most {_MAX_SECRET}")
    data = base64.b64encode(config).decode()
    return "---\n".join(_document(metadata, namespace, data) for namespace in metadata.namespaces or ("",))


def _document(metadata: Metadata, namespace: str, data: str) -> str:
    described: dict[str, Any] = {"name": metadata.name, "namespace": namespace}
    described |= {"labels": metadata.labels, "annotations": metadata.annotations}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {key: value for key, value in described.items() if value},
        "type": TYPE,
    }
    # Base64 of JSON needs no quotes: YAML never reads it as a number or another type.
    return "".join(f"{line}\n" for line in (*rendering.block(secret), "data:", f"  {KEY}: {data}"))


def name_in_auths(registry: str) -> str:
    """The name of a registry in `auths`: the historical URL for Docker Hub, any other registry as it is."""
    return _DOCKER_HUB_URL if registry in _DOCKER_HUB else registry


def docker_config(entries: Mapping[str, Entry]) -> bytes:
    """The `.dockerconfigjson` with these entries, sorted by name; raise `InputError` for unusable credentials."""
    return _as_go({"auths": {name: _auth(entries[name]) for name in sorted(entries)}})


def _auth(entry: Entry) -> dict[str, str]:
    username, password = entry.credentials.username, entry.credentials.password
    try:
        auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    except UnicodeEncodeError:
        raise InputError(f"user name and password for `{entry.registry}` are not UTF-8") from None
    if flaw := entry.credentials.flaw:
        raise InputError(f"the Docker config has {flaw} for `{entry.registry}`, which the registry refuses")
    if ":" in username:
        raise InputError(f"the user name for `{entry.registry}` has a colon in it, which `auth` cannot hold")
    return {"username": username, "password": password, "auth": auth}


def _as_go(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()
