"""`krmfn explain`: list every image in manifests, what krmfn would change, and why."""

import argparse
import os.path
from collections.abc import Sequence
from pathlib import Path

from krmfn import flags
from krmfn.commands.explain.formats import FORMATS
from krmfn.commands.explain.stream import explained
from krmfn.errors import InputError
from krmfn.files import delivery, named_stdin, plan, replacing, report_lines
from krmfn.files.delivery import deliver
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Product
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport, exit_code, sort_key
from krmfn.files.summary import summary
from krmfn.files.work import Action, FileOutcome, carry_out
from krmfn.imagepull.images.staleness import Staleness
from krmfn.krm import opening
from krmfn.krm.streams import is_terminal, progress, say

_DESCRIPTION = """\
Explain what krmfn would change and why, image by image: in the files that `krmfn fix` would
process, or in a ResourceList or manifests on stdin (no PATH, or -). Nothing is changed. For each
image: its place, registry, repository, tag and digest; the pull policy before and after, with the
rule or default behind it; the pull secrets of its pods before and after, with the image that each
secret is for; and the source of krmfn's knowledge of the field. A second table sums up by registry.
Resources that krmfn leaves alone are listed too. On a terminal, an overview is printed instead:
what needs attention first, then the images of each registry.

A pull policy is stale if it is set to another value than Kubernetes' default for the image.
`latest`: IfNotPresent or Never for the tag latest; nodes keep an old image. `pinned`: Always for
another tag or a digest; each start of a container asks the registry."""

_EPILOG = """\
csv has a header and a line for each image. It is safe to open in a spreadsheet: a value that begins
with =, +, - or @ gets a ' before it, and control characters are escaped. json has exact values.
The HTML page needs no network; it can be sorted, filtered and printed. It shows the date of the
run, or of SOURCE_DATE_EPOCH if that is set.

examples:
  krmfn explain . | less -S              # a line for each image, then one for each registry
  krmfn explain --html images.html .     # a page to read before you move to a private registry
  krmfn explain --format csv . > images.csv            # or json
  krmfn explain --stale latest .         # only where nodes may keep an old image
  kustomize build . | krmfn explain --secret regcred

exit codes: 0 done; 1 an error in the settings or in a file; 2 wrong command line;
3 a bug in krmfn"""

_ANY = "any"
"""The value of `--stale` for images with any stale policy."""


def main(argv: Sequence[str]) -> int:
    """Print the explanation; return the exit code. Raise `KrmfnError` for an error before the first file."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    if arguments.html is not None and os.path.realpath(arguments.html) == os.path.realpath(arguments.output or ""):
        parser.error("--html and --output name the same file")
    if arguments.stdin_filename is not None:
        plan.refuse_paths_beside_stdin(parser, arguments)
        examined = named_stdin.examined(flags.read_stdin(parser, may_be_empty=True), arguments, Product.IMAGES)
        return _answer([examined.report], list(examined.images), (), arguments)
    plan.default_path(parser, arguments, reads_stdin=True)
    if arguments.paths in ([], ["-"]):
        if arguments.shard:
            parser.error("--shard needs a PATH; stdin has no files to split")
        report, located = explained(parser, arguments)
        return _answer([report], located, (), arguments)
    if "-" in arguments.paths:
        parser.error("- (stdin) cannot be combined with other PATHs")
    todo = plan.plan(arguments)
    reports, located = list(todo.passed_over), []
    outcomes = carry_out(todo, Action(explain, Product.IMAGES), arguments.jobs)
    for done in progress(outcomes, len(todo.jobs), is_quiet=arguments.quiet):
        reports.append(done.report)
        located += done.images
    for line in todo.hints:
        say(line)
    return _answer(sorted(reports, key=sort_key), located, todo.notes, arguments)


def explain(file: FoundFile, examined: Examined) -> FileOutcome:  # noqa: ARG001 - an action, as `fix` is one
    """The report of a file and its images."""
    return FileOutcome(examined.report, images=examined.images)


def _answer(
    reports: list[FileReport], located: list[LocatedImage], notes: Sequence[str], arguments: argparse.Namespace
) -> int:
    if arguments.stale:
        located = [one for one in located if _is_stale(one, arguments.stale)]
    if arguments.html is not None:
        from krmfn.commands.explain.heading import date_of_run
        from krmfn.commands.explain.page import page

        paths = [arguments.stdin_filename] if arguments.stdin_filename else arguments.paths
        about = [path for path in paths if path != "-"]
        _save(Path(arguments.html), page(reports, located, about, date_of_run()))
    is_page_all = arguments.html is not None and arguments.output is None
    is_for_terminal = is_terminal() and delivery.goes_to_stdout(arguments.output) and not arguments.wide
    form = arguments.format or ("" if is_page_all else "overview" if is_for_terminal else "table")
    if form and not deliver(FORMATS[form](reports, located), arguments.output):
        return 1
    for line in report_lines.to_say(reports, notes, arguments.verbose):
        say(line)
    if not arguments.quiet:
        say(summary(reports, "would change"))
    return exit_code(reports)


def _is_stale(one: LocatedImage, way: str) -> bool:
    stale = one.image.policy.stale
    return stale is not None and way in (stale, _ANY)


def _save(file: Path, data: bytes) -> None:
    """Write a file whole, or leave what was there; raise `InputError`."""
    try:
        real = Path(os.path.realpath(file))
        if opening.is_file(real) and not replacing.read(real)[0].lstrip().lower().startswith(b"<!doctype html"):
            raise InputError("is there, and is no page; name another file for --html")
        replacing.write(file, data)
    except InputError as error:
        raise InputError(f"--html {file}: {error}") from None


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn explain", _DESCRIPTION, _EPILOG)
    plan.add_to(parser, "*")
    flags.add_stdin_filename_to(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--format", choices=[*FORMATS], help="how to print it; default: overview on a terminal, otherwise table"
    )
    form.add_argument("--wide", action="store_true", help="print the table on a terminal too")
    parser.add_argument(
        "--html", metavar="FILE", help="write an HTML page; prints nothing else unless --format is given"
    )
    delivery.add_to(parser)
    parser.add_argument(
        "--stale",
        choices=[*Staleness, _ANY],
        help="only images with this kind of stale pull policy",
    )
    return parser
