"""Read kustomizations: what they list, which listed files are not manifests, and how they change images."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.files.builds import documents, patching
from krmfn.files.builds.image_rules import ImageRule, rules_in
from krmfn.files.builds.steps import Images, Patched, Step, Target
from krmfn.files.reasons import Reason
from krmfn.krm import opening
from krmfn.splice.source import decode

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names of kustomization files, in the order in which kustomize looks for them."""


class Kustomization(NamedTuple):
    """One kustomization. Paths are absolute.

    Attributes:
        file: the path of the file.
        label: the path of the file relative to the root of the repository.
        is_component: whether it is a component, which changes the kustomization that lists it.
        resources: the files and folders under `resources` and `bases`, in their order.
        components: the folders under `components`.
        listed: the listed files that are not manifests, with the reason.
        patches: its patches that write images or pull secrets, in their order.
        rules: the rules in its `images:`.
        names_places: whether its `configurations` name more fields with images.
        affixes: its name prefix and suffix.
        later: its replacements and transformers, which run after `images:`.
    """

    file: Path
    label: str
    is_component: bool = False
    resources: tuple[Path, ...] = ()
    components: tuple[Path, ...] = ()
    listed: dict[Path, Reason] = {}  # noqa: RUF012 - never changed
    patches: tuple[Patched, ...] = ()
    rules: tuple[ImageRule, ...] = ()
    names_places: bool = False
    affixes: tuple[str, ...] = ()
    later: tuple[Step, ...] = ()


def read(tree: Path, folder: Path, above: tuple[Path, ...] = ()) -> Kustomization | None:
    """The kustomization of an absolute folder in a tree; None when there is none.

    `above` are the folders of the kustomizations that use this one as a transformer.

    Raises:
        InputError: the kustomization or one of its transformers cannot be read; `path` is the file.
    """
    for name in NAMES:
        file = folder / name
        try:
            data = opening.read_inside(tree, file, opening.KUSTOMIZATION)
            if data is not None:
                return _Reader(tree, file, above).kustomization(decode(data).text)
        except InputError as error:
            error.path = error.path or str(file)
            raise
    return None


# The paths of keys that list files, by the reason to skip these files.
_PLACES: dict[Reason, tuple[tuple[str, ...], ...]] = {
    Reason.PATCH: (("patches",), ("patches", "path"), ("patchesStrategicMerge",), ("patchesJson6902", "path")),
    Reason.KUSTOMIZE_CONFIG: (
        ("transformers",),
        ("generators",),
        ("validators",),
        ("configurations",),
        ("crds",),
        ("openapi", "path"),
        ("replacements", "path"),
    ),
    Reason.VALUES: (
        ("helmCharts", "valuesFile"),
        ("helmCharts", "additionalValuesFiles"),
        ("helmChartInflationGenerator", "values"),
    ),
    Reason.GENERATOR_INPUT: (
        ("configMapGenerator", "files"),
        ("configMapGenerator", "envs"),
        ("secretGenerator", "files"),
        ("secretGenerator", "envs"),
    ),
}


class _Reader:
    """Reads one kustomization and what it names."""

    def __init__(self, tree: Path, file: Path, above: tuple[Path, ...] = ()) -> None:
        self._tree = tree
        self._above = (*above, file.parent)
        self._file = file
        self._folder = file.parent

    def kustomization(self, text: str) -> Kustomization:
        """The kustomization in a text. As in kustomize, only the first document counts."""
        data = _folded(next(iter(_mappings(text)), {}))
        transformers = [self._transformer(entry) for entry in _entries(data, "transformers")]
        resources = tuple(self._paths(data, "resources", "bases"))
        listed = {path: why for path, why in self._listed(data) if path not in resources}
        listed |= {path: Reason.PATCH for _, found in transformers for one in found for path in self._patches_of(one)}
        return Kustomization(
            self._file,
            self.label(self._file),
            is_component=data.get("kind") == "Component",
            resources=resources,
            components=tuple(self._paths(data, "components")),
            listed=listed,
            patches=tuple(self._patches(data)),
            rules=(*rules_in(data.get("images")), *rules_in(data.get("imageTags"))),
            names_places=any(
                config.get("images") for entry in _entries(data, "configurations") for _, config in self._named(entry)
            ),
            affixes=tuple(str(data[key]) for key in ("namePrefix", "nameSuffix") if data.get(key)),
            later=(
                *self._replacements(str(self._file), data.get("replacements")),
                *(step for source, found in transformers for one in found for step in self._steps_of(source, one)),
            ),
        )

    def label(self, file: Path) -> str:
        """The path of a file, relative to the tree if it is inside."""
        return str(file.relative_to(self._tree)) if file.is_relative_to(self._tree) else str(file)

    def _listed(self, data: dict[str, Any]) -> Iterator[tuple[Path, Reason]]:
        for reason, places in _PLACES.items():
            for place in places:
                for entry in _entries(data, *place):
                    name = entry.rpartition("=")[2] if reason is Reason.GENERATOR_INPUT else entry
                    if path := inside(self._folder, name):
                        yield path, reason

    def _paths(self, data: dict[str, Any], *keys: str) -> Iterator[Path]:
        for entry in (entry for key in keys for entry in _entries(data, key)):
            if path := inside(self._folder, entry):
                yield path

    def _patches(self, data: dict[str, Any]) -> Iterator[Patched]:
        entries = [*_list(data, "patchesStrategicMerge"), *_list(data, "patches"), *_list(data, "patchesJson6902")]
        for entry in entries:
            given = entry if isinstance(entry, dict) else {"path": entry}
            found = [*self._texts(given.get("patch")), *self._contents(given.get("path"))]
            for source, patch in found:
                yield from patching.patched(source, patch, given.get("target"), given.get("options"))

    def _replacements(self, source: str, entries: Any) -> Iterator[Patched]:
        for entry in entries if isinstance(entries, list) else ():
            path = entry.get("path") if isinstance(entry, dict) else None
            found = list(self._contents(path)) if path else [(source, entry)]
            for label, data in found:
                for one in data if isinstance(data, list) else [data]:
                    yield from patching.replaced(self.label(Path(label)), one)

    def _transformer(self, entry: str) -> tuple[str, list[dict[str, Any]]]:
        """The configs of an entry under `transformers`: inline, in a file, or listed by a kustomization in a folder.

        Raises:
            InputError: a file cannot be read.
        """
        folder = inside(self._folder, entry)
        if folder and opening.is_folder(folder):
            return self.label(folder), list(_configs_in(self._tree, folder, self._above))
        return self.label(folder or self._file), [data for _, data in self._named(entry, strict=True)]

    def configs(self, file: Path) -> list[dict[str, Any]]:
        """The configs in a file; raise `InputError` when it cannot be read."""
        return [data for _, data in self._named(str(file), strict=True)]

    def _steps_of(self, source: str, config: dict[str, Any]) -> Iterator[Step]:
        """The steps of one config of a built-in transformer. Its paths are relative to the kustomization."""
        kind = config.get("kind")
        if kind == "ImageTagTransformer":
            for rule in rules_in([config.get("imageTag")]):
                yield Images(source, rule, bool(config.get("fieldSpecs")))
        elif kind in ("PatchTransformer", "PatchStrategicMergeTransformer", "PatchJson6902Transformer"):
            texts = [config.get("patch"), config.get("jsonOp"), config.get("patches")]
            found = [one for text in texts for one in self._texts(text)]
            found += [one for path in (config.get("path"), *_list(config, "paths")) for one in self._contents(path)]
            for label, patch in found:
                yield from patching.patched(label, patch, config.get("target"), config.get("options"))
        elif kind == "ReplacementTransformer":
            yield from self._replacements(str(self._file), config.get("replacements"))
        elif config.get("apiVersion") == "builtin" and kind not in _HARMLESS:
            yield Patched(source, Target(), is_open=True, reorders=True, renames=True)

    def _patches_of(self, config: dict[str, Any]) -> Iterator[Path]:
        for entry in (entry for key in ("path", "paths") for entry in _entries(config, key)):
            if path := inside(self._folder, entry):
                yield path

    def _texts(self, text: Any) -> Iterator[tuple[str, Any]]:
        """The documents of an inline text, each with the label of the kustomization."""
        for one in documents.readable(text) if isinstance(text, str) else ():
            yield self.label(self._file), one

    def _named(self, entry: str, *, strict: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
        for source, data in self._contents(entry, strict=strict):
            if isinstance(data, dict):
                yield source, data

    def _contents(self, entry: Any, *, strict: bool = False) -> Iterator[tuple[str, Any]]:
        """The documents of an inline text or of a file, with the file's label; none if it is not YAML.

        kustomize itself reports what is not YAML.

        Raises:
            InputError: the file cannot be read, and `strict` is set.
        """
        if not isinstance(entry, str):
            return
        file = inside(self._folder, entry)
        try:
            data = opening.read_inside(self._tree, file, opening.KUSTOMIZATION) if file else None
        except InputError as error:
            if strict:
                raise InputError(f"its transformer {entry}: {error}") from None
            return
        if data is None:
            yield from self._texts(entry)
            return
        try:
            found = list(documents.read(decode(data).text))
        except InputError:
            return
        yield from ((self.label(file or self._file), one) for one in found)


def _mappings(text: str) -> list[dict[str, Any]]:
    """The mappings among the documents of a text; raise `InputError` when it does not parse."""
    return [data for data in documents.read(text) if isinstance(data, dict)]


def _list(data: dict[str, Any], key: str) -> Iterable[Any]:
    found = data.get(key)
    return found if isinstance(found, list) else ()


def _entries(data: Any, *keys: str) -> Iterator[str]:
    """The strings at a path of keys, through lists."""
    if isinstance(data, list):
        for item in data:
            yield from _entries(item, *keys)
    elif keys and isinstance(data, dict):
        yield from _entries(data.get(keys[0]), *keys[1:])
    elif not keys and isinstance(data, str):
        yield data


@cache
def _configs_in(tree: Path, folder: Path, above: tuple[Path, ...]) -> tuple[dict[str, Any], ...]:
    """The configs of transformers that the kustomization in a folder builds; raise `InputError` for one unread."""
    inner = read(tree, folder, above) if folder not in above and len(above) < _DEEPEST else None
    if inner is None:
        return ()
    reader = _Reader(tree, inner.file, above)
    found: list[dict[str, Any]] = []
    for path in inner.resources:
        found += _configs_in(tree, path, (*above, folder)) if opening.is_folder(path) else reader.configs(path)
    # If the kustomization changes the configs, krmfn does not know the result.
    return (*found, {"apiVersion": "builtin", "kind": "Unknown"}) if inner.patches or inner.later else tuple(found)


def _folded(data: Any) -> Any:
    """Plain data with the keys of kustomizations in their documented spelling; kustomize accepts any case."""
    if isinstance(data, list):
        return [_folded(item) for item in data]
    if isinstance(data, dict):
        return {_KEYS.get(key.lower(), key): _folded(value) for key, value in data.items()}
    return data


_KEYS = {
    key.lower(): key
    for key in (
        *("kind", "apiVersion", "resources", "bases", "components", "images", "imageTags", "namePrefix", "nameSuffix"),
        *("patches", "patchesStrategicMerge", "patchesJson6902", "path", "patch", "target", "options", "name"),
        *("transformers", "generators", "validators", "configurations", "crds", "openapi", "replacements"),
        *("helmCharts", "valuesFile", "additionalValuesFiles", "helmChartInflationGenerator", "values"),
        *("configMapGenerator", "secretGenerator", "files", "envs", "source", "targets", "select", "fieldPaths"),
    )
}
_HARMLESS = frozenset(
    {
        *("AnnotationsTransformer", "LabelTransformer", "NamespaceTransformer", "ReplicaCountTransformer"),
        *("PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer", "HashTransformer", "SecretGenerator"),
        *("ConfigMapGenerator", "HelmChartInflationGenerator", "NamespaceGenerator"),
    }
)
"""kustomize's built-in transformers and generators that write no images."""
_DEEPEST = 20
"""How deep kustomizations of transformers may be nested."""


def inside(folder: Path, name: str) -> Path | None:
    """The absolute path of a listed name; None when it is an inline text or a URL."""
    if "\n" in name or "://" in name or not name.strip():
        return None
    try:
        return (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
