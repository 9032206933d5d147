"""Secrets whose values another tool decrypts or fills in: SOPS, templates, Argo CD's vault plugin."""

from collections.abc import Iterator

from krmfn.imagepull.docker_config import KEYS
from krmfn.imagepull.docker_config.config import PLACEHOLDER
from krmfn.imagepull.images.reference import is_templated
from krmfn.imagepull.kinds.secret_sources import FILLS_IN_PLACEHOLDERS
from krmfn.krm.resources import Resource
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, ScalarNode

_WITH_PATH = "<path:"
"""A placeholder of Argo CD's vault plugin that needs no annotation."""


def has_open_values(secret: MappingNode) -> bool:
    """Whether another tool decrypts or fills in the values of a Secret, or its type."""
    given = nodes.last(secret, "type")
    return (
        nodes.last(secret, "sops") is not None
        or (isinstance(given, ScalarNode) and is_open(given.value))
        or any(is_templated(value) for _, _, value in _values(secret))
    )


def is_open(value: str) -> bool:
    """Whether a value is encrypted by SOPS, or filled in later."""
    return value.startswith("ENC[") or is_templated(value)


def placeholder(resource: Resource) -> tuple[str, str] | None:
    """The words for a `<placeholder>` in a Docker config of a Secret, and its field; None if there is none.

    Only Argo CD's vault plugin replaces placeholders in base64.
    """
    for field, key, value in _values(resource.node):
        text = value
        if key not in KEYS.values():
            continue
        if field == "data" and not PLACEHOLDER.search(value):
            text = _decoded(value)
            is_replaced = _WITH_PATH in text or FILLS_IN_PLACEHOLDERS in resource.annotations
            text = text if is_replaced else ""
        if PLACEHOLDER.search(text):
            return f"a placeholder, `<…>`, in {field}[{key}]", field
    return None


def _decoded(value: str) -> str:
    import base64

    try:
        return base64.b64decode(value).decode(errors="replace")
    except ValueError:
        return ""


def _values(secret: MappingNode) -> Iterator[tuple[str, str, str]]:
    """Field, key and value of what a Secret holds."""
    for field in ("data", "stringData"):
        mapping = nodes.last(secret, field)
        for key, value in nodes.all_entries(mapping) if isinstance(mapping, MappingNode) else ():
            if isinstance(value, ScalarNode):
                yield field, key, value.value
