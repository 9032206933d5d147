"""Rows of the user for kinds that krmfn does not know, or should treat in another way.

They stay the mappings they are, in the notation of `krmfn.imagepull.kinds.written`: classes for them would cost every
run start-up time, and hardly any run has rows.
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
        raise ValueError(f"{value!r} is no path such as `spec.template.spec`: it begins with a key of the object")
    return value


def _with_path(value: object) -> object:
    """A path alone stands for an entry with nothing else said."""
    return {"path": value} if isinstance(value, str) else value


def _secrets_path(value: str) -> str:
    if not paths.SIMPLE_KEY.fullmatch(_path(value).rpartition(".")[2]):
        raise ValueError(f"{value!r} must end with the key of a field, such as `spec.imagePullSecrets`")
    return value


def _simple_key(value: str) -> str:
    if not paths.SIMPLE_KEY.fullmatch(value):
        raise ValueError(f"{value!r} is no key of a field, such as `image`")
    return value


def _group(value: str) -> str:
    if "/" in value:
        raise ValueError(f"{value!r} is no group: it has no version, such as `apps` of `apps/v1`")
    return value


_PATH = matching(_path, paths.FROM_KEY)
_PATHS = list_of(_PATH)
_SECRETS_PATH = matching(_secrets_path, paths.KEY_TO_KEY)
_GROUP = matching(_group, "[^/]*")
_KEY = matching(_simple_key, paths.SIMPLE_KEY.pattern)
_POLICY_KEY = matching(lambda value: value and _simple_key(value), f"(?:{paths.SIMPLE_KEY.pattern})?")
_PATH_KEY = Key(
    _PATH,
    "Its path. Instead of a mapping with this key, the path alone may stand here.",
    example="spec.sidecars[]",
)

IMAGE_ENTRY = {
    "path": _PATH_KEY,
    "image": Key(_KEY, "Its key with the image, or the image's name.", "image"),
    "also": Key(
        list_of(one_of(IMAGE_PARTS)),
        f"Its keys with more of the image: {', '.join(f'`{part}`' for part in IMAGE_PARTS)}.",
        (),
        ["tag"],
    ),
    "policy": Key(_POLICY_KEY, "Its key with the pull policy; `''` when it has none.", "imagePullPolicy"),
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
        "Its keys that must hold a list: an empty one is written for each.",
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
        "Images that a controller reads, with defaults of its own: they get only a policy that `pullPolicy` names.",
        (),
        ["spec.server"],
    ),
    "pullSecrets": Key(_entries(SECRETS_ENTRY), "Fields with pull secrets outside of `podSpecs`.", ()),
    "create": Key(
        _entries(CREATE_ENTRY),
        "Mappings around a field with pull secrets that are created when they are absent. All those to be created "
        "together are listed, the outer ones too.",
        (),
        ["spec.podTemplate"],
    ),
    "objects": Key(_PATHS, "Paths of whole objects inside.", (), ["spec.resources[]"]),
    "immutable": Key(
        BOOLEAN,
        "Whether the API server refuses to change it once it is applied, as it does with Jobs and Pods.",
        default=False,
    ),
    "ignore": Key(
        BOOLEAN,
        "Whether the kind is left alone, whatever it holds. No other key may stand beside it.",
        default=False,
    ),
    "forbid": Key(
        _PATHS,
        "Paths at and below which nothing is written. Without other keys, the row keeps what krmfn knows of the kind.",
        (),
        ["spec.backup"],
    ),
}
"""What krmfn is to know of a kind."""


_SAYING = [key for key in KIND_ROW if key not in ("group", "kind", "create", "immutable")]


def says_nothing(row: Mapping[str, Any]) -> bool:
    """Whether a row says nothing of where images run, nor that the kind is ignored."""
    return not any(row.get(key) for key in KIND_ROW if key not in ("group", "kind", "create", "immutable", "forbid"))


def _sensible(row: dict[str, Any]) -> dict[str, Any]:
    if says_nothing(row) and (row["create"] or row["immutable"] or not row["forbid"]):
        raise ValueError(f"says nothing of {row['kind']}; give at least one of {', '.join(_SAYING)}")
    if row["ignore"] and (row["forbid"] or not says_nothing({**row, "ignore": False})):
        raise ValueError("`ignore: true` leaves the whole kind alone, so nothing else can be said of it")
    entries = (*row["containers"], *row["images"], *row["pullSecrets"])
    for path in (*row["podSpecs"], *(entry["path"] for entry in entries)):
        if any(f"{path}.".startswith(f"{inner}.") for inner in row["objects"]):
            raise ValueError(f"{path} is in one of its `objects`, which has a kind of its own")
    paths_of_secrets = [entry["path"] for entry in row["pullSecrets"]]
    for path in paths_of_secrets:
        if paths_of_secrets.count(path) > 1:
            raise ValueError(f"`pullSecrets` has {path} twice; one form is expected")
        if path.removesuffix(".imagePullSecrets") in row["podSpecs"]:
            raise ValueError(f"`pullSecrets` has {path}, which is part of the pod spec")
    _check_created(row)
    return row


def _check_created(row: Mapping[str, Any]) -> None:
    """Raise `ValueError` where nothing, or more than one thing, would be written into a mapping that is created."""
    created = [entry["path"] for entry in row["create"]]
    fields = {f"{path}.imagePullSecrets" for path in row["podSpecs"]} | {entry["path"] for entry in row["pullSecrets"]}
    # A field counts for each mapping from which all on the way to it are created.
    counted: Counter[str] = Counter()
    for field in fields:
        holder = field.rpartition(".")[0]
        while holder in created:
            counted[holder] += 1
            holder = holder.rpartition(".")[0]
    for path in created:
        if created.count(path) > 1:
            raise ValueError(f"`create` has {path} twice; one is expected")
        if not counted[path]:
            raise ValueError(
                f"`create` has {path}, and no field with pull secrets for it: one that is in it, or in a mapping below "
                "it that `create` has too"
            )
        if counted[path] > 1:
            raise ValueError(
                f"`create` has {path}, and {counted[path]} fields with pull secrets for it; one is expected"
            )


def _one_each(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        name = row["group"], row["kind"]
        if name in seen:
            raise ValueError(f"two rows for {row['group'] or 'the core group'}, {row['kind']}; one is expected")
        seen.add(name)
    return rows


_ROW = after(_sensible, mapping_of(KIND_ROW))
ROWS = after(_one_each, list_of(_ROW))
