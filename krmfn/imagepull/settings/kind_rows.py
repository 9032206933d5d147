"""Rows of the user for kinds that krmfn does not know, or should treat in another way.

Rows stay plain mappings, in the notation of `krmfn.imagepull.kinds.written`: classes for them would cost every run
start-up time, and few runs have rows.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from krmfn.imagepull.kinds import SecretForm
from krmfn.imagepull.kinds.rows import IMAGE_PARTS
from krmfn.krm.config.schema import BOOLEAN, SOME_TEXT, Key, after, before, list_of, mapping_of, matching, one_of
from krmfn.splice import paths


def _path(value: str) -> str:
    paths.parse(value)
    if not value or value.startswith("*"):
        raise ValueError(f"{value!r} is not a path such as `spec.template.spec`: it must begin with a key")
    return value


def _with_path(value: object) -> object:
    """A path alone to an entry with that path and defaults."""
    return {"path": value} if isinstance(value, str) else value


def _secrets_path(value: str) -> str:
    if not paths.SIMPLE_KEY.fullmatch(_path(value).rpartition(".")[2]):
        raise ValueError(f"{value!r} must end with the key of a field, such as `spec.imagePullSecrets`")
    return value


def _simple_key(value: str) -> str:
    if not paths.SIMPLE_KEY.fullmatch(value):
        raise ValueError(f"{value!r} is not the key of a field, such as `image`")
    return value


def _group(value: str) -> str:
    if "/" in value:
        raise ValueError(f"{value!r} is not a group: leave out the version, such as `apps` for `apps/v1`")
    return value


_PATH = matching(_path, paths.FROM_KEY)
_PATHS = list_of(_PATH)
_SECRETS_PATH = matching(_secrets_path, paths.KEY_TO_KEY)
_GROUP = matching(_group, "[^/]*")
_KEY = matching(_simple_key, paths.SIMPLE_KEY.pattern)
_POLICY_KEY = matching(lambda value: value and _simple_key(value), f"(?:{paths.SIMPLE_KEY.pattern})?")
_PATH_KEY = Key(
    _PATH,
    "Its path. An entry may also be just this path.",
    example="spec.sidecars[]",
)

IMAGE_ENTRY = {
    "path": _PATH_KEY,
    "image": Key(_KEY, "The key that holds the image, or the image's name.", "image"),
    "also": Key(
        list_of(one_of(IMAGE_PARTS)),
        f"The keys that hold other parts of the image: {', '.join(f'`{part}`' for part in IMAGE_PARTS)}.",
        (),
        ["tag"],
    ),
    "policy": Key(_POLICY_KEY, "The key that holds the pull policy; `''` if there is none.", "imagePullPolicy"),
}
"""A mapping with an image and its policy."""

SECRETS_ENTRY = {
    "path": _PATH_KEY._replace(schema=_SECRETS_PATH, example="spec.podTemplate.imagePullSecrets"),
    "form": Key(
        one_of([form.value for form in SecretForm]),
        "`names` (a list of `{name: …}`), `strings` (a list of names), `string` (one name), `name` (one `{name: …}`).",
        SecretForm.NAMES.value,
    ),
}
"""A field with pull secrets."""

CREATE_ENTRY = {
    "path": _PATH_KEY._replace(schema=_SECRETS_PATH, example="spec.podTemplate"),
    "lists": Key(
        list_of(_KEY),
        "Keys of the mapping that must hold a list: krmfn writes an empty list for each.",
        (),
        ["containers"],
    ),
}
"""A mapping that is created."""


def _entries(keys: dict[str, Key]) -> Any:
    return list_of(before(_with_path, mapping_of(keys), keys["path"].schema))


KIND_ROW = {
    "group": Key(_GROUP, "The group of the kind, without version; `''` is the core group.", example="example.com"),
    "kind": Key(SOME_TEXT, "The kind.", example="Shop"),
    "podSpecs": Key(
        _PATHS,
        "Paths of whole pod specs, such as `spec.template.spec` or `spec.roles.*.podSpec`.",
        (),
        ["spec.template.spec"],
    ),
    "containers": Key(
        _entries(IMAGE_ENTRY),
        "Fields that become a container or an image volume of a pod, such as `spec.sidecars[]`.",
        (),
    ),
    "images": Key(
        _entries(IMAGE_ENTRY),
        "Images for which the controller has its own default policy: krmfn writes only policies that `pullPolicy` "
        "names.",
        (),
        ["spec.server"],
    ),
    "pullSecrets": Key(_entries(SECRETS_ENTRY), "Fields with pull secrets outside of `podSpecs`.", ()),
    "create": Key(
        _entries(CREATE_ENTRY),
        "Mappings around a field with pull secrets that krmfn creates if they are absent. List every mapping to "
        "create, the outer ones too.",
        (),
        ["spec.podTemplate"],
    ),
    "objects": Key(_PATHS, "Paths of whole objects inside this one.", (), ["spec.resources[]"]),
    "immutable": Key(
        BOOLEAN,
        "Whether objects of the kind are immutable once they are applied, as Jobs and Pods are.",
        default=False,
    ),
    "ignore": Key(
        BOOLEAN,
        "Whether to leave the kind alone, whatever it holds. Not allowed together with other keys.",
        default=False,
    ),
    "forbid": Key(
        _PATHS,
        "Paths at and below which krmfn writes nothing. A row with only this key keeps what krmfn knows of the kind.",
        (),
        ["spec.backup"],
    ),
}
"""The keys of a row of `kinds`."""


_SAYING = [key for key in KIND_ROW if key not in ("group", "kind", "create", "immutable")]


def says_nothing(row: Mapping[str, Any]) -> bool:
    """Whether a row neither says where images run nor ignores the kind."""
    return not any(row.get(key) for key in KIND_ROW if key not in ("group", "kind", "create", "immutable", "forbid"))


def _sensible(row: dict[str, Any]) -> dict[str, Any]:
    if says_nothing(row) and (row["create"] or row["immutable"] or not row["forbid"]):
        raise ValueError(f"says nothing about {row['kind']}; give at least one of {', '.join(_SAYING)}")
    if row["ignore"] and (row["forbid"] or not says_nothing({**row, "ignore": False})):
        raise ValueError("`ignore: true` leaves the whole kind alone; remove it, or the other keys")
    entries = (*row["containers"], *row["images"], *row["pullSecrets"])
    for path in (*row["podSpecs"], *(entry["path"] for entry in entries)):
        if any(f"{path}.".startswith(f"{inner}.") for inner in row["objects"]):
            raise ValueError(f"{path} is inside a path of `objects`, whose objects have a kind of their own")
    paths_of_secrets = [entry["path"] for entry in row["pullSecrets"]]
    for path in paths_of_secrets:
        if paths_of_secrets.count(path) > 1:
            raise ValueError(f"`pullSecrets` has {path} twice; remove one")
        if path.removesuffix(".imagePullSecrets") in row["podSpecs"]:
            raise ValueError(f"`pullSecrets` has {path}, which is part of the pod spec")
    _check_created(row)
    return row


def _check_created(row: Mapping[str, Any]) -> None:
    """Raise `ValueError` unless each mapping of `create` gets exactly one field with pull secrets."""
    created = [entry["path"] for entry in row["create"]]
    fields = {f"{path}.imagePullSecrets" for path in row["podSpecs"]} | {entry["path"] for entry in row["pullSecrets"]}
    # A field counts for its parent and, as long as these are created too, for the parents above.
    counted: Counter[str] = Counter()
    for field in fields:
        holder = field.rpartition(".")[0]
        while holder in created:
            counted[holder] += 1
            holder = holder.rpartition(".")[0]
    for path in created:
        if created.count(path) > 1:
            raise ValueError(f"`create` has {path} twice; remove one")
        if not counted[path]:
            raise ValueError(
                f"`create` has {path}, but no field with pull secrets is in it: `podSpecs` or `pullSecrets` must name "
                "one that is in it, or in a mapping below it that `create` also has"
            )
        if counted[path] > 1:
            raise ValueError(
                f"`create` has {path}, and {counted[path]} fields with pull secrets are in it; expected one"
            )


def _one_each(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        name = row["group"], row["kind"]
        if name in seen:
            raise ValueError(f"two rows for {row['kind']} of {row['group'] or 'the core group'}; remove one")
        seen.add(name)
    return rows


_ROW = after(_sensible, mapping_of(KIND_ROW))
ROWS = after(_one_each, list_of(_ROW))
