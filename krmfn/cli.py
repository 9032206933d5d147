"""The command line: argv, streams and exit codes around `krmfn.run`."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from krmfn.commands import COMMANDS
from krmfn.imagepull.function import run
from krmfn.imagepull.settings import CONFIG_VARIABLE, FILE_NAMES
from krmfn.krm.results import Severity
from krmfn.krm.streams import FAILED, ended, read_input, say, write
from krmfn.krm.suggestions import did_you_mean

if TYPE_CHECKING:
    import argparse

_MEANT = {"lint": "check", "validate": "check", "verify": "check", "test": "check", "apply": "fix", "format": "fix"}
"""For commands of other tools: the krmfn command to suggest."""

_DESCRIPTION = """\
Make image pulls explicit in Kubernetes manifests: write the imagePullPolicy that Kubernetes would
default, and append imagePullSecrets. Reads a KRM ResourceList or a stream of YAML or JSON documents
from stdin, and writes it to stdout with nothing else changed. Warnings and errors go to stderr, one
line each, and to the file that the variable KRMFN_LOG names, if any."""

_COMMANDS = "\n".join(f"  {name:<11} {what}" for name, what in COMMANDS.items())

_EPILOG = f"""\
commands, each with its own --help:
{_COMMANDS}

A ResourceList has its settings in functionConfig; CONFIG, --config, --secret and --policy replace
them. A stream without settings gets policies and no secrets.

examples:
  krmfn --secret regcred < app.yaml      # add a pull secret to all pods in the file
  helm template shop ./chart | krmfn --config krmfn.yaml | kubectl apply -f -

exit codes: 0 done; 1 an error in input or settings (nothing is changed); 2 wrong command line;
3 a bug in krmfn"""


def program() -> NoReturn:
    """Run the command, and end the process with its exit code.

    After a filter, Python's own end is skipped: it would free each object, a tenth of a short run, and has nothing to
    flush, because `streams` uses no buffer. The other commands end as usual, for they may have processes and threads.
    """
    code = main()
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        sys.exit(code)
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    # krmfn ends after one pass. For JSON, which keeps all its nodes, collecting garbage would take half of the time.
    gc.disable()
    arguments = sys.argv[1:] if argv is None else list(argv)
    return ended(lambda: _run(arguments))


def _run(argv: Sequence[str]) -> int:
    if argv[:1] == ["help"]:  # as in many other tools
        argv = [*argv[1:2], "--help"]
    if argv and argv[0] in COMMANDS:
        command: Callable[[Sequence[str]], int] = import_module(f"krmfn.commands.{argv[0]}").main
        return command(argv[1:])
    return _filter(argv)


def _filter(argv: Sequence[str]) -> int:
    if argv:
        from krmfn import flags

        parser = _parser()
        if _is_no_config(argv[0]):
            meant = _MEANT.get(argv[0])
            hint = f", did you mean `{meant}`?" if meant else did_you_mean(argv[0], COMMANDS)
            parser.error(f"no command is named {argv[0]!r}{hint} (`krmfn help` lists them)")
        arguments = parser.parse_args(argv)
        if arguments.stdin_filename is not None:
            return _as_file(flags.read_stdin(parser, may_be_empty=True), arguments)
        settings = flags.settings_for_stdin(arguments)
        may_be_empty = arguments.allow_empty
        data = flags.read_stdin(parser, may_be_empty=may_be_empty)
        outcome = run(data, settings, flags.definitions(arguments))
    elif config := os.environ.get(CONFIG_VARIABLE):
        return _filter(["--config", config])
    else:  # most hosts call krmfn without arguments, so save the time to import and run the parser
        settings, may_be_empty = None, False
        outcome = run(read_input(_refuse))
    for result in outcome.results:
        if result.severity is not Severity.INFO:
            say(str(result))
    # The condition is repeated here because most runs can then skip the import.
    if settings is None and not outcome.is_resource_list and any(map(os.path.isfile, FILE_NAMES)):
        from krmfn import flags

        flags.report_unread_config(settings, outcome)
    if not may_be_empty:
        outcome.require_manifests()
    # A stream with errors would reach the cluster unedited. A ResourceList reports errors to its host.
    if outcome.exit_code and not outcome.is_resource_list:
        return outcome.exit_code
    return outcome.exit_code if write(outcome.output) else FAILED


def _as_file(data: bytes, arguments: "argparse.Namespace") -> int:
    """Print what `krmfn fix` would write into the file that `--stdin-filename` names if it had this data."""
    from krmfn.files import named_stdin, report_lines
    from krmfn.files.examining import Product
    from krmfn.files.report import Status, exit_code

    arguments.config = arguments.config if arguments.config is not None else arguments.config_file
    examined = named_stdin.examined(data, arguments, Product.OUTPUT)
    report = examined.report
    if report.status is Status.SKIPPED:
        for line in report_lines.skips(report):
            say(line)
    for line in report_lines.to_say([report], (), verbose=False):
        say(line)
    return exit_code([report]) or int(not write(b"".join(examined.output) or data))


def _is_no_config(argument: str) -> bool:
    """Whether the first argument can only be a mistyped command: a lower-case word that names no existing file."""
    return argument.isalpha() and argument.islower() and not os.path.lexists(argument)


def _refuse(message: str) -> NoReturn:
    _parser().error(message)


def _parser() -> "argparse.ArgumentParser":
    import argparse

    from krmfn import flags

    class Version(argparse.Action):
        """Looks up the version only when asked: importing the metadata library takes as long as importing PyYAML."""

        def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
            from krmfn import installation

            parser.exit(0 if write(f"krmfn {installation.described()}\n".encode()) else FAILED)

    parser = flags.new_parser("krmfn", _DESCRIPTION, _EPILOG)
    flags.add_to(parser, positional=True)
    flags.add_stdin_filename_to(parser)
    flags.add_allow_empty_to(parser)
    parser.add_argument("-V", "--version", action=Version, nargs=0, help="show the version and exit")
    return parser
