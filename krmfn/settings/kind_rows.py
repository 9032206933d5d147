"""Rows of the user for kinds that krmfn does not know, or should treat in another way.

They stay the mappings they are, in the notation of `krmfn.kinds.written`: classes for them would cost every run
start-up time, and hardly any run has rows.
"""

from typing import Any

from pydantic_core import core_schema

from krmfn import paths
from krmfn.kinds import SecretForm
from krmfn.settings.schema import TEXT, Key, list_of, mapping_of


def _path(value: str) -> str:
    paths.parse(value)
    if not value:
        raise ValueError("'' is no path such as `spec.template.spec`")
    return value


def _with_path(value: object) -> object:
    """A path alone stands for an entry with nothing else said."""
    return {"path": value} if isinstance(value, str) else value


_PATH = core_schema.no_info_after_validator_function(_path, TEXT)
_PATHS = list_of(_PATH)
_PATH_KEY = Key(_PATH, "Where it is. The path alone, instead of a mapping with this key, will do.")

IMAGE_ENTRY = {
    "path": _PATH_KEY,
    "image": Key(TEXT, "Its key with the image, or the image's name.", "image"),
    "also": Key(
        list_of(TEXT),
        "Its keys with more of the image: `registry` or `repository`, `tag` or `version`, `digest`.",
        (),
    ),
    "policy": Key(TEXT, "Its key with the pull policy; `''` when it has none.", "imagePullPolicy"),
}
"""A mapping with an image and its policy."""

SECRETS_ENTRY = {
    "path": _PATH_KEY,
    "form": Key(
        core_schema.literal_schema([form.value for form in SecretForm]),
        "`names` (a list of `{name: …}`), `strings` (a list of names), `string` (one name), `name` (one `{name: …}`).",
        SecretForm.NAMES.value,
    ),
}
"""A field with pull secrets."""


def _entries(keys: dict[str, Key]) -> Any:
    return list_of(core_schema.no_info_before_validator_function(_with_path, mapping_of(keys)))


KIND_ROW = {
    "group": Key(TEXT, "The group of the kind, without version; `''` is the core group."),
    "kind": Key(TEXT, "The kind."),
    "podSpecs": Key(_PATHS, "Paths of whole pod specs, such as `spec.template.spec` or `spec.roles.*.podSpec`.", ()),
    "containers": Key(
        _entries(IMAGE_ENTRY), "What becomes a container or image volume of a pod, such as `spec.sidecars[]`.", ()
    ),
    "images": Key(
        _entries(IMAGE_ENTRY),
        "Images that a controller reads, with defaults of its own: they get only a policy that `pullPolicy` names.",
        (),
    ),
    "pullSecrets": Key(_entries(SECRETS_ENTRY), "Fields with pull secrets outside of `podSpecs`.", ()),
    "objects": Key(_PATHS, "Paths of whole objects inside.", ()),
    "never": Key(core_schema.bool_schema(), "Whether the kind is left alone whatever it holds.", default=False),
    "forbid": Key(
        _PATHS, "Paths at and below which nothing is written; alone, they are about the kind as krmfn knows it.", ()
    ),
}
"""What krmfn is to know of a kind."""

ROWS = list_of(mapping_of(KIND_ROW))
