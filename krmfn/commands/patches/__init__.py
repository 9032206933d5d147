"""`krmfn patches`: print the changes in a build as patches, for hosts that run no functions."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from krmfn import flags
from krmfn.commands.patches import later_steps, source
from krmfn.commands.patches.formats import FORMATS
from krmfn.commands.patches.objects import patches
from krmfn.errors import InputError
from krmfn.files import building, delivery
from krmfn.files.delivery import deliver
from krmfn.imagepull.function import run
from krmfn.krm.results import Severity, exit_code
from krmfn.krm.streams import say

_DESCRIPTION = """\
Print what krmfn would change in a build as JSON patches, for hosts that run no functions: Flux,
Argo CD's own kustomize, `kubectl apply -k`. If DIR has a kustomization, kustomize or kubectl builds
it; otherwise the manifests in DIR and below are read. `-` is a build on stdin. Settings come from
the nearest krmfn.yaml; for stdin, only from flags or from the file that KRMFN_CONFIG names.

Each patch first tests what it relies on, such as the image beside a policy. If the base has
changed, the build fails: run the command again. An object that is added later has no patch:
`krmfn check` after the build, or with --build, reports it."""

_EPILOG = """\
List the component in a kustomization above DIR, which has DIR under `resources`. In DIR itself, it
would run before DIR's own `namePrefix`, `images` and the like. The same holds for Flux, whose
`spec.patches` belong to the kustomization at `spec.path`.

examples:
  krmfn patches base                     # a Component, for `components:` of a kustomization
  krmfn patches --format flux base       # `spec.patches` of a Flux Kustomization
  kustomize build base | krmfn patches --secret regcred -   # patches for a build on stdin

exit codes: 0 done, with or without patches; 1 an error (nothing is printed), or no patch can change
some object (it is left out); 2 wrong command line; 3 a bug in krmfn"""


def main(argv: Sequence[str]) -> int:
    """Print the patches; return the exit code. Raise `KrmfnError` when there is no build."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    if arguments.dir == "-":
        building.refuse_flags(parser, arguments, "a DIR")
        data, settings = flags.read_stdin(parser), flags.settings_for_stdin(arguments)
    else:
        data, settings = source.read(arguments.dir, arguments)
        if arguments.format == "flux":
            later_steps.warn(Path(arguments.dir))
    outcome = run(data, settings, flags.definitions(arguments), explains=True)
    if arguments.dir == "-":
        flags.report_unread_config(settings, outcome)
    for result in outcome.results:
        is_mended = arguments.dir != "-" and later_steps.mends(result, outcome.images)
        if result.severity is not Severity.INFO and not is_mended:
            say(str(result))
    if outcome.exit_code:
        return outcome.exit_code
    if not outcome.has_manifests:
        raise InputError(f"{'stdin' if arguments.dir == '-' else arguments.dir}: has no manifests")
    found, unreachable = patches(data, outcome)
    for result in unreachable:
        say(str(result))
    head = f"Made by `{shlex.join(['krmfn', 'patches', *argv])}`. If a test fails, the base has changed: run it again."
    return exit_code(unreachable) if deliver(FORMATS[arguments.format](head, found).encode(), arguments.output) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn patches", _DESCRIPTION, _EPILOG)
    parser.add_argument(
        "dir", metavar="DIR", help="folder with a kustomization, or with manifests; `-` for a build on stdin"
    )
    parser.add_argument("--format", choices=[*FORMATS], default="component", help="what to print; default: component")
    delivery.add_to(parser)
    flags.add_to(parser)
    building.add_flags_to(parser.add_argument_group("builds", "for DIR; kustomize or kubectl must be on PATH"))
    return parser
