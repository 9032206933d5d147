"""A function as a command for kustomize, kpt and pipes: stdin to stdout, messages to stderr."""

import argparse
import gc
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from krmfn.errors import SettingsError
from krmfn.krm.config.files import mapping, parsed
from krmfn.krm.results import Severity
from krmfn.krm.streams import FAILED, aside, ended, read, read_input, say, stdin_is_terminal, write
from krmfn.sdk import config as configs
from krmfn.sdk import schemas

if TYPE_CHECKING:
    from krmfn.sdk.function import Function

_USAGE = 2

_EPILOG = """\
The config is the functionConfig of a ResourceList, unless CONFIG, --config or flags for single keys
are given. Only the output goes to stdout.

exit codes: 0 done; 1 an error in input or config, nothing changed; 2 wrong command line; 3 a bug"""


def main(function: "Function[Any]", argv: Sequence[str] | None) -> int:
    """Run a function as a command; return its exit code."""
    gc.disable()  # the process ends after one run
    return ended(lambda: _run(function, sys.argv[1:] if argv is None else argv))


def _run(function: "Function[Any]", argv: Sequence[str]) -> int:
    parser = _parser(function)
    arguments = parser.parse_args(argv)
    if arguments.show:
        text = getattr(function.description, arguments.show)()
        return 0 if write(text.encode()) else FAILED
    config = _config(function, arguments)
    # A function that adds objects can run on empty input, as kustomize's generators do.
    data = read() if function.is_on_all and not stdin_is_terminal() else read_input(parser.error, function.name)
    with aside():  # the author's code may print
        outcome = function.run(data, config)
    for result in outcome.results:
        if result.severity is not Severity.INFO or arguments.verbose:
            say(str(result))
    # An unchanged stream would reach the cluster despite the errors; in a ResourceList the results tell the host.
    if outcome.exit_code and not outcome.is_resource_list:
        return outcome.exit_code
    return outcome.exit_code if write(outcome.output) else FAILED


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that writes help and errors through `streams`."""

    def print_help(self, file: object = None) -> None:
        if not write(self.format_help().encode()):
            self.exit(FAILED)

    def error(self, message: str) -> Any:
        for line in (*self.format_usage().splitlines(), f"{self.prog}: error: {message}"):
            say(line)
        self.exit(_USAGE)


def _parser(function: "Function[Any]") -> argparse.ArgumentParser:
    parser = _Parser(
        prog=function.name,
        description=function.description.sentence.replace("%", "%%"),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    file = parser.add_mutually_exclusive_group()
    file.add_argument("config_file", metavar="CONFIG", nargs="?", help="config file, as kustomize passes it to plugins")
    file.add_argument("--config", metavar="FILE", help=f"config file: a {function.kind} or a ConfigMap")
    parser.add_argument("--verbose", action="store_true", help="print infos too, such as changed fields")
    show = parser.add_mutually_exclusive_group()
    for name, what in (
        ("json_schema", "the JSON schema of the config"),
        ("crd", "a CustomResourceDefinition of the config"),
        ("definition", "a KRMFunctionDefinition"),
        ("table", "the keys of the config as a Markdown table"),
    ):
        flag = f"--{name.replace('_', '-')}"
        show.add_argument(flag, dest="show", action="store_const", const=name, help=f"print {what}, and exit")
    keys = parser.add_argument_group("keys of the config")
    taken = {flag for action in parser._actions for flag in action.option_strings}  # noqa: SLF001  # nothing else tells
    for name, field in function.config.model_fields.items():
        key = schemas.key_of(function.config, name)
        flag = "--" + re.sub("([A-Z])|[^A-Za-z0-9]", lambda match: f"-{(match[1] or '').lower()}", key).strip("-")
        flag = re.sub("(?<=[^-])-+", "-", flag)
        while flag in taken:
            flag = f"--spec{flag[1:]}"
        taken.add(flag)
        what = (field.description or "").replace("%", "%%")
        keys.add_argument(flag, dest=f"key.{key}", metavar="VALUE", action="append", help=what)
    return parser


def _config(function: "Function[Any]", arguments: argparse.Namespace) -> Any:
    """The config from the command line, or None."""
    file = arguments.config or arguments.config_file
    given = {name[4:]: values for name, values in vars(arguments).items() if name.startswith("key.") and values}
    found: Any = None
    data: Any = {}
    if file:
        try:
            data, where = configs.data_of(_read(file), function.config, function.api_version, function.kind)
            found = configs.validated(function.config, data, where)
        except SettingsError as error:
            raise SettingsError(f"{file}: {error}") from None
    if not given:
        return found
    properties = schemas.schema_of(function.config)["properties"]
    own = {key: _of_flags(key, values, properties[key]) for key, values in given.items()}
    return configs.validated(function.config, {**(data or {}), **own}, "flags")


def _of_flags(key: str, values: list[str], schema: dict[str, Any]) -> Any:
    """The value of one flag, which may be given several times."""
    options = {option.get("type"): option for option in schemas.options(schema)}
    if option := options.get("array"):
        return [schemas.from_text(value, option.get("items", {})) for value in values]
    if (option := options.get("object")) and "properties" not in option:
        pairs = [value.partition("=") for value in values]
        if wrong := [value for value, equals, _ in pairs if not equals]:
            raise SettingsError(f"`flags.{key}`: KEY=VALUE is expected, not {wrong[0]!r}")
        inner = option.get("additionalProperties")
        inner = inner if isinstance(inner, dict) else {}
        return {name: schemas.from_text(value, inner) for name, _, value in pairs}
    return schemas.from_text(values[-1], schema)


def _read(file: str) -> dict[str, Any]:
    """The one mapping in a config file, as plain data; raise `SettingsError`."""
    return parsed(file, lambda text: mapping(text, "a function config"))[1]
