"""Where images run, as data: a row per group and kind, looked up by what an object says it is."""

from collections.abc import Iterator

from krmfn.kinds import argo, core
from krmfn.kinds.rows import ImageField, Kind, Place, SecretsField, Shape
from krmfn.typemeta import TypeMeta

__all__ = [
    "ImageField",
    "Kind",
    "Place",
    "SecretsField",
    "Shape",
    "is_known_name",
    "item_type",
    "lookup",
    "rows",
    "shape",
]

_KINDS = core.KINDS | argo.KINDS
_NAMES = frozenset(kind for _, kind in _KINDS)
_SHAPES = core.SHAPES | argo.SHAPES
_TYPED_LIST = Kind(items=("items[]",))


def lookup(meta: TypeMeta) -> Kind | None:
    """The row for a kind, in whatever version; None when no table knows it."""
    if row := _KINDS.get((meta.group, meta.kind)):
        return row
    item = item_type(meta)
    return _TYPED_LIST if item and lookup(item) else None


def rows() -> Iterator[tuple[str, str, Kind]]:
    """Every row with its group and kind, sorted."""
    for (group, kind), row in sorted(_KINDS.items()):
        yield group, kind, row


def is_known_name(kind: str) -> bool:
    """Whether a table has a kind of this name in some group: cheaper than `lookup`, for which the group is needed."""
    return kind in _NAMES


def item_type(meta: TypeMeta) -> TypeMeta | None:
    """What the items of a typed list are: `Deployment` for `DeploymentList`."""
    kind = meta.kind.removesuffix("List")
    return TypeMeta(meta.api_version, kind) if kind and kind != meta.kind else None


def shape(name: str) -> Shape:
    """The shape a row refers to."""
    return _SHAPES[name]
