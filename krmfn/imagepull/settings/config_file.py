"""Function config files to settings, merged with the files that they extend; errors have file, line and column."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from krmfn.errors import SettingsError
from krmfn.imagepull.settings import FILE_NAMES, KIND, Settings
from krmfn.krm.config.files import Source, mapping, parsed, read_named
from krmfn.splice import nodes, paths
from krmfn.splice.source import line_and_column

_FIELD = re.compile(r"`((?:spec|data|apiVersion|kind|metadata)[^`\s]*)`")


class _Config(NamedTuple):
    """A config as written in its file, without the files that it extends."""

    file: str
    text: str
    root: nodes.Node
    data: dict[str, Any]

    def error(self, message: str) -> SettingsError:
        """An error that begins with the location of the field that the message names, such as `krmfn.yaml:7:5`."""
        line, column = line_and_column(self.text, _position(message, self.root))
        return SettingsError(f"{self.file}:{line}:{column}: {message}")


def read(file: str, source: Source | None = None) -> Settings:
    """The settings in a function config file; raise `SettingsError`.

    `source` reads configs that the user has not named. A file that the user names may also be a pipe.
    """
    return _whole(file, source or read_named, ())[1]


def _whole(file: str, source: Source, inner: tuple[str, ...]) -> tuple[dict[str, Any], Settings]:
    """A config merged with the files that it extends, as plain data and settings; `inner`: the files that extend it."""
    config = _parsed(file, source)
    data = config.data
    if outer := _extended_file(config, inner):
        # The extended file is validated first, so that its errors point into it and not into the file that extends it.
        above, _ = _whole(outer, source, (file, *inner))
        if above["kind"] != KIND:
            raise config.error(f"`spec.extends`: {outer} is a {above['kind']}; expected {KIND}")
        own = {key: value for key, value in data["spec"].items() if key != "extends"}
        data = {**data, "spec": _joined(above.get("spec") or {}, own)}
    try:
        return data, Settings.from_function_config(data)
    except SettingsError as error:
        raise config.error(str(error)) from None


def _extended_file(config: _Config, inner: tuple[str, ...]) -> str:
    """The file that a config extends; empty if there is none."""
    spec = config.data.get("spec")
    if not isinstance(spec, dict) or not (target := spec.get("extends")):
        return ""
    from pathlib import Path

    from krmfn.krm import opening

    if not isinstance(target, str):
        raise config.error(f"`spec.extends` must be a string, not {target!r}")
    above = Path(config.file).parent / target
    is_folder = opening.is_folder(above)
    names = [above / name for name in FILE_NAMES if opening.is_file(above / name)] if is_folder else [above]
    if not names or not opening.is_file(names[0]):
        what = f"has no {FILE_NAMES[0]}" if is_folder else "is not a file or folder"
        raise config.error(f"`spec.extends`: {above} {what}")
    outer = str(names[0])
    if Path(outer).resolve() in (Path(one).resolve() for one in (config.file, *inner)):
        raise config.error(f"`spec.extends`: {outer} extends itself, directly or through another file")
    return outer


def _joined(outer: Any, own: Any) -> Any:
    """Own settings merged over outer ones: mappings key by key; in lists, own entries come first.

    In most lists the first matching entry counts. A row for a kind replaces the outer row for the same kind.
    """
    if isinstance(outer, dict) and isinstance(own, dict):
        return {**outer, **{key: _joined(outer[key], value) if key in outer else value for key, value in own.items()}}
    outer, own = _as_list(outer, own), _as_list(own, outer)
    if isinstance(outer, list) and isinstance(own, list):
        kinds = [_kind_of(entry) for entry in own]
        return [*own, *(entry for entry in outer if entry not in own and (_kind_of(entry) or 0) not in kinds)]
    return outer if own is None else own


def _as_list(one: Any, other: Any) -> Any:
    """`one`, as a list if it is a single name and the other value is a list."""
    return [one] if isinstance(one, str) and isinstance(other, list) else one


def _kind_of(entry: Any) -> tuple[Any, Any] | None:
    """The group and kind of a row of `kinds`; None for an entry of another list."""
    return (entry["group"], entry["kind"]) if isinstance(entry, dict) and {"group", "kind"} <= entry.keys() else None


def _parsed(file: str, source: Source) -> _Config:
    what = "an ImagePull or a ConfigMap; `krmfn init --output -` prints one"
    try:
        return parsed(file, lambda text: _Config(file, text, *mapping(text, what)), source)
    except SettingsError as error:
        from pathlib import Path

        from krmfn.krm import opening

        if not opening.is_folder(Path(file)):
            raise
        raise SettingsError(
            f"{error}, not a function config file. `krmfn fix FOLDER` changes the manifests below a folder in place"
        ) from None


def _position(message: str, root: nodes.Node) -> int:
    """The position of the first field that a message names; if that is absent, of its nearest existing parent."""
    node, position = root, nodes.start(root)
    field = _FIELD.search(message)
    for step in paths.steps(field[1]) if field else ():
        if isinstance(step, int):
            items = node.value if isinstance(node, nodes.SequenceNode) else []
            if step >= len(items):
                break
            node = items[step]
            position = nodes.start(node)
            continue
        own = next((pair for pair in _entries(node) if pair[0].value == step), None)
        if own is None:
            break
        position, node = nodes.start(own[0]), own[1]
    return position


def _entries(node: nodes.Node) -> Iterator[tuple[nodes.ScalarNode, nodes.Node]]:
    for key, value in node.value if isinstance(node, nodes.MappingNode) else ():
        if isinstance(key, nodes.ScalarNode):
            yield key, value
