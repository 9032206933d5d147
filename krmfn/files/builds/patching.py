"""Read the patches and replacements of a kustomization as steps that may change images."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from krmfn.files.builds.steps import Patched, Target
from krmfn.imagepull.builds import UNKNOWN

_LISTS = ("containers", "initContainers")
_IN_LIST = re.compile(r"(?:.*\.)?(?:containers|initContainers)\.\[name=(?P<name>[^\]]+)\]\.image")
_PULL_FIELD = re.compile(r"(?i)image_?pull|pull_?(?:policy|secret)")
_POINTER = re.compile(r"(.*/(?:containers|initContainers)/\d+)/image")
_ITEM = re.compile(r"/(?:containers|initContainers)/(?:-|\d+)$")
_LIST = re.compile(r"/(?:containers|initContainers)(?:/\d+)?$")
_NAME = re.compile(r"^/(?:kind|metadata/name)$|/(?:containers|initContainers)/\d+/name$")
_SECRETS = "imagePullSecrets"


def patched(source: str, patch: Any, target: Any, options: Any = None) -> Iterator[Patched]:
    """The steps of one patch, which is plain data: a list is a JSON patch, a mapping a strategic merge patch."""
    allowed = options if isinstance(options, dict) else {}
    renames = any(str(allowed.get(key)).lower() == "true" for key in ("allowNameChange", "allowKindChange"))
    if isinstance(patch, list):
        operations = [one for one in patch if isinstance(one, dict)]
        found = _json_patched(source, operations, _selected(target))
    elif isinstance(patch, dict):
        found = _merged(source, patch, _selected(target) if isinstance(target, dict) else _own_target(patch))
    else:
        return
    yield found._replace(renames=found.renames or renames)


def replaced(source: str, replacement: Any) -> Iterator[Patched]:
    """The steps of one entry of `replacements`, for its targets that are images, names or pull secrets."""
    targets = replacement.get("targets") if isinstance(replacement, dict) else None
    for target in targets if isinstance(targets, list) else ():
        paths = target.get("fieldPaths") if isinstance(target, dict) else None
        fields = [str(field) for field in (paths if isinstance(paths, list) else ())]
        named = [_IN_LIST.fullmatch(field) for field in fields if _is_image(field)]
        step = Patched(
            source,
            _selected(target.get("select") if isinstance(target, dict) else None),
            tuple((match["name"], UNKNOWN) for match in named if match),
            is_open=None in named,
            renames=any(field in ("metadata.name", "kind") or field.endswith(".name") for field in fields),
            overwrites_secrets=any(_SECRETS in field for field in fields),
        )
        if step != Patched(source, step.target):
            yield step


def _selected(target: Any) -> Target:
    """The target of a selector by kind and name; all other keys of the selector only narrow it."""
    if not isinstance(target, dict):
        return Target()
    others = {key for key, value in target.items() if value} - {"kind", "name"}
    return Target(str(target.get("kind") or ""), str(target.get("name") or ""), is_narrowed=bool(others))


def _own_target(patch: dict[str, Any]) -> Target:
    metadata = patch.get("metadata")
    own = metadata if isinstance(metadata, dict) else {}
    is_narrowed = bool(own.get("namespace"))
    return Target(str(patch.get("kind") or ""), str(own.get("name") or ""), is_exact=True, is_narrowed=is_narrowed)


def _merged(source: str, patch: dict[str, Any], target: Target) -> Patched:
    if patch.get("$patch") == "delete":
        return Patched(source, target)  # a deleted object runs no image
    return Patched(
        source,
        target,
        tuple(dict(_containers(patch)).items()),
        is_open=_has_other_images(patch),
        reorders=_any_field(patch, _LISTS, lambda _: True),
        overwrites_secrets=_any_field(patch, (_SECRETS,), _is_removal) or _any_field(patch, ("$patch",), _is_replacing),
        merges_secrets=_any_field(patch, (_SECRETS,), lambda _: True),
        rewrites=tuple(_removed(patch)),
    )


def _removed(patch: dict[str, Any], at: str = "") -> Iterator[str]:
    """The paths of the fields that a merge patch removes by null; lists are not searched."""
    for key, value in patch.items():
        if value is None:
            yield f"{at}/{key}"
        elif isinstance(value, dict):
            yield from _removed(value, f"{at}/{key}")


def _is_replacing(directive: Any) -> bool:
    return directive in ("replace", "delete")


def _containers(data: Any) -> Iterator[tuple[str, str]]:
    """The names and images of containers, in lists of containers at any depth."""
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
    """Whether there is an image that does not belong to a named container."""
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


def _any_field(data: Any, keys: tuple[str, ...], is_meant: Callable[[Any], bool]) -> bool:
    """Whether a field with one of the keys has such a value, at any depth of a merge patch outside container lists."""
    if isinstance(data, list):
        return any(_any_field(item, keys, is_meant) for item in data)
    if not isinstance(data, dict):
        return False
    if any(key in data and is_meant(data[key]) for key in keys):
        return True
    return any(_any_field(value, keys, is_meant) for key, value in data.items() if key not in _LISTS)


def _is_removal(secrets: Any) -> bool:
    """Whether a value removes or replaces the list of pull secrets, which kustomize otherwise merges by name."""
    entries = secrets if isinstance(secrets, list) else []
    return not entries or any(isinstance(entry, dict) and "$patch" in entry for entry in entries)


def _json_patched(source: str, operations: list[dict[str, Any]], target: Target) -> Patched:
    writes = [one for one in operations if one.get("op") in ("add", "replace", "copy", "move")]
    added = [one for one in writes if one.get("op") == "add" and _ITEM.search(_path(one))]
    others = [one for one in writes if one not in added]
    pointers = {match[1]: str(one.get("value")) for one in others if (match := _POINTER.fullmatch(_path(one)))}
    open_ones = [one for one in others if not _POINTER.fullmatch(_path(one))]
    # A copied container also has the pull policy that krmfn wrote for the old image.
    copies = any(one.get("op") in ("copy", "move") for one in writes)
    return Patched(
        source,
        target,
        tuple(dict(pair for one in added for pair in _containers({"containers": [one.get("value")]})).items()),
        tuple(pointers.items()),
        is_open=copies or any(_is_image(_path(one)) or _has_images(one.get("value")) for one in open_ones),
        reorders=any(_LIST.search(_path(one)) for one in operations if not _path(one).endswith("/-")),
        renames=any(_NAME.search(_path(one)) for one in operations),
        overwrites_secrets=any(map(_writes_secrets, operations)),
        rewrites=tuple(_path(one) for one in operations if not _inserts(one)),
    )


def _inserts(operation: dict[str, Any]) -> bool:
    """Whether an operation puts an item into a list."""
    return operation.get("op") == "add" and _path(operation).rpartition("/")[2].isdecimal()


def _path(operation: dict[str, Any]) -> str:
    return str(operation.get("path") or "")


def _has_images(value: Any) -> bool:
    return bool(dict(_containers(value))) or _has_other_images(value)


def _writes_secrets(operation: dict[str, Any]) -> bool:
    """Whether an operation sets, removes or tests pull secrets, unless it adds one at the end of the list."""
    _, found, behind = _path(operation).partition(f"/{_SECRETS}")
    return bool(found) and not (operation.get("op") == "add" and behind == "/-")
