"""Print the first difference in the data of two YAML files: `same.py EXPECTED ACTUAL [pulls]`; exit code 1 if any.

A ResourceList or a List counts as its items. Annotations of functions and hosts about files are not compared; with
`pulls` only policies and pull secrets are.
"""

import gc
import sys
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import yaml

# Annotations in which kyaml, kustomize and kpt store where a resource comes from.
NOTES = ("internal.config.kubernetes.io/", "config.kubernetes.io/", "config.k8s.io/", "kustomize.config.k8s.io/")
PULLS = ("imagePullPolicy", "imagePullSecrets")


def items(path: str) -> Iterator[Any]:
    """The resources of a file, in order."""
    with open(path, "rb") as stream:
        for document in yaml.load_all(stream, Loader=yaml.CSafeLoader):
            if isinstance(document, dict) and document.get("kind") in ("ResourceList", "List"):
                yield from map(without_notes, document["items"])
            elif document is not None:
                yield without_notes(document)


def without_notes(item: Any) -> Any:
    """An object without annotations about its origin."""
    metadata = item["metadata"]
    annotations = metadata.pop("annotations", {})
    if kept := {key: value for key, value in annotations.items() if not key.startswith(NOTES)}:
        metadata["annotations"] = kept
    return item


def difference(expected: Any, actual: Any, path: str) -> str | None:
    """The first difference of two values, or None."""
    if type(expected) is not type(actual):
        return f"{path}: {actual!r:.200} instead of {expected!r:.200}"
    if isinstance(expected, dict):
        for key in {**expected, **actual}:
            if key not in actual:
                return f"{path}: no {key}"
            if key not in expected:
                return f"{path}: {key} should not be there"
            if found := difference(expected[key], actual[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return f"{path}: {len(actual)} instead of {len(expected)}"
        pairs = enumerate(zip(expected, actual, strict=True))
        return next((found for index, pair in pairs if (found := difference(*pair, f"{path}[{index}]"))), None)
    return None if expected == actual else f"{path}: {actual!r:.200} instead of {expected!r:.200}"


def pulls(value: Any) -> Any:
    """A value reduced to policies, pull secrets and the mappings around them."""
    if isinstance(value, dict):
        kept = {key: entry if key in PULLS else pulls(entry) for key, entry in value.items()}
        return {key: entry for key, entry in kept.items() if key in PULLS or entry}
    if isinstance(value, list):
        return {index: kept for index, entry in enumerate(value) if (kept := pulls(entry))}
    return None


def compare(expected: str, actual: str, only: str = "") -> str | None:
    """The first difference of two files, or None."""
    missing = object()
    kept = pulls if only == "pulls" else lambda value: value
    for index, (one, other) in enumerate(zip_longest(items(expected), items(actual), fillvalue=missing)):
        if missing in (one, other):
            return f"{index} resources, and there is more in {'what is expected' if other is missing else 'it'}"
        if one != other and (found := difference(kept(one), kept(other), f"resource {index}")):
            return found
    return None


if __name__ == "__main__":
    gc.disable()
    sys.exit(compare(*sys.argv[1:]))
