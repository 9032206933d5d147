"""The Docker config in a Secret, or what keeps the kubelet from finding one there."""

from collections.abc import Mapping
from typing import Any

from krmfn.errors import InputError
from krmfn.imagepull.docker_config.config import DockerConfig, parse

TYPE, KEY = "kubernetes.io/dockerconfigjson", ".dockerconfigjson"
"""The type of a Secret with a Docker config, and its key in `data`."""
LEGACY_TYPE, LEGACY_KEY = "kubernetes.io/dockercfg", ".dockercfg"
"""The same for a Docker config as it was before 2015."""
KEYS = {TYPE: KEY, LEGACY_TYPE: LEGACY_KEY}
"""Both keys by their types."""


def of_secret(secret_type: Any, data: Any, string_data: Any = None) -> DockerConfig:
    """The Docker config of a Secret, given its `type`, `data` and `stringData` as plain data; None for what is missing.

    Raises:
        InputError: the kubelet finds no credentials in it, or the API server would refuse it. The message completes
            "the Secret …", with `path` the field it is about, and holds no part of a credential.
    """
    values, strings = _mapping(data, "data"), _mapping(string_data, "stringData")
    key = KEYS.get(secret_type) if isinstance(secret_type, str) else None
    if key is None:
        raise _wrong_type(secret_type, {**values, **strings})
    if key in strings:
        text, path = strings[key], "stringData"
        if not isinstance(text, str):
            raise InputError(f"has something in {path}[{key}] that is no string", path=path)
    elif key in values:
        text, path = _decoded(values[key], key), "data"
    else:
        other = next((other for other in KEYS.values() if other in {**values, **strings}), None)
        has = f", and has `{other}`" if other else ""
        raise InputError(f"has no key `{key}`, where its type, {secret_type}, wants a Docker config{has}", path="data")
    return _config(text, key, path)


def _config(text: str, key: str, path: str) -> DockerConfig:
    is_legacy = key == LEGACY_KEY
    if not text:
        raise InputError(f"has an empty {path}[{key}]; a Docker config is expected", path=path)
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
    hint = "; tokens are not read" if token else ""
    raise InputError(
        f"has a Docker config in {path}[{key}] without user name and password for {names}{hint}: "
        "`auth`, or `username` and `password`, are expected",
        path=path,
    )


def _decoded(value: Any, key: str) -> str:
    import base64

    try:
        # As Go: blanks are errors, line ends are not.
        digits = value.replace("\r", "").replace("\n", "")
        return base64.b64decode(digits, validate=True).decode(errors="replace")
    except (AttributeError, ValueError):
        raise InputError(f"has something in data[{key}] that is not base64", path="data") from None


def _wrong_type(secret_type: Any, values: Mapping[str, Any]) -> InputError:
    is_text = isinstance(secret_type, str)
    what = f"is of type {secret_type or 'Opaque'}" if is_text or secret_type is None else "has a type that is no string"
    wanted = next((name for name, key in KEYS.items() if key in values), None)
    expected = f"{wanted} for its key `{KEYS[wanted]}`" if wanted else f"{TYPE} or {LEGACY_TYPE}"
    return InputError(f"{what}; the kubelet ignores it unless its type is {expected}", path="type")


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"has something in {path} that is no mapping", path=path)
    return value
