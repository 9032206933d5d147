"""Manifests of a command or a folder, through krmfn, to stdout: whole and checked, or not at all."""

from collections.abc import Sequence

from krmfn.commands.cmp import child, folder
from krmfn.commands.cmp.plain import plain_manifests
from krmfn.errors import InputError
from krmfn.function import run
from krmfn.outcome import Outcome
from krmfn.results import Severity
from krmfn.settings import Settings
from krmfn.source import decode
from krmfn.streams import say, write

_RESOURCE_LIST = (
    "is a ResourceList, which functions pass on; plain manifests are expected (`kpt fn render -o unwrap` prints them)"
)


def generate(command: Sequence[str], settings: Settings, config_file: str | None = None) -> int:
    """Print what `command` prints, or what the folder has if that is empty, after krmfn; return the exit code.

    Raises:
        InputError: the command failed, or there are no plain manifests.
    """
    whose = f"the output of {command[0]}" if command else "the folder"
    data = child.output_of(command) if command else folder.read(config_file)
    outcome = run(data, settings)
    if outcome.is_resource_list:
        raise InputError(f"{whose} {_RESOURCE_LIST}")
    _report(outcome, whose)
    if outcome.exit_code:
        return outcome.exit_code
    try:
        # Without the byte order mark, which not every decoder of YAML takes.
        text, objects = plain_manifests(decode(outcome.output).text)
    except InputError as error:
        raise InputError(f"{whose}: {error}") from None
    if not objects:
        raise InputError(f"{whose} has no manifest in it, and Argo CD would delete what the application has")
    return 0 if write(text.encode()) else 1


def _report(outcome: Outcome, whose: str) -> None:
    """Errors only when there are any: Argo CD shows the whole of stderr then, and logs it otherwise."""
    loudest = Severity.ERROR if outcome.exit_code else Severity.WARNING
    for result in outcome.results:
        if result.severity is loudest:
            say(f"{loudest.value}: {whose}: {str(result).removeprefix(f'{loudest.value}: ')}")
