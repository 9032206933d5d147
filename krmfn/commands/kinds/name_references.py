"""Where kinds name pull secrets, as a file for kustomize's `configurations:`.

kustomize puts the final name of a Secret, with prefix and hash, into the fields it knows; of kinds that are not
Kubernetes' own it knows none. Its paths have slashes, go through lists by themselves, and have no word for every key of
a mapping.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_HEAD = """\
# Fields with the names of pull secrets, for `configurations:` in a kustomization.yaml.
# Made by `krmfn kinds --format kustomize`. Of Kubernetes' own, what kustomize knows is not in it.
nameReference:
- kind: Secret
  version: v1
  fieldSpecs:
  - {path: secrets/name, version: v1, kind: ServiceAccount}
"""
# kustomize's own list has these groups, but not ReplicationController.
_KNOWN_GROUPS = ("", "apps", "batch", "extensions")


def name_references(rows: Iterable[Mapping[str, Any]]) -> str:
    """The file for rows in the notation of `written`."""
    lines = [
        f"  - {{path: {path}, group: {row['group']}, kind: {row['kind']}}}\n"
        if row["group"]
        else f"  - {{path: {path}, version: v1, kind: {row['kind']}}}\n"
        for row in rows
        if row["group"] not in _KNOWN_GROUPS or row["kind"] == "ReplicationController"
        for path in _paths(row)
    ]
    return _HEAD + "".join(dict.fromkeys(lines))


def _paths(row: Mapping[str, Any]) -> Iterator[str]:
    for path in row.get("podSpecs", ()):
        yield from _with_slashes(f"{path}.imagePullSecrets.name")
    for entry in row.get("pullSecrets", ()):
        path, form = (entry, "names") if isinstance(entry, str) else (entry["path"], entry["form"])
        yield from _with_slashes(f"{path}.name" if form in ("names", "name") else path)


def _with_slashes(path: str) -> Iterator[str]:
    if "*" not in path:
        yield path.replace("[]", "").replace(".", "/")
