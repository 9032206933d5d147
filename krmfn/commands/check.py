"""`krmfn check`: would krmfn still change something? For the end of a pipe, where a host may have left krmfn out."""

from collections.abc import Sequence

from krmfn import flags
from krmfn.function import run
from krmfn.results import Severity
from krmfn.streams import write

_DESCRIPTION = """\
Read what krmfn reads, change nothing, and fail when krmfn would change something: that tells whether a build really
ran krmfn. `kubectl kustomize` leaves out an exec function without a word; behind it, `krmfn check` notices. Without
settings only missing policies count. Secrets that kustomize has renamed are not those of your settings any more.

exit codes: 0 nothing to change; 1 something would change, or is wrong; 2 wrong command line"""


def main(argv: Sequence[str]) -> int:
    """Print a line for each resource that would change and for each error; 1 when there are any."""
    parser = flags.new_parser("krmfn check", _DESCRIPTION)
    flags.add_to(parser)
    arguments = parser.parse_args(argv)
    outcome = run(flags.read_stdin(parser), flags.settings(arguments), flags.definitions(arguments))
    # An info is about a change when something changes, and a summary has no field.
    lines = [
        str(result) if result.severity is Severity.ERROR else f"would change: {str(result).partition(': ')[2]}"
        for result in outcome.results
        if result.severity is Severity.ERROR or (result.severity is Severity.INFO and result.field is None)
    ]
    if not write("".join(f"{line}\n" for line in lines).encode()):
        return 1
    return 1 if outcome.exit_code or outcome.changes else 0
