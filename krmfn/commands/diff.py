"""`krmfn diff`: print the changes of `krmfn fix` as a patch."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from krmfn import flags
from krmfn.files import coloring, delivery, patches, report_lines, repository
from krmfn.files.delivery import deliver
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Product
from krmfn.files.plan import add_to, default_path, plan
from krmfn.files.report import Status, exit_code
from krmfn.files.work import Action, FileOutcome, carry_out
from krmfn.krm.streams import progress, say

_DESCRIPTION = """\
Print what `krmfn fix` would change in the same files, as a patch for `git apply`. No file is
changed. Paths in the patch are relative to the root of the repository; outside a repository, to
the current folder."""

_EPILOG = """\
examples:
  krmfn diff .                           # what `krmfn fix .` would change
  krmfn diff --secret regcred deploy | git apply --check   # test that the patch applies

exit codes: 0 done, with or without differences; 1 an error in the settings or in a file (the patch
omits that file); 2 wrong command line; 3 a bug in krmfn"""


def main(argv: Sequence[str]) -> int:
    """Print the patch; return the exit code. Raise `KrmfnError` for an error before the first file."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    default_path(parser, arguments, reads_stdin=False)
    todo = plan(arguments)
    reports = list(todo.passed_over)
    made = []
    outcomes = carry_out(todo, Action(diff, Product.EDITS), arguments.jobs)
    for done in progress(outcomes, len(todo.jobs), is_quiet=arguments.quiet):
        reports.append(done.report)
        made.append(done.output)
    for line in report_lines.to_say(reports, todo.notes, arguments.verbose, todo.hints):
        say(line)
    whole = b"".join(map(patches.colored, made) if coloring.wanted(arguments) else made)
    return exit_code(reports) if deliver(whole, arguments.output) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn diff", _DESCRIPTION, _EPILOG)
    add_to(parser, "*")
    delivery.add_to(parser)
    coloring.add_to(parser)
    return parser


def diff(file: FoundFile, examined: Examined) -> FileOutcome:
    """The report of a file, with the patch if the file would change."""
    if examined.report.status is not Status.CHANGED:
        return FileOutcome(examined.report)
    return FileOutcome(examined.report, patches.patch(_to_apply(file.real), examined.source, examined.edits))


def _to_apply(file: Path) -> str:
    """The path that `git apply` expects: from the root of the repository; without one, from the current folder."""
    here = Path.cwd().resolve()
    base = repository.root_for(file) or (here if file.is_relative_to(here) else Path(file.anchor))
    return str(file.relative_to(base))
