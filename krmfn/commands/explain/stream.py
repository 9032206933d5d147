"""`krmfn explain` on stdin: the output of a pipe, or what a host sends to its functions."""

import argparse

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files.located_images import LocatedImage, from_host, located
from krmfn.files.report import FileReport, Status, remarks
from krmfn.imagepull.function import run
from krmfn.splice.source import decode

_NAME = "stdin"


def explained(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> tuple[FileReport, list[LocatedImage]]:
    """The report of stdin and its images; raise `KrmfnError` when stdin cannot be read."""
    data = flags.read_stdin(parser)
    try:
        text = decode(data).text
    except InputError as error:
        raise InputError(f"{_NAME}: {error}") from None
    settings = flags.settings_for_stdin(arguments)
    outcome = run(data, settings, flags.definitions(arguments), explains=True)
    if not arguments.quiet:
        flags.report_unread_config(settings, outcome)
    outcome.require_manifests()
    status = Status.FAILED if outcome.exit_code else Status.CHANGED if outcome.changes else Status.UNCHANGED
    report = FileReport(_NAME, status, remarks=remarks(text, outcome.results, ()))
    return report, [from_host(one) for one in located(_NAME, text, outcome.images)]
