"""Secrets to their Docker configs, or to the reason why the kubelet finds none."""

from collections.abc import Mapping
from typing import Any

from krmfn.errors import InputError
from krmfn.imagepull.docker_config.config import DockerConfig, parse

TYPE, KEY = "kubernetes.io/dockerconfigjson", ".dockerconfigjson"
"""The type of a Secret with a Docker config, and its key in `data`."""
LEGACY_TYPE, LEGACY_KEY = "kubernetes.io/dockercfg", ".dockercfg"
"""The same for the format of Docker configs before 2015."""
KEYS = {TYPE: KEY, LEGACY_TYPE: LEGACY_KEY}
"""Both keys, by type."""


def of_secret(secret_type: Any, data: Any, string_data: Any = None) -> DockerConfig:
    """The Docker config of a Secret, from its `type`, `data` and `stringData` as plain data (None: missing).

    Raises:
        InputError: the kubelet finds no credentials in it, or the API server would reject it. The message completes
            "the Secret …" and contains no part of a credential; `path` is the field that it is about.
    """
    values, strings = _mapping(data, "data"), _mapping(string_data, "stringData")
    key = KEYS.get(secret_type) if isinstance(secret_type, str) else None
    if key is None:
        raise _wrong_type(secret_type, {**values, **strings})
    if key in strings:
        text, path = strings[key], "stringData"
        if not isinstance(text, str):
            raise InputError(f"has a value in {path}[{key}] that is not a string", path=path)
    elif key in values:
        text, path = _decoded(values[key], key), "data"
    else:
        other = next((other for other in KEYS.values() if other in {**values, **strings}), None)
        has = f", but has `{other}`" if other else ""
        raise InputError(f"has no key `{key}`, which a Secret of type {secret_type} must have{has}", path="data")
    return _config(text, key, path)


def _config(text: str, key: str, path: str) -> DockerConfig:
    is_legacy = key == LEGACY_KEY
    if not text:
        raise InputError(f"has an empty {path}[{key}]; expected a Docker config", path=path)
    try:
        config = parse(text, legacy=is_legacy)
    except InputError as error:
        raise InputError(f"has no Docker config in {path}[{key}]: {error}", path=path) from None
    if config.registries:
        return config
    if not config.entries:
        where = "in it" if is_legacy else "in `auths`"
        raise InputError(f"has a Docker config in {path}[{key}] with no registry {where}", path=path)
    names = ", ".join(f"`{registry}`" for registry in config.without_credentials)
    token = any(entry.credentials.has_token for entry in config.entries)
    hint = "; the kubelet does not read tokens" if token else ""
    raise InputError(
        f"has a Docker config in {path}[{key}] without user name and password for {names}{hint}: "
        "expected `auth`, or `username` and `password`",
        path=path,
    )


def _decoded(value: Any, key: str) -> str:
    import base64

    try:
        # Like Go, which ignores line ends but rejects blanks.
        digits = value.replace("\r", "").replace("\n", "")
        return base64.b64decode(digits, validate=True).decode(errors="replace")
    except (AttributeError, ValueError):
        raise InputError(f"has a value in data[{key}] that is not base64", path="data") from None


def _wrong_type(secret_type: Any, values: Mapping[str, Any]) -> InputError:
    is_text = isinstance(secret_type, str)
    what = (
        f"is of type {secret_type or 'Opaque'}" if is_text or secret_type is None else "has a type that is not a string"
    )
    wanted = next((name for name, key in KEYS.items() if key in values), None)
    expected = f"{wanted} for its key `{KEYS[wanted]}`" if wanted else f"{TYPE} or {LEGACY_TYPE}"
    return InputError(f"{what}; the kubelet ignores it unless its type is {expected}", path="type")


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"has a value in {path} that is not a mapping", path=path)
    return value
