"""Rows of the user for kinds that krmfn does not know, or should treat in another way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic_core import core_schema

from krmfn import kinds, paths
from krmfn.kinds import Kind, SecretForm, Source
from krmfn.settings.schema import TEXT, key, list_of, mapping


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


def _entries(cls: type) -> Any:
    return list_of(core_schema.no_info_before_validator_function(_with_path, mapping(cls)))


@dataclass(frozen=True)
class ImageEntry:
    """A mapping with an image and its policy."""

    path: str = key(_PATH, "Where the mapping is. A path alone, instead of a mapping with this key, will do.")
    image: str = key(TEXT, "Its key with the image, or the image's name.", default="image")
    also: tuple[str, ...] = key(
        list_of(TEXT), "Its keys with more of the image: `registry`, `tag`, `version`, `digest`.", default=()
    )
    policy: str = key(TEXT, "Its key with the pull policy; `''` when it has none.", default="imagePullPolicy")


@dataclass(frozen=True)
class SecretsEntry:
    """A field with pull secrets."""

    path: str = key(_PATH, "Where the field is. A path alone, instead of a mapping with this key, will do.")
    form: str = key(
        core_schema.literal_schema([form.value for form in SecretForm]),
        "`names` (a list of `{name: …}`), `strings` (a list of names), `string` (one name), `name` (one `{name: …}`).",
        default="names",
    )


@dataclass(frozen=True)
class KindRow:
    """What krmfn is to know of a kind."""

    group: str = key(TEXT, "The group of the kind, without version; `''` is the core group.")
    kind: str = key(TEXT, "The kind.")
    pod_specs: tuple[str, ...] = key(
        _PATHS, "Paths of whole pod specs, such as `spec.template.spec` or `spec.roles.*.podSpec`.", default=()
    )
    containers: tuple[ImageEntry, ...] = key(
        _entries(ImageEntry),
        "What becomes a container or image volume of a pod, such as `spec.sidecars[]`.",
        default=(),
    )
    images: tuple[ImageEntry, ...] = key(
        _entries(ImageEntry),
        "Images that a controller reads, with defaults of its own: they get only a policy that `pullPolicy` names.",
        default=(),
    )
    pull_secrets: tuple[SecretsEntry, ...] = key(
        _entries(SecretsEntry), "Fields with pull secrets outside of `podSpecs`.", default=()
    )
    objects: tuple[str, ...] = key(_PATHS, "Paths of whole objects inside.", default=())
    never: bool = key(core_schema.bool_schema(), "Whether the kind is left alone whatever it holds.", default=False)
    forbid: tuple[str, ...] = key(
        _PATHS,
        "Paths at and below which nothing is written; with nothing else given, in the kind as krmfn knows it.",
        default=(),
    )

    def as_kind(self) -> Kind:
        """The row as the tables have it."""
        row: Mapping[str, Any] = {
            "podSpecs": self.pod_specs,
            "containers": [asdict(entry) for entry in self.containers],
            "images": [asdict(entry) for entry in self.images],
            "pullSecrets": [asdict(entry) for entry in self.pull_secrets],
            "objects": self.objects,
            "never": "the function config says so" if self.never else "",
        }
        return kinds.read(row, Source.CONFIG)._replace(forbidden=self.forbid)


ROWS = list_of(mapping(KindRow))
"""The schema of the rows."""
