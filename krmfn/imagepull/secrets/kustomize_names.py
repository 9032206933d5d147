"""Names of Secrets in kustomize: how it renames them, and the references to pull secrets that it updates by itself.

Both as in its source, `api/hasher` and `builtinpluginconsts/namereference.go`.
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
"""The kinds, whatever their group, with the paths at which kustomize updates the names of Secrets by itself."""

_INDEX = re.compile(r"\[\d*\]")
_HASH = r"-[2456789bcdfghkmt]{10}"
_HASHED = re.compile(f".*{_HASH}", re.DOTALL)


def path_of(field: str, *, has_names: bool) -> str | None:
    """A field path as kustomize writes it, with slashes and through lists; None when that cannot be written.

    `has_names`: whether the field holds mappings with a `name` each.
    """
    if "*" in field:
        return None
    return _INDEX.sub("", f"{field}.name" if has_names else field).replace(".", "/")


def is_renamed(name: str, before: str) -> bool:
    """Whether a name looks like another one after kustomize: with a prefix that ends in `-`, a hash, or both."""
    return name != before and bool(re.fullmatch(rf"(?:.+-)?{re.escape(before)}(?:{_HASH})?", name))


def is_hashed(name: str) -> bool:
    """Whether a name looks like one with a hash, which is not final before the end of a build."""
    return bool(_HASHED.fullmatch(name))


def has_hash(name: str, before: str) -> bool:
    """Whether a name is another one with the hash that kustomize appends, and perhaps a prefix before it."""
    return bool(re.fullmatch(rf"(?:.+-)?{re.escape(before)}{_HASH}", name))


def before_hash(name: str) -> Iterator[str]:
    """All names that one with a hash may have had, as `has_hash` tells; none for one without."""
    if match := re.fullmatch(rf"(.+){_HASH}", name):
        before = match[1]
        yield before
        yield from (before[dash.end() :] for dash in re.finditer(r"(?<=.)-(?=.)", before))
