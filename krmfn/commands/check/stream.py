"""`krmfn check` on stdin: for the end of a pipe, where a host may have skipped krmfn."""

import argparse

from krmfn import flags
from krmfn.files.delivery import deliver
from krmfn.imagepull.function import run
from krmfn.krm.results import Result, Severity
from krmfn.krm.streams import say


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    """Print a line for each resource that would change and for each error; return 1 if there are any.

    Warnings go to stderr.
    """
    settings = flags.settings_for_stdin(arguments)
    outcome = run(flags.read_stdin(parser), settings, flags.definitions(arguments))
    if not arguments.quiet:
        flags.report_unread_config(settings, outcome)
    for result in outcome.results:
        if result.severity is Severity.WARNING:
            say(_line(result))
    outcome.require_manifests()
    # Infos without a field and a rule sum up the changes of a resource.
    lines = [
        _line(result) if result.severity is Severity.ERROR else f"would change: {str(result).partition(': ')[2]}"
        for result in outcome.results
        if result.severity is Severity.ERROR
        or (result.severity is Severity.INFO and result.field is None and not result.rule)
    ]
    if not deliver("".join(f"{line}\n" for line in lines).encode(), arguments.output):
        return 1
    return 1 if (outcome.exit_code or outcome.changes) and not arguments.exit_zero else 0


def _line(result: Result) -> str:
    return f"{result} [{result.rule}]" if result.rule else str(result)
