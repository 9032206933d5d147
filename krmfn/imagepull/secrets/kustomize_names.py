"""Names of Secrets in kustomize: how it renames them, and which references to pull secrets it updates by itself.

Source: `api/hasher` and `builtinpluginconsts/namereference.go` of kustomize.
"""

import re
from collections.abc import Iterator

UPDATED = frozenset(
    {
        ("Pod", "spec/imagePullSecrets/name"),
        ("PodTemplate", "template/spec/imagePullSecrets/name"),
        ("ServiceAccount", "imagePullSecrets/name"),
        ("CronJob", "spec/jobTemplate/spec/template/spec/imagePullSecrets/name"),
        *(
            (kind, "spec/template/spec/imagePullSecrets/name")
            for kind in ("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")
        ),
    }
)
"""Kinds, of any group, with the paths at which kustomize updates the names of Secrets by itself."""

_INDEX = re.compile(r"\[\d*\]")
_HASH = r"-[2456789bcdfghkmt]{10}"
_HASHED = re.compile(f".*{_HASH}", re.DOTALL)


def path_of(field: str, *, has_names: bool) -> str | None:
    """A field path to kustomize's notation, with slashes and without indexes; None if kustomize cannot express it.

    `has_names`: whether the field holds mappings with a `name`.
    """
    if "*" in field:
        return None
    return _INDEX.sub("", f"{field}.name" if has_names else field).replace(".", "/")


def is_renamed(name: str, before: str) -> bool:
    """Whether kustomize may have made `name` from `before`: with a prefix that ends in `-`, a hash, or both."""
    return name != before and bool(re.fullmatch(rf"(?:.+-)?{re.escape(before)}(?:{_HASH})?", name))


def is_hashed(name: str) -> bool:
    """Whether a name seems to end with a hash, which is not final before the end of a build."""
    return bool(_HASHED.fullmatch(name))


def has_hash(name: str, before: str) -> bool:
    """Whether `name` is `before` with a hash of kustomize, and perhaps a prefix."""
    return bool(re.fullmatch(rf"(?:.+-)?{re.escape(before)}{_HASH}", name))


def before_hash(name: str) -> Iterator[str]:
    """Every `before` for which `has_hash(name, before)` may be true; none if the name has no hash."""
    if match := re.fullmatch(rf"(.+){_HASH}", name):
        before = match[1]
        yield before
        yield from (before[dash.end() :] for dash in re.finditer(r"(?<=.)-(?=.)", before))
