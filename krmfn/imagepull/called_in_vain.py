"""Warnings about calls by hosts in which krmfn's changes have no effect, as far as the input shows that.

kustomize's `validators:` are not detected: their input is that of a transformer. kustomize itself rejects any change.
"""

import re
from collections.abc import Iterator
from typing import Any

from krmfn.errors import InputError
from krmfn.krm import documents
from krmfn.krm.documents import Chunk, Envelope, Input
from krmfn.krm.results import Result, Severity
from krmfn.splice import nodes

_FUNCTION = "config.kubernetes.io/function"
"""kustomize takes an object with this annotation for the config of a function, and does not send it as an item."""
_KPTFILE = "Kptfile"

_KRMFN = re.compile(r"(?:^|/)krmfn(?:\.pyz)?(?![\w./-])")
"""Matches krmfn in an image or a command line of a Kptfile."""


def check(given: Input, envelope: Envelope, *, changes: bool) -> Iterator[Result]:
    """The warnings about a call; `changes`: whether krmfn changes anything."""
    if _is_alone(given, envelope):
        yield Result(
            "kustomize sends only the function config, as it does under `generators:` or without resources:"
            " list the config under `transformers:`",
            Severity.WARNING,
        )
    if changes and _roles(given) == {"validators"}:
        yield Result(
            "the Kptfile lists krmfn under `validators`, but kpt discards what validators change:"
            " list it under `mutators`",
            Severity.WARNING,
        )


def _is_alone(given: Input, envelope: Envelope) -> bool:
    """Whether the function config is the only item, which kustomize sends if there are no other objects."""
    config = envelope.plain("functionConfig")
    if len(given.chunks) != 1 or not isinstance(config, dict):
        return False
    item = _plain(given.chunks[0])
    annotations = _at(item, "metadata", "annotations")
    return isinstance(annotations, dict) and _FUNCTION in annotations and _identity(item) == _identity(config)


def _identity(data: Any) -> tuple[Any, ...]:
    return _at(data, "apiVersion"), _at(data, "kind"), _at(data, "metadata", "name")


def _roles(given: Input) -> set[str]:
    """The pipeline lists, `mutators` or `validators`, in which Kptfiles of the input name krmfn."""
    pipelines = [_at(_plain(chunk), "pipeline") for chunk in given.chunks if chunk.kind_at_a_glance() == _KPTFILE]
    return {role for pipeline in pipelines for role in ("mutators", "validators") if _lists_krmfn(_at(pipeline, role))}


def _lists_krmfn(functions: Any) -> bool:
    named = (_at(one, key) for one in (functions if isinstance(functions, list) else ()) for key in ("image", "exec"))
    return any(isinstance(name, str) and _KRMFN.search(name) for name in named)


def _plain(chunk: Chunk) -> Any:
    """The object in a chunk as plain data; None if it cannot be read, which is reported elsewhere."""
    try:
        return nodes.plain(documents.compose(chunk, 0).documents[0].root)
    except InputError:
        return None


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
