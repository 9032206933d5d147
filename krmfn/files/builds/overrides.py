"""Read the overrides with which Argo CD and Flux deploy a kustomization."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.files.builds import documents, patching
from krmfn.files.builds.image_rules import ImageRule, from_argument, rules_in
from krmfn.files.builds.steps import Patched, Target

ARGO_CD, FLUX = "argoproj.io", "kustomize.toolkit.fluxcd.io"


class Override(NamedTuple):
    """The overrides of a kustomization by one deployment.

    Attributes:
        build: the object that deploys, such as `Application shop`.
        source: the file with that object.
        folder: the folder of the kustomization, relative to the root of the repository; `*` for a filled-in part.
        rules: rules that override those in `images:`.
        patches: patches that run after those of the kustomization.
        components: the folders of additional components, relative to `folder`.
        is_flux: whether Flux deploys. Argo CD sets images as `kustomize edit set image` does.
    """

    build: str
    source: str
    folder: str
    rules: tuple[ImageRule, ...] = ()
    patches: tuple[Patched, ...] = ()
    components: tuple[str, ...] = ()
    is_flux: bool = False


def overrides_in(data: Any, source: str) -> Iterator[Override]:
    """The overrides in a manifest, which is plain data."""
    for item in _items(_get(data, "items")) if _get(data, "kind") == "List" else ():
        yield from overrides_in(item, source)
    kind, group, spec = _get(data, "kind"), str(_get(data, "apiVersion")).partition("/")[0], _get(data, "spec")
    build = f"{kind} {_get(data, 'metadata', 'name')}"
    if group == ARGO_CD and kind in ("Application", "ApplicationSet"):
        spec = _get(spec, "template", "spec") if kind == "ApplicationSet" else spec
        for given in (_get(spec, "source"), *_items(_get(spec, "sources"))):
            if path := _get(given, "path"):
                yield argo_cd(_get(given, "kustomize"), build, source, _globbed(str(path)))
    elif group == FLUX and kind == "Kustomization" and spec is not None:
        yield Override(
            build,
            source,
            _globbed(str(_get(spec, "path") or ".")),
            tuple(rules_in(_get(spec, "images"))),
            tuple(_patches(spec, source)),
            tuple(map(str, _items(_get(spec, "components")))),
            is_flux=True,
        )


def argo_cd(given: Any, build: str, source: str, folder: str) -> Override:
    """The override in the `kustomize` key of an Application's source or of an `.argocd-source.yaml`."""
    rules = (from_argument(str(image)) for image in _items(_get(given, "images")))
    return Override(
        build,
        source,
        folder,
        tuple(rule for rule in rules if rule),
        tuple(_patches(given, source)),
        tuple(map(str, _items(_get(given, "components")))),
    )


def _patches(given: Any, source: str) -> Iterator[Patched]:
    kinds = ("patches", "patchesStrategicMerge", "patchesJson6902")
    for entry in (entry for kind in kinds for entry in _items(_get(given, kind))):
        if _get(entry, "path") and not _get(entry, "patch"):  # in Argo CD, a file beside the kustomization
            yield Patched(source, Target(), is_open=True, reorders=True, renames=True)
            continue
        patch = _get(entry, "patch") or entry
        for one in documents.readable(patch) if isinstance(patch, str) else [patch]:
            yield from patching.patched(source, one, _get(entry, "target"), _get(entry, "options"))


def _get(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _items(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _globbed(path: str) -> str:
    """A path with `*` for each part that an ApplicationSet fills in."""
    parts = path.removeprefix("./").strip("/").split("/")
    return "/".join("*" if "{{" in part or "}}" in part else part for part in parts)
