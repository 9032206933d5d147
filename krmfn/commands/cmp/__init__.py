"""`krmfn cmp`: the three commands that Argo CD runs of a config-management plugin."""

import argparse
import json
import os
from collections.abc import Sequence

from krmfn import flags
from krmfn.commands.cmp import folder, helm, parameters
from krmfn.commands.cmp.child import Limits
from krmfn.commands.cmp.generate import generate
from krmfn.imagepull.settings import Settings
from krmfn.krm.streams import say, write

_DESCRIPTION = """\
Act as a config-management plugin for Argo CD: print the manifests, the parameters that an
Application can set, or the files that show that krmfn can render the folder."""

_EPILOG = """\
examples:
  krmfn cmp generate --secret regcred -- kustomize build .   # the manifests of a kustomization
  krmfn cmp generate --secret regcred --helm   # of a chart, with the Application's values
  krmfn cmp discover kustomize           # the file that makes the folder a kustomization, if any

exit codes: 0 done; 1 an error (nothing is printed); 2 wrong command line; 3 a bug in krmfn"""

_GENERATE = """\
Run COMMAND, or without one read the manifests in the current folder, make their image pulls
explicit, and print plain manifests. After an error, nothing is printed. It is an error if there are
no manifests, because Argo CD would delete everything, and if pods use a pull secret that kustomize
has renamed, unless `renamedSecrets` is `Warn` or `Off`. COMMAND's stderr goes to stderr."""


_SECONDS = 55
_SIZE = "100Mi"


def main(argv: Sequence[str]) -> int:
    """Run the subcommand; return the exit code. Raise `KrmfnError` for any failure."""
    arguments = make_parser().parse_args(argv)
    if arguments.what == "discover":
        return _print("".join(f"{file}\n" for file in folder.discover(arguments.kind)))
    if arguments.what == "parameters":
        announced = [*parameters.announcements(), *(helm.announcements() if arguments.helm else ())]
        return _print(json.dumps(announced, indent=2) + "\n")
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    given = parameters.read(os.environ)
    runs_a_command = bool(command or arguments.helm)
    for name in parameters.of_others(given, helm.PARAMETERS if arguments.helm else (), runs_a_command):
        say(f"info: krmfn does not know the parameter `{name}` and leaves it to the command")
    settings = parameters.apply(flags.settings(arguments) or Settings(), os.environ, given)
    if arguments.helm:
        command = helm.command(command, os.environ, given)
    limits = Limits(arguments.timeout, arguments.max_output)
    return generate(command, settings, flags.definitions(arguments), limits, config_file=arguments.config)


def _print(text: str) -> int:
    return 0 if write(os.fsencode(text)) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn cmp", _DESCRIPTION, _EPILOG)
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    generate_parser = commands.add_parser(
        "generate",
        help="print the manifests",
        description=_GENERATE,
        epilog=parameters.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_to(generate_parser)
    _add_helm_to(
        generate_parser,
        "COMMAND, or else `helm template .`, gets the Application's name, namespace, value files and values, "
        "Kubernetes' version and API versions, and --include-crds",
    )
    generate_parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=flags.seconds,
        default=_SECONDS,
        help=f"how long COMMAND may run; 0: no limit; default: {_SECONDS}, which is below Argo CD's 60",
    )
    generate_parser.add_argument(
        "--max-output",
        metavar="SIZE",
        type=flags.size,
        default=flags.size(_SIZE),
        help=f"how much COMMAND may print, such as 64Ki, 20Mi or 1Gi; 0: no limit; default: {_SIZE}, as in Argo CD",
    )
    generate_parser.add_argument(
        "command", metavar="[--] COMMAND ...", nargs=argparse.REMAINDER, help="a program and its arguments; no shell"
    )
    announcing = commands.add_parser(
        "parameters", help="print the parameters that an Application can set, for Argo CD's UI"
    )
    _add_helm_to(announcing, "also print the parameters of `generate --helm`")
    discover = commands.add_parser("discover", help="print the files by which krmfn can render the folder, if any")
    discover.add_argument("kind", metavar="KIND", nargs="?", choices=folder.KINDS, help=", ".join(folder.KINDS))
    return parser


def _add_helm_to(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--helm", action="store_true", help=what)
