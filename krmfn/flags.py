"""What most commands share: the flags for settings and definitions of kinds, and reading stdin."""

import argparse
import os
from collections.abc import Callable, Sequence
from typing import NoReturn

from krmfn.errors import InputError, SettingsError
from krmfn.imagepull.outcome import ImagePullOutcome
from krmfn.imagepull.settings import (
    CONFIG_VARIABLE,
    FILE_NAMES,
    OVERWRITE_SETTINGS,
    POLICY_SETTINGS,
    Settings,
)
from krmfn.krm.streams import read_input, say, write
from krmfn.splice import parsing

_CONFIG_HELP = "function config file: an ImagePull or a ConfigMap"

_HINTS = {
    "--fix": "`krmfn fix PATH` changes files in place",
    "--diff": "`krmfn diff PATH` prints what would change",
    "--dry-run": "`krmfn diff PATH` prints what would change, `krmfn check PATH` fails if anything would",
    "--write": "`krmfn fix PATH` changes files in place",
    "--in-place": "`krmfn fix PATH` changes files in place",
}
"""For flags of other tools: the krmfn command that does the same."""


class _Parser(argparse.ArgumentParser):
    """A parser whose help and errors are UTF-8 and safe for terminals, as all of krmfn's output."""

    def print_help(self, file: object = None) -> None:
        if not write(self.format_help().encode()):
            self.exit(1)

    def error(self, message: str) -> NoReturn:
        hint = next((f" ({hint})" for word, hint in _HINTS.items() if f" {word}" in f" {message} "), "")
        for line in (*self.format_usage().splitlines(), f"{self.prog}: error: {message}{hint}"):
            say(line)
        self.exit(2)


def new_parser(prog: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """A parser for a command; its help keeps the line breaks of `description` and `epilog`."""
    return _Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_to(parser: argparse.ArgumentParser, positional: bool = False) -> None:
    """Give a parser the flags for settings and `--crds`; if `positional`, the config may also be an argument."""
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
        help="the imagePullPolicy for containers that have none",
    )
    parser.add_argument(
        "--overwrite",
        choices=OVERWRITE_SETTINGS,
        type=_choice_of(OVERWRITE_SETTINGS),
        help="which existing policies are changed too; values as in `pullPolicy.overwrite`",
    )
    _add_crds(parser)


def _choice_of(choices: Sequence[str]) -> Callable[[str], str]:
    """The type of a flag with choices, which accepts them in any case."""
    by_text = {choice.lower(): choice for choice in choices}
    return lambda text: by_text.get(text.lower(), text)


def add_stdin_filename_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--stdin-filename`."""
    parser.add_argument(
        "--stdin-filename",
        metavar="FILE",
        help="treat stdin as this file: use the settings of its folder, and its name in messages; it need not exist",
    )


def add_allow_empty_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--allow-empty`."""
    parser.add_argument(
        "--allow-empty",
        action="store_true",
        help="accept a stream without any manifest, such as the output of a Helm 3 chart that has only hooks",
    )


def add_kinds_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser the flags that make kinds known: `--config` and `--crds`."""
    parser.add_argument("--config", metavar="FILE", help=_CONFIG_HELP)
    _add_crds(parser)


def _add_crds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--crds",
        metavar="DIR",
        action="append",
        default=[],
        help="folder with the CustomResourceDefinitions of your own kinds; repeatable",
    )


_UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def seconds(text: str) -> int:
    """The type of a flag that limits time, in seconds."""
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0 to 999999, not {text!r}")
    return int(text)


def size(text: str) -> int:
    """The type of a flag that limits an amount of data, in bytes."""
    number = text.rstrip("KMGi")
    unit = text[len(number) :]
    if not number.isascii() or not number.isdecimal() or unit not in _UNITS:
        raise argparse.ArgumentTypeError(
            f"must be a size such as 64Ki, 20Mi or 1Gi, or a number of bytes, not {text!r}"
        )
    return int(number) * _UNITS[unit]


def settings_for_stdin(arguments: argparse.Namespace) -> Settings | None:
    """The settings from the flags, as `settings`; if the flags name no config, `KRMFN_CONFIG` may name one."""
    given = arguments.config if arguments.config is not None else getattr(arguments, "config_file", None)
    if given is None and (named := os.environ.get(CONFIG_VARIABLE)):
        arguments = argparse.Namespace(**{**vars(arguments), "config": named})
    return settings(arguments)


def report_unread_config(given: Settings | None, outcome: ImagePullOutcome) -> None:
    """Print a note if there are no settings for stdin, but a config in the current folder, which stdin does not use."""
    if given is None and not outcome.is_resource_list and (found := next(filter(os.path.isfile, FILE_NAMES), "")):
        way_out = f"--config {found}, or {CONFIG_VARIABLE}={found} in the environment, applies it"
        say(f"info: {found} in this folder is not read for stdin: {way_out}")


def settings(arguments: argparse.Namespace, source: Callable[[str], bytes] | None = None) -> Settings | None:
    """The settings from the parsed flags; None when the flags set nothing. Raise `SettingsError` for a wrong value.

    `source` reads the config, as in `config_file.read`.
    """
    file = arguments.config if arguments.config is not None else getattr(arguments, "config_file", None)
    overwrite = getattr(arguments, "overwrite", None)
    if file is None and not arguments.secret and not arguments.policy and not overwrite:
        return None
    given = Settings()
    if file is not None:
        from krmfn.imagepull.settings import config_file  # imported late: most runs have no config

        given = config_file.read(file, source)
    is_boolean = overwrite in ("true", "false")
    overwritten: bool | str | None = overwrite == "true" if is_boolean else overwrite
    return given.overridden(secrets=arguments.secret, policy=arguments.policy, overwrite=overwritten)


def definitions(arguments: argparse.Namespace) -> list[str]:
    """The texts of all YAML and JSON files in and below the folders of `--crds`; raise `SettingsError`."""
    if not arguments.crds:
        return []
    from pathlib import Path

    from krmfn.krm import opening
    from krmfn.krm.config import files as config_files

    def whole(text: str) -> str:
        parsing.check_syntax(text)
        return text

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

        texts += [config_files.parsed(str(file), whole, read) for file in files]
    return texts


def read_stdin(parser: argparse.ArgumentParser, *, may_be_empty: bool = False) -> bytes:
    """The bytes of stdin; end with a usage error when stdin is a terminal.

    Raises:
        InputError: stdin cannot be read, or it is empty and not `may_be_empty`.
    """
    try:
        return read_input(parser.error, may_be_empty=may_be_empty)
    except InputError as error:
        if "KUSTOMIZE_PLUGIN_CONFIG_STRING" not in os.environ:
            raise
        raise InputError(
            f"{error}. kustomize sends nothing under `generators:`, and where there are no resources: "
            "list the config under `transformers:`"
        ) from None
