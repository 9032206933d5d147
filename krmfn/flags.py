"""What most commands read: flags that give settings and teach kinds, and stdin."""

import argparse
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from krmfn.errors import InputError, SettingsError
from krmfn.imagepull.settings import CONFIG_VARIABLE, FILE_NAMES, OVERWRITE_SETTINGS, POLICY_SETTINGS, Settings
from krmfn.krm.streams import read_input, say, write
from krmfn.splice import nodes, parsing
from krmfn.splice.source import decode, line_and_column

_CONFIG_HELP = "function config file: an ImagePull or a ConfigMap"


_HINTS = {
    "--fix": "`krmfn fix PATH` changes files in place",
    "--diff": "`krmfn diff PATH` prints what would change",
    "--dry-run": "`krmfn diff PATH` prints what would change, `krmfn check PATH` fails if anything would",
    "--write": "`krmfn fix PATH` changes files in place",
    "--in-place": "`krmfn fix PATH` changes files in place",
}
"""What is meant by flags of other tools."""


class _Parser(argparse.ArgumentParser):
    """One whose help and errors are written as all else is."""

    def print_help(self, file: object = None) -> None:
        if not write(self.format_help().encode()):
            self.exit(1)

    def error(self, message: str) -> NoReturn:
        hint = next((f" ({hint})" for word, hint in _HINTS.items() if f" {word}" in f" {message} "), "")
        for line in (*self.format_usage().splitlines(), f"{self.prog}: error: {message}{hint}"):
            say(line)
        self.exit(2)


def new_parser(prog: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """A parser of a command whose help stands as it is written here."""
    return _Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_to(parser: argparse.ArgumentParser, positional: bool = False) -> None:
    """Give a parser `--config`, `--secret`, `--policy` and `--crds`; if `positional`, a config needs no flag."""
    config = parser.add_mutually_exclusive_group()
    if positional:
        config.add_argument(
            "config_file", metavar="CONFIG", nargs="?", help="function config file, as kustomize's exec plugins get it"
        )
    config.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)
    parser.add_argument(
        "--secret",
        "--pull-secret",
        metavar="NAME",
        action="append",
        default=[],
        help="pull secret to append; repeatable",
    )
    parser.add_argument(
        "--policy",
        choices=POLICY_SETTINGS,
        type=_choice_of(POLICY_SETTINGS),
        help="what containers without an imagePullPolicy get",
    )
    parser.add_argument(
        "--overwrite",
        choices=OVERWRITE_SETTINGS,
        type=_choice_of(OVERWRITE_SETTINGS),
        help="which policies that are set already are changed too, as `pullPolicy.overwrite`",
    )
    _add_crds(parser)


def _choice_of(choices: Sequence[str]) -> Callable[[str], str]:
    """Reads one of some words in any case."""
    by_text = {choice.lower(): choice for choice in choices}
    return lambda text: by_text.get(text.lower(), text)


def add_kinds_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser the flags that make kinds known: `--config`, read by `config`, and `--crds`."""
    parser.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)
    _add_crds(parser)


def _add_crds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--crds",
        metavar="DIR",
        action="append",
        default=[],
        help="folder of CustomResourceDefinitions to learn from; repeatable",
    )


_UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def seconds(text: str) -> int:
    """The type of a flag that limits time."""
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 999999")
    return int(text)


def size(text: str) -> int:
    """The type of a flag that limits an amount of data, in bytes."""
    number = text.rstrip("KMGi")
    unit = text[len(number) :]
    if not number.isascii() or not number.isdecimal() or unit not in _UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 64Ki, 20Mi or 1Gi, nor a number of bytes")
    return int(number) * _UNITS[unit]


def settings_for_stdin(arguments: argparse.Namespace) -> Settings | None:
    """As `settings`; without a config among the flags, the one that `KRMFN_CONFIG` names, if it names any."""
    given = arguments.config if arguments.config is not None else getattr(arguments, "config_file", None)
    if given is None and (named := os.environ.get(CONFIG_VARIABLE)):
        arguments = argparse.Namespace(**{**vars(arguments), "config": named})
    return settings(arguments)


def unread_config() -> str:
    """What to say of a config in the current folder where stdin is treated without settings; empty without one."""
    found = next(filter(os.path.isfile, FILE_NAMES), "")
    way_out = f"--config {found}, or {CONFIG_VARIABLE}={found} in the environment, applies it"
    return f"info: {found} in this folder is not read for stdin: {way_out}" if found else ""


def settings(arguments: argparse.Namespace, read: Callable[[str], bytes] | None = None) -> Settings | None:
    """The settings that the parsed flags give, None when there are none; raise `SettingsError`.

    `read` is for a config that the user has not named; one that was named may be a pipe too.
    """
    file = arguments.config if arguments.config is not None else getattr(arguments, "config_file", None)
    overwrite = getattr(arguments, "overwrite", None)
    if file is None and not arguments.secret and not arguments.policy and not overwrite:
        return None
    given = config(file, read) if file is not None else Settings()
    is_boolean = overwrite in ("true", "false")
    overwritten: bool | str | None = overwrite == "true" if is_boolean else overwrite
    return given.overridden(secrets=arguments.secret, policy=arguments.policy, overwrite=overwritten)


def config(file: str, read: Callable[[str], bytes] | None = None) -> Settings:
    """The settings in a function config file; raise `SettingsError`. `read` is as for `settings`."""
    return _read_config(file, read or _read_named)


def definitions(arguments: argparse.Namespace) -> list[str]:
    """The texts of all YAML and JSON files in and below the folders of `--crds`; raise `SettingsError`."""
    if not arguments.crds:
        return []
    from pathlib import Path

    from krmfn.krm import opening

    texts = []
    for folder in map(Path, arguments.crds):
        try:
            files = sorted(file for file in opening.below(folder) if file.suffix in opening.SUFFIXES)
        except InputError as error:
            raise SettingsError(f"--crds {error}") from None
        if not files:
            raise SettingsError(f"--crds {folder}: a folder with *.yaml, *.yml or *.json files is expected")

        def read(file: str, root: Path = folder) -> bytes:
            data = opening.read_inside(root, Path(file), opening.MANIFESTS)
            if data is None:
                raise InputError("is a link to a folder or to nothing; a file is expected")
            return data

        texts += [_read(str(file), parsing.check_syntax, read) for file in files]
    return texts


def _read_config(file: str, read: Callable[[str], bytes]) -> Settings:
    root, config, text = _parsed_config(file, read)
    try:
        return Settings.from_function_config(_extended(config, file, read, ()))
    except SettingsError as error:
        raise SettingsError(f"{_located(file, text, root, str(error))}: {error}") from None


def _extended(
    config: dict[str, Any], file: str, read: Callable[[str], bytes], inner: tuple[str, ...]
) -> dict[str, Any]:
    """A config with the settings of the one that it extends: own ones count before those, and lists are joined."""
    spec = config.get("spec")
    if not isinstance(spec, dict) or not (target := spec.get("extends")):
        return config
    from pathlib import Path

    if not isinstance(target, str):
        raise SettingsError(f"`spec.extends` must be a string, not {target!r}")
    above = Path(file).parent / target
    names = [above / name for name in FILE_NAMES if (above / name).is_file()] if above.is_dir() else [above]
    if not names or not names[0].is_file():
        what = f"has no {FILE_NAMES[0]}" if above.is_dir() else "is no file or folder"
        raise SettingsError(f"`spec.extends`: {above} {what}")
    outer = str(names[0])
    if Path(outer).resolve() in (Path(one).resolve() for one in (file, *inner)):
        raise SettingsError(f"`spec.extends`: {outer} is extended by itself")
    _, found, _ = _parsed_config(outer, read)
    extended = _extended(found, outer, read, (file, *inner)).get("spec") or {}
    own = {key: value for key, value in spec.items() if key != "extends"}
    return {**config, "spec": _joined(extended, own)}


def _joined(outer: Any, own: Any) -> Any:
    """Own settings over outer ones: mappings key by key, and lists before those of the outer config.

    Of most lists the first entry that matches counts. A row for a kind takes the place of the outer one.
    """
    if isinstance(outer, dict) and isinstance(own, dict):
        return {**outer, **{key: _joined(outer[key], value) if key in outer else value for key, value in own.items()}}
    outer, own = _as_list(outer, own), _as_list(own, outer)
    if isinstance(outer, list) and isinstance(own, list):
        kinds = [_kind_of(entry) for entry in own]
        return [*own, *(entry for entry in outer if entry not in own and (_kind_of(entry) or 0) not in kinds)]
    return outer if own is None else own


def _as_list(one: Any, other: Any) -> Any:
    """A name that stands for a list of it, where the other is a list."""
    return [one] if isinstance(one, str) and isinstance(other, list) else one


def _kind_of(entry: Any) -> tuple[Any, Any] | None:
    """The group and kind that a row of `kinds` is about; None for an entry of another list."""
    return (entry["group"], entry["kind"]) if isinstance(entry, dict) and {"group", "kind"} <= entry.keys() else None


def _parsed_config(file: str, read: Callable[[str], bytes]) -> tuple[nodes.Node, dict[str, Any], str]:
    root, config, text = None, None, ""

    def check(given: str) -> None:
        nonlocal root, config, text
        roots = parsing.compose(given)
        root = roots[0] if len(roots) == 1 else None
        config = nodes.plain(root) if root else None
        text = given
        if not isinstance(config, dict):
            raise InputError(
                "is not one YAML document that holds an ImagePull or a ConfigMap; `krmfn init --output -` prints one"
            )

    _read(file, check, read)
    assert root is not None
    assert config is not None
    return root, config, text


def _located(file: str, text: str, root: nodes.Node, message: str) -> str:
    """`krmfn.yaml:7:5`, the place of the field that an error about settings names."""
    line, column = line_and_column(text, _place(message, root))
    return f"{file}:{line}:{column}"


_FIELD = re.compile(r"`((?:spec|data|apiVersion|kind|metadata)[^`\s]*)`")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def _place(message: str, root: nodes.Node) -> int:
    """Where the field stands that an error about settings names first, or what is there of the way to it."""
    node, position = root, nodes.start(root)
    field = _FIELD.search(message)
    for index, key in _STEP.findall(field[1]) if field else ():
        if index:
            items = node.value if isinstance(node, nodes.SequenceNode) else []
            if int(index) >= len(items):
                break
            node = items[int(index)]
            position = nodes.start(node)
            continue
        own = next((pair for pair in _entries(node) if pair[0].value == key), None)
        if own is None:
            break
        position, node = nodes.start(own[0]), own[1]
    return position


def _entries(node: nodes.Node) -> Iterator[tuple[nodes.ScalarNode, nodes.Node]]:
    for key, value in node.value if isinstance(node, nodes.MappingNode) else ():
        if isinstance(key, nodes.ScalarNode):
            yield key, value


def _read_named(file: str) -> bytes:
    from pathlib import Path  # function mode has no files, and does without its import

    return Path(file).read_bytes()


def _read(file: str, check: Callable[[str], object], read: Callable[[str], bytes]) -> str:
    """The text of a file; raise `SettingsError` with the place where it cannot be read or the check refuses it."""
    text = ""
    try:
        text = decode(read(file)).text
        check(text)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except InputError as error:
        if error.position is None:
            raise SettingsError(f"{file}: {error}") from None
        line, column = line_and_column(text, error.position)
        raise SettingsError(f"{file}:{line}:{column}: {error}") from None
    return text


def read_stdin(parser: argparse.ArgumentParser) -> bytes:
    """All of stdin; raise `InputError` when that is nothing, and end with a usage error when it is a terminal."""
    return read_input(parser.error)
