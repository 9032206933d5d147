"""`krmfn cmp generate`: edit the manifests of a command or a folder, and print all of them or none."""

from collections.abc import Sequence

from krmfn.commands.cmp import child, folder
from krmfn.commands.cmp.child import Limits
from krmfn.commands.cmp.plain import Plain, plain_manifests
from krmfn.errors import InputError
from krmfn.imagepull.function import run
from krmfn.imagepull.settings import AUTO, ERROR, Settings
from krmfn.krm.results import Severity
from krmfn.krm.streams import say, write
from krmfn.splice.source import decode


def generate(
    command: Sequence[str],
    settings: Settings,
    definitions: Sequence[str],
    limits: Limits,
    config_file: str | None = None,
) -> int:
    """Print the edited manifests of `command`, or of the folder if `command` is empty; return the exit code.

    `limits` apply to the command.

    Raises:
        InputError: the command failed, or there are no plain manifests.
    """
    whose = f"the output of {command[0]}" if command else "the folder"
    manifests = _of_command(command, whose, limits) if command else folder.read(config_file)
    for left_out in manifests.local:
        say(f"info: {whose}: {left_out}")
    if not manifests.objects:
        raise InputError(f"{whose} has no manifests: Argo CD would delete all resources of the application")
    if settings.renamed_secrets == AUTO:  # Argo CD applies the output, and nobody reads warnings
        settings = settings.replaced(renamed_secrets=ERROR)
    outcome = run(manifests.text.encode(), settings, definitions)
    # Argo CD shows all of stderr after a failure, and logs it otherwise: warnings would only hide the errors.
    severity = Severity.ERROR if outcome.exit_code else Severity.WARNING
    for result in outcome.results:
        if result.severity is severity:
            say(f"{severity.value}: {whose}: {str(result).removeprefix(f'{severity.value}: ')}")
    if outcome.exit_code:
        return outcome.exit_code
    return 0 if write(outcome.output) else 1


def _of_command(command: Sequence[str], whose: str, limits: Limits) -> Plain:
    output = child.output_of(command, limits)
    try:
        # `decode` drops a byte order mark, which not every YAML decoder accepts.
        return plain_manifests(decode(output).text)
    except InputError as error:
        raise InputError(f"{whose}: {error}") from None
