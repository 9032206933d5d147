"""What patches and replacements of a kustomization do to images."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from krmfn.files.builds.steps import Patched, Target
from krmfn.imagepull.builds import UNKNOWN

_LISTS = ("containers", "initContainers")
_IN_LIST = re.compile(r"(?:.*\.)?(?:containers|initContainers)\.\[name=(?P<name>[^\]]+)\]\.image")
_PULL_FIELD = re.compile(r"(?i)image_?pull|pull_?(?:policy|secret)")
_POINTER = re.compile(r"(.*/(?:containers|initContainers)/\d+)/image")
_SECRETS = "imagePullSecrets"


def patched(source: str, patch: Any, target: Any) -> Iterator[Patched]:
    """The steps of one patch as plain data: a list is a JSON patch, a mapping a strategic merge patch."""
    if isinstance(patch, list):
        operations = [one for one in patch if isinstance(one, dict)]
        yield _json_patched(source, operations, _selected(target))
    elif isinstance(patch, dict):
        yield _merged(source, patch, _selected(target) if isinstance(target, dict) else _own_target(patch))


def replaced(source: str, replacement: Any) -> Iterator[Patched]:
    """The steps of one entry of `replacements`: for those of its targets that are images."""
    targets = replacement.get("targets") if isinstance(replacement, dict) else None
    for target in targets if isinstance(targets, list) else ():
        fields = target.get("fieldPaths") if isinstance(target, dict) else None
        written = [str(field) for field in (fields if isinstance(fields, list) else ()) if _is_image(str(field))]
        if written:
            named = [_IN_LIST.fullmatch(field) for field in written]
            containers = tuple((match["name"], UNKNOWN) for match in named if match)
            yield Patched(source, _selected(target.get("select")), containers, is_open=None in named)


def _selected(target: Any) -> Target:
    """What a selector says of kind and name. What it says of labels narrows it further, which is not looked at."""
    if not isinstance(target, dict):
        return Target()
    return Target(str(target.get("kind") or ""), str(target.get("name") or ""))


def _own_target(patch: dict[str, Any]) -> Target:
    metadata = patch.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return Target(str(patch.get("kind") or ""), str(name or ""), is_exact=True)


def _merged(source: str, patch: dict[str, Any], target: Target) -> Patched:
    containers = dict(_containers(patch))
    return Patched(
        source,
        target,
        tuple(containers.items()),
        is_open=_has_other_images(patch),
        overwrites_secrets=_any_secrets(patch, _is_removal),
        merges_secrets=_any_secrets(patch, lambda _: True),
    )


def _containers(data: Any) -> Iterator[tuple[str, str]]:
    """The images of containers, by name, in lists of them at any depth."""
    if isinstance(data, list):
        for item in data:
            yield from _containers(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            for item in value if key in _LISTS and isinstance(value, list) else ():
                if isinstance(item, dict) and item.get("name") and item.get("image"):
                    yield str(item["name"]), str(item["image"])
            yield from _containers(value)


def _has_other_images(data: Any) -> bool:
    """Whether there is an image that is not that of a named container."""
    if isinstance(data, list):
        return any(map(_has_other_images, data))
    if not isinstance(data, dict):
        return False
    for key, value in data.items():
        if key in _LISTS and isinstance(value, list):
            items = [item for item in value if isinstance(item, dict)]
            if any("image" in item and not item.get("name") for item in items):
                return True
            if any(_has_other_images({k: v for k, v in item.items() if k != "image"}) for item in items):
                return True
        elif (isinstance(value, str) and _is_image(str(key))) or _has_other_images(value):
            return True
    return False


def _is_image(field: str) -> bool:
    last = re.split(r"[./]", field)[-1]
    return "image" in last.lower() and not _PULL_FIELD.search(last)


def _any_secrets(data: Any, is_meant: Callable[[Any], bool]) -> bool:
    """Whether a field of pull secrets, at any depth of a merge patch, has a value that is meant."""
    if isinstance(data, list):
        return any(_any_secrets(item, is_meant) for item in data)
    if not isinstance(data, dict):
        return False
    if _SECRETS in data and is_meant(data[_SECRETS]):
        return True
    return any(_any_secrets(value, is_meant) for value in data.values())


def _is_removal(secrets: Any) -> bool:
    """Whether a value removes or replaces the list of pull secrets, which kustomize merges by name otherwise."""
    entries = secrets if isinstance(secrets, list) else []
    return not entries or any(isinstance(entry, dict) and "$patch" in entry for entry in entries)


def _json_patched(source: str, operations: list[dict[str, Any]], target: Target) -> Patched:
    writes = [one for one in operations if one.get("op") in ("add", "replace", "copy", "move")]
    added = [one for one in writes if one.get("op") == "add" and re.search(r"/\w*ontainers/(?:-|\d+)$", _path(one))]
    containers = dict(pair for one in added for pair in _containers({"containers": [one.get("value")]}))
    others = [one for one in writes if one not in added]
    pointers = {match[1]: str(one.get("value")) for one in others if (match := _POINTER.fullmatch(_path(one)))}
    open_ones = [one for one in others if not _POINTER.fullmatch(_path(one)) or one.get("op") in ("copy", "move")]
    return Patched(
        source,
        target,
        tuple(containers.items()),
        tuple(pointers.items()),
        is_open=any(_is_image(_path(one)) or _has_images(one.get("value")) for one in open_ones),
        overwrites_secrets=any(map(_writes_secrets, operations)),
    )


def _path(operation: dict[str, Any]) -> str:
    return str(operation.get("path") or "")


def _has_images(value: Any) -> bool:
    return bool(dict(_containers(value))) or _has_other_images(value)


def _writes_secrets(operation: dict[str, Any]) -> bool:
    """Whether an operation sets, removes or tests pull secrets other than by adding one at the end."""
    _, found, behind = _path(operation).partition(f"/{_SECRETS}")
    return bool(found) and not (operation.get("op") == "add" and behind == "/-")
