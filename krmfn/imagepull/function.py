"""The image-pull function: `run` does everything, without side effects.

chunks ─▶ pieces ─▶ resources ─▶ pod specs ─▶ verdicts ─▶ changes ─▶ edits
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull import editing, siblings, wording
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.builds import Builds
from krmfn.imagepull.editing import Edited
from krmfn.imagepull.kinds import DEFINITION, KindTables
from krmfn.imagepull.outcome import ImagePullOutcome
from krmfn.imagepull.rules import Context
from krmfn.imagepull.screening import pieces
from krmfn.imagepull.settings import ALL, MINIMAL, SERVICE_ACCOUNTS, WORKFLOW_DEFAULTS, Settings
from krmfn.imagepull.siblings import SharedFacts
from krmfn.imagepull.uses import Use
from krmfn.krm import documents, function
from krmfn.krm.documents import Envelope, Input
from krmfn.krm.envelope import function_config
from krmfn.krm.function import Proposal
from krmfn.krm.reporting import Reporter
from krmfn.krm.results import Location, Result, Severity, exit_code
from krmfn.splice.source import line_and_column

if TYPE_CHECKING:
    from krmfn.imagepull.definitions import Definitions
    from krmfn.imagepull.unused_settings import Finder, Found


_FEW = 20
"""The most names that are searched in the text of each Secret: for more names, reading all Secrets is faster."""


class Request(NamedTuple):
    """The arguments of `run`."""

    settings: Settings | None
    definitions: "Sequence[str] | Definitions"
    siblings: Sequence[SharedFacts] | None
    explains: bool
    builds: Builds | None


def run(
    data: bytes,
    settings: Settings | None = None,
    definitions: "Sequence[str] | Definitions" = (),
    siblings: Sequence[SharedFacts] | None = None,
    *,
    explains: bool = False,
    builds: Builds | None = None,
) -> ImagePullOutcome:
    """Make image pulls explicit in `data`, a ResourceList or a stream of YAML or JSON documents.

    Args:
        data: UTF-8 text.
        settings: the settings. None: those in the functionConfig of the ResourceList; for a plain stream, the defaults.
        definitions: YAML texts with CustomResourceDefinitions, in addition to those in `data`; or such texts as
            `krmfn.imagepull.definitions.Definitions`, which many runs can share.
        siblings: the `shared_facts` of the other texts of the same package; None if `data` is the whole package.
        explains: whether `images` of the outcome explains each image: what was decided about it, and why.
        builds: how builds replace the images in `data` before they run; None if no build is known.

    Returns:
        The output with its results. Bad input and bad settings become error results; the output is the input then.

    Raises:
        VerificationError: a bug in krmfn; do not use any output.
    """
    request = Request(settings, definitions, siblings, explains, builds)
    edited_pieces: list[Edited] = []
    has_manifests = True
    finder: Finder | None = None

    def work(text: str, given: Input) -> Proposal:
        nonlocal has_manifests, finder
        edited_pieces.clear()
        if given.envelope is None and (template := _ytt_template(text)):
            function.check_syntax(given)
            return Proposal((template,))
        proposal, finder = _work(text, given, request, edited_pieces)
        # A chunk that was skipped still holds an object, only none of interest.
        has_manifests = len(given.chunks) > len(edited_pieces) or any(one.has_manifests for one in edited_pieces)
        return proposal

    outcome = function.run(data, work)
    images = tuple(image for edited in edited_pieces for image in edited.images)
    if outcome.exit_code:
        images = tuple(image.as_it_is("nothing is written while the input has errors") for image in images)
    found: Found | None = finder.found if finder and siblings is not None else None
    return ImagePullOutcome(outcome, images, has_manifests=has_manifests, found=found)


def shared_facts(text: str, settings: Settings, definitions: "Sequence[str] | Definitions" = ()) -> SharedFacts:
    """The facts of a text for the argument `siblings` of `run`; empty if the text cannot be read."""
    try:
        return documents.of_input(text, lambda given: _facts(given, text, settings, definitions))
    except InputError:
        return SharedFacts()


def _ytt_template(text: str) -> Result | None:
    """The result about a stream that is a ytt template; None if it is not one.

    The stream is left alone as a whole: a comment above a `---` line may be about the document below it.
    """
    if "#@" not in text:
        return None
    from krmfn.krm.templating import ytt_comment

    position = ytt_comment(text)
    if position is None:
        return None
    line, column = line_and_column(text, position)
    where = Location(position, f" (line {line}, column {column} of the input)")
    message = (
        f"a ytt template: nothing in the input is changed; pipe the output of `ytt -f FILE` into krmfn instead{where}"
    )
    return Result(message, Severity.WARNING, location=where)


def _facts(given: Input, text: str, settings: Settings, definitions: "Sequence[str] | Definitions") -> SharedFacts:
    reporter = Reporter(text, in_list=given.envelope is not None)
    return siblings.shared_facts(
        given, settings, _tables(given, text, settings, definitions), reporter, with_secrets=True
    )


def _work(text: str, given: Input, request: Request, edited_pieces: list[Edited]) -> "tuple[Proposal, Finder | None]":
    """The proposal for an input, and the finder that collected what the settings match; fills `edited_pieces`."""
    results = list(_unused_config(given.envelope)) if request.settings else []
    settings = request.settings or _settings(given.envelope)
    tables = _tables(given, text, settings, request.definitions)
    reporter = Reporter(text, in_list=given.envelope is not None)
    # Without pull secrets in the settings, only Secrets that pods list matter. Their names are known after the pods are
    # read, so Secrets are read later then.
    is_eager = bool(settings.pull_secrets) or request.explains
    facts = siblings.shared_facts(given, settings, tables, reporter, with_secrets=is_eager)
    facts = facts.with_those_of(request.siblings or ())
    if facts.controllers and facts.uses:
        from krmfn.imagepull.workflow_controller import uses_in_controllers  # few inputs have a controller

        facts = facts._replace(uses=tuple(uses_in_controllers(facts.uses, facts.controllers)))
    # A file that is not read may hold the ServiceAccount, so one is created only if the input is the whole package.
    attachment = Attachment(settings, facts.accounts, facts.uses, creates=request.siblings is None)
    context = Context(
        settings,
        tables,
        facts.accounts,
        attachment,
        facts.secrets if is_eager else (),
        request.builds,
        controllers=facts.controllers,
    )
    if facts.controllers and WORKFLOW_DEFAULTS in settings.attach_to:
        from krmfn.imagepull import workflow_defaults  # few inputs have a controller

        context = context._replace(workflow_defaults=workflow_defaults.plan(facts.controllers, facts.uses, settings))
    results += facts.results
    if is_eager and facts.secrets:
        from krmfn.imagepull.secrets.in_input import SecretsByName

        context = context._replace(
            secrets_by_name=SecretsByName(facts.secrets),
            renames_secrets=any(secret.outdated for secret in facts.secrets),
        )
    if settings.may_match_nothing:
        from krmfn.imagepull import unused_settings  # few settings may

        context = context._replace(finder=unused_settings.Finder(settings))
    reported: set[Hashable] = set()
    edited_pieces += (
        editing.edit(piece, context, reporter, reported, explains=request.explains) for piece in pieces(given, tables)
    )
    edited_pieces += _created(text, attachment, settings)
    results += (result for edited in edited_pieces for result in edited.results)
    results += wording.immutable(one for edited in edited_pieces for one in edited.immutable)
    if request.siblings is None:
        results += map(_unknown_account, attachment.unknown_names())
        if context.finder:
            results += _unused(settings, context.finder.found)
    uses = [use for edited in edited_pieces for use in edited.uses]
    if not is_eager and (names := {one.name for use in uses for one in use.listed}):
        some = names if len(names) <= _FEW else ("",)
        facts = facts._replace(secrets=(*siblings.secrets(given, settings, tables, some), *facts.secrets))
    checked = _checked_secrets(uses, facts, settings, is_stream=request.siblings is None)
    results += (_placed(result, text) for result in checked)
    changes = tuple(change for edited in edited_pieces for change in edited.changes)
    results += _called_in_vain(given, text, changes=bool(changes) and not exit_code(results))
    proposal = Proposal(
        results=tuple(results),
        summaries=tuple(summary for edited in edited_pieces for summary in edited.summaries),
        changes=changes,
        edits=tuple(edit for edited in edited_pieces for edit in edited.edits),
    )
    return proposal, context.finder


def _called_in_vain(given: Input, text: str, *, changes: bool) -> Iterator[Result]:
    """Results about a call that cannot have an effect, such as a validator that changes items."""
    is_suspect = len(given.chunks) == 1 and "config.kubernetes.io/function" in given.chunks[0].text
    if given.envelope and (is_suspect or ("validators:" in text and "Kptfile" in text)):
        from krmfn.imagepull import called_in_vain

        yield from called_in_vain.check(given, given.envelope, changes=changes)


def _checked_secrets(
    uses: Sequence[Use], facts: SharedFacts, settings: Settings, *, is_stream: bool
) -> Iterator[Result]:
    """Results about the Secrets that pods use; `is_stream` as in `checks.check`."""
    if uses and (facts.secrets or settings.check_secrets == ALL):
        from krmfn.imagepull.secrets import checks  # few runs need it

        yield from checks.check(uses, facts.secrets, settings, facts.accounts, is_stream=is_stream)


def _placed(result: Result, text: str) -> Result:
    """The result; if it is an error without a location in its message, with one."""
    if result.severity is not Severity.ERROR or result.location is None or result.location.words:
        return result
    line, column = line_and_column(text, result.location.position)
    where = result.location._replace(words=f" (line {line}, column {column} of the input)")
    return result._replace(message=f"{result.message}{where}", location=where)


def _unused(settings: Settings, found: "Found") -> Iterator[Result]:
    """Results about settings that match nothing; none if the input has no images, which is common in pipelines."""
    from krmfn.imagepull.causes import UNUSED_SETTING
    from krmfn.imagepull.unused_settings import unused

    for key, message in unused(settings, found) if found.images else ():
        yield Result(f"`{key}` {message}", Severity.INFO, rule=UNUSED_SETTING)


def _unknown_account(name: str) -> Result:
    message = f"`serviceAccounts.names` has {name}, but the input has no such ServiceAccount"
    return Result(message, Severity.WARNING)


def _tables(given: Input, text: str, settings: Settings, definitions: "Sequence[str] | Definitions") -> KindTables:
    rows = settings.rows
    if SERVICE_ACCOUNTS in settings.attach_to:
        rows = {("", SERVICE_ACCOUNT.kind): accounts.KIND} | dict(rows)
    tables = KindTables(
        rows,
        settings.forbidden,
        embedded=settings.embedded,
        workflow_defaults=settings.workflow_controller.config_map if WORKFLOW_DEFAULTS in settings.attach_to else "",
    )
    if definitions or DEFINITION in text:
        from krmfn.imagepull.definitions import Definitions, rows_defined

        known = definitions if isinstance(definitions, Definitions) else Definitions(definitions)
        tables = tables.taught(rows_defined(given, tables, known))
    return tables


def _created(text: str, attachment: Attachment, settings: Settings) -> Iterator[Edited]:
    """The edit that creates the missing ServiceAccounts, if the settings ask for it."""
    if absent := tuple(attachment.to_create()):
        from krmfn.imagepull.accounts.creation import create

        yield create(text, absent, with_secrets=settings.service_accounts.secrets)


def _settings(envelope: Envelope | None) -> Settings:
    return Settings.from_function_config(function_config(envelope, MINIMAL)) if envelope else Settings()


def _unused_config(envelope: Envelope | None) -> Iterator[Result]:
    """The result about a functionConfig that is not used; none if it is empty, because kpt always sends one."""
    config = envelope.plain("functionConfig") if envelope else None
    if isinstance(config, dict) and (config.get("data") or config.get("spec")):
        yield Result("the functionConfig is ignored, because settings are given in another way", Severity.WARNING)
