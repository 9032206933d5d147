"""What most commands read: flags that give settings and teach kinds, and stdin."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from krmfn.errors import InputError, SettingsError
from krmfn.imagepull.settings import POLICY_SETTINGS, Settings
from krmfn.krm.streams import read_input, say, write
from krmfn.splice import nodes, parsing
from krmfn.splice.source import decode, line_and_column

_CONFIG_HELP = "function config file: an ImagePull or a ConfigMap"


class _Parser(argparse.ArgumentParser):
    """One whose help and errors are written as all else is."""

    def print_help(self, file: object = None) -> None:
        if not write(self.format_help().encode()):
            self.exit(1)

    def error(self, message: str) -> NoReturn:
        for line in (*self.format_usage().splitlines(), f"{self.prog}: error: {message}"):
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
        "--secret", metavar="NAME", action="append", default=[], help="pull secret to append; repeatable"
    )
    parser.add_argument("--policy", choices=POLICY_SETTINGS, help="what containers without an imagePullPolicy get")
    _add_crds(parser)


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


def settings(arguments: argparse.Namespace, read: Callable[[str], bytes] | None = None) -> Settings | None:
    """The settings that the parsed flags give, None when there are none; raise `SettingsError`.

    `read` is for a config that the user has not named; one that was named may be a pipe too.
    """
    file = arguments.config if arguments.config is not None else getattr(arguments, "config_file", None)
    if file is None and not arguments.secret and not arguments.policy:
        return None
    given = config(file, read) if file is not None else Settings()
    return given.overridden(secrets=arguments.secret, policy=arguments.policy)


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
    config: Any = None

    def check(text: str) -> None:
        nonlocal config
        roots = parsing.compose(text)
        config = nodes.plain(roots[0]) if len(roots) == 1 else None
        if not isinstance(config, dict):
            raise InputError(
                "is not one YAML document that holds an ImagePull or a ConfigMap; `krmfn init --output -` prints one"
            )

    _read(file, check, read)
    try:
        return Settings.from_function_config(config)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None


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
