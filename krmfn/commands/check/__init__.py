"""`krmfn check`: fail if krmfn would change something in files, in builds or on stdin."""

import argparse
from collections.abc import Iterator, Sequence

from krmfn import flags
from krmfn.commands.check import builds, merging, stream
from krmfn.commands.check.findings import explained, fixes
from krmfn.commands.check.formats import FORMATS
from krmfn.files import coloring, delivery, named_stdin, plan
from krmfn.files.delivery import deliver
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Product
from krmfn.files.report import FileReport, Status, exit_code, sort_key
from krmfn.files.summary import summary
from krmfn.files.work import Action, FileOutcome, carry_out
from krmfn.krm.results import Severity
from krmfn.krm.streams import progress, say

_DESCRIPTION = """\
Change nothing, and fail if krmfn would change something: in the files that `krmfn fix` would
process, in the output of kustomize (--build), or on stdin without a PATH. On stdin it shows whether
a build really ran krmfn: `kubectl kustomize` silently skips exec functions. On stdin without
settings, it reports only missing policies. If kustomize renamed a pull secret (prefix, hash) and
the build has its Secret, the old name counts too."""

_EPILOG = """\
Each finding names its rule, such as [secret-type]: `krmfn check --explain secret-type` explains why
it matters and how to fix it. Several machines can each check a part (--shard); --merge combines
their reports.

--build builds each root with kustomize or kubectl. A root is a kustomization that no other
kustomization lists, or that Argo CD, Flux or a command in a script deploys. The output is checked
with the settings of the nearest krmfn.yaml. If a root cannot be built, the kustomizations that it
lists are built instead. kustomize may fetch remote bases: it has no flag that forbids this.

examples:
  krmfn check .                          # a line for each place that `krmfn fix .` would change
  krmfn check --build --format sarif . > krmfn.sarif   # what kustomize builds, for code scanning
  kubectl kustomize base | krmfn check   # whether the build skipped krmfn
  krmfn check --shard 1/2 --format json . > 1.json     # the first of two machines
  krmfn check --shard 2/2 --format json . > 2.json     # the second machine
  krmfn check --merge 1.json 2.json      # one report for both, in any format

exit codes: 0 nothing to change; 1 something would change, there is an error, or a build failed
(unless --allow-failed-builds); 2 wrong command line; 3 a bug in krmfn"""

_FIX = "`krmfn fix` with the same arguments makes the changes, `krmfn diff` shows them"
_FIX_STDIN = "`krmfn --stdin-filename` with the same file and stdin prints it with the changes"
_FIX_BUILD = (
    "`krmfn fix` makes the changes in files; where kustomize replaces images, "
    "run krmfn as its transformer or after the build"
)


def main(argv: Sequence[str]) -> int:
    """Print all findings; return the exit code, 1 if there is a change or an error."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    builds.refuse_misuse(parser, arguments)
    if arguments.explain is not None:
        return 0 if deliver(explained(arguments.explain).encode(), arguments.output) else 1
    if arguments.build:
        done = builds.check(arguments)
        return _answer([one.report for one in done], arguments, "build", _FIX_BUILD, builds.last_line(done))
    if arguments.merge:
        if arguments.paths or arguments.shard:
            parser.error("--merge takes reports; remove PATH and --shard")
        return _answer(merging.merged(arguments.merge), arguments)
    if arguments.stdin_filename is not None:
        plan.refuse_paths_beside_stdin(parser, arguments)
        examined = named_stdin.examined(flags.read_stdin(parser, may_be_empty=True), arguments, Product.CHANGES)
        return _answer([examined.report], arguments, advice=_FIX_STDIN)
    plan.default_path(parser, arguments, reads_stdin=True)
    if arguments.paths in ([], ["-"]):
        if arguments.format != "human" or arguments.shard:
            parser.error("--format and --shard need a PATH: stdin has no files; --format takes --stdin-filename too")
        return stream.check(parser, arguments)
    if "-" in arguments.paths:
        parser.error("- (stdin) cannot be combined with other PATHs")
    todo = plan.plan(arguments, is_merged=arguments.format == "json")
    for line in (*todo.hints, *(todo.notes if arguments.verbose else ())):
        say(line)
    outcomes = carry_out(todo, Action(check, Product.CHANGES), arguments.jobs)
    outcomes = progress(outcomes, len(todo.jobs), is_quiet=arguments.quiet)
    reports = [*todo.passed_over, *(report for report, *_ in outcomes)]
    return _answer(reports, arguments)


def check(file: FoundFile, examined: Examined) -> FileOutcome:  # noqa: ARG001 - an action, as `fix` is one
    """The report of a file and change nothing."""
    return FileOutcome(examined.report)


def _answer(
    unsorted: list[FileReport], arguments: argparse.Namespace, noun: str = "file", advice: str = _FIX, last: str = ""
) -> int:
    reports = sorted(unsorted, key=sort_key)
    if not deliver(FORMATS[arguments.format](reports, arguments), arguments.output):
        return 1
    for line in () if arguments.quiet else _closing(reports, arguments, noun, advice, last):
        say(line)
    code = exit_code(reports) or int(any(report.status is Status.CHANGED for report in reports))
    return 0 if arguments.exit_zero and code == 1 else code


def _closing(
    reports: list[FileReport], arguments: argparse.Namespace, noun: str, advice: str, last: str
) -> Iterator[str]:
    """The lines for stderr after the report: the summary, advice and fixes."""
    yield summary(reports, "would change", noun)
    if arguments.format == "human":
        if any(report.status is Status.CHANGED for report in reports):
            yield advice
        yield from fixes(reports, [*Severity] if arguments.verbose else [Severity.ERROR, Severity.WARNING])
    if last:
        yield last


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn check", _DESCRIPTION, _EPILOG)
    plan.add_to(parser, "*")
    flags.add_stdin_filename_to(parser)
    parser.add_argument("--format", choices=[*FORMATS], default="human", help="how to print it; default: human")
    delivery.add_to(parser)
    coloring.add_to(parser)
    builds.add_to(parser)
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 even if there are changes or errors")
    parser.add_argument(
        "--explain",
        metavar="RULE",
        help="explain a rule: what it finds, why it matters and how to fix it; `all`: every rule",
    )
    parser.add_argument("--merge", metavar="REPORT", nargs="+", help="combine the JSON reports of all shards")
    return parser
