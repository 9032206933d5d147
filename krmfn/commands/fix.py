"""`krmfn fix`: make image pulls in manifest files explicit, in place."""

import argparse
from collections.abc import Sequence

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files import replacing, report_lines
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Product
from krmfn.files.plan import add_to, default_path, plan
from krmfn.files.report import Status, exit_code, failed
from krmfn.files.summary import summary
from krmfn.files.work import Action, FileOutcome, carry_out
from krmfn.krm.streams import progress, say

_DESCRIPTION = """\
Make image pulls explicit in files, in place: in the files given, and in *.yaml, *.yml and *.json
files below the folders given. It skips hidden folders, symbolic links, whatever .gitignore or
.krmignore matches, and files that are not manifests: Helm templates, values, kustomizations and
their patches, CI files and the like. -v lists what was skipped.

krmfn verifies each change first, and then replaces the file as a whole. Settings come from
--config, else from the nearest krmfn.yaml: in the folder of the file or above, up to the root of
the repository (`krmfn init` writes one). Flags add to these settings."""

_EPILOG = """\
examples:
  krmfn fix .                            # all manifests below, each with its nearest krmfn.yaml
  krmfn fix --secret regcred deploy      # also add a pull secret to all manifests below deploy
  krmfn fix -v deploy/web.yaml           # also list skipped files, and where settings come from

exit codes: 0 done; 1 an error in the settings or in a file (that file is left as it is, the others
are processed); 2 wrong command line; 3 a bug in krmfn"""


def main(argv: Sequence[str]) -> int:
    """Fix the files and report; return the exit code. Raise `KrmfnError` for an error before the first file."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    default_path(parser, arguments, reads_stdin=False)
    todo = plan(arguments)
    reports = list(todo.passed_over)
    try:
        outcomes = carry_out(todo, Action(fix, Product.OUTPUT), arguments.jobs)
        for done in progress(outcomes, len(todo.jobs), is_quiet=arguments.quiet):
            reports.append(done.report)
    finally:
        for line in report_lines.to_say(reports, todo.notes, arguments.verbose, todo.hints):
            say(line)
        if not arguments.quiet:
            say(summary(reports, "changed"))
    return exit_code(reports)


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn fix", _DESCRIPTION, _EPILOG)
    add_to(parser, "*")
    return parser


def fix(file: FoundFile, examined: Examined) -> FileOutcome:
    """Write a file if it would change; return its report."""
    report = examined.report
    if report.status is Status.CHANGED and examined.before is not None:
        try:
            replacing.replace(file.real, examined.before, examined.output)
        except InputError as error:
            report = failed(report.path, str(error))
    return FileOutcome(report)
