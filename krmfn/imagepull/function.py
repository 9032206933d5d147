"""The whole story: `run` takes bytes and gives bytes and results, and touches nothing else in the world.

bytes ─▶ SourceText ─▶ Chunks ─▶ Documents ─▶ Resources ─▶ PodSpecs ─▶ Changes ─▶ Edits ─▶ text ─▶ bytes
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from krmfn.errors import InputError, NotYAML, SettingsError
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT
from krmfn.imagepull.editing import Treatment, treat
from krmfn.imagepull.kinds import DEFINITION, Kinds
from krmfn.imagepull.rules import Context
from krmfn.imagepull.screening import pieces
from krmfn.imagepull.settings import ALL, SERVICE_ACCOUNTS, Settings
from krmfn.imagepull.siblings import Surroundings, surroundings
from krmfn.krm import documents
from krmfn.krm.documents import Envelope, Input
from krmfn.krm.envelope import add_results, function_config
from krmfn.krm.outcome import Outcome
from krmfn.krm.reporting import Reporter
from krmfn.krm.results import Place, Result, Severity, exit_code, most_important_first
from krmfn.splice import parsing
from krmfn.splice.edits import apply_edits, joined
from krmfn.splice.source import SourceText, decode, line_and_column

if TYPE_CHECKING:
    from krmfn.imagepull.definitions import Definitions


def run(
    data: bytes,
    settings: Settings | None = None,
    definitions: "Sequence[str] | Definitions" = (),
    beside: Sequence[Surroundings] | None = None,
    *,
    explains: bool = False,
) -> Outcome:
    """Make image pulls explicit in `data`, a ResourceList or a stream of YAML or JSON documents.

    Args:
        data: UTF-8 text.
        settings: what to do. None: as the functionConfig of the ResourceList says; for a plain stream, the defaults.
        definitions: YAML texts with CustomResourceDefinitions of kinds in `data`, beside those that are in it; or such
            texts as `krmfn.imagepull.definitions.Definitions`, which many runs can share.
        beside: what `look_around` found in the texts that stand beside `data`; None when that is all there is.
        explains: whether `Outcome.images` is to tell of each image what is decided about it, and why.

    Returns:
        The output with its results. Bad input and bad settings are error results; the items go out unchanged then.

    Raises:
        VerificationError: a bug in krmfn; nothing of what it did may be used.
    """
    try:
        source = decode(data)
    except InputError as error:
        return Outcome(data, (Result(str(error), Severity.ERROR),))
    try:
        return documents.of_input(
            source.text, lambda given: _run(data, source, given, settings, definitions, beside, explains)
        )
    except InputError as error:
        return Outcome(data, (_bad_input(source.text, error),))


def look_around(text: str, settings: Settings, definitions: "Sequence[str] | Definitions" = ()) -> Surroundings:
    """What a text is to those that stand beside it, as `run` takes it; nothing when it cannot be read."""
    try:
        return documents.of_input(text, lambda given: _look_around(given, text, settings, definitions))
    except InputError:
        return Surroundings()


def _look_around(
    given: Input, text: str, settings: Settings, definitions: "Sequence[str] | Definitions"
) -> Surroundings:
    reporter = Reporter(text, in_list=given.envelope is not None)
    return surroundings(given, settings, _tables(given, text, settings, definitions), reporter)


def _run(
    data: bytes,
    source: SourceText,
    given: Input,
    settings: Settings | None,
    definitions: "Sequence[str] | Definitions",
    beside: Sequence[Surroundings] | None,
    explains: bool,
) -> Outcome:
    try:
        results = list(_unused_config(given.envelope)) if settings else []
        settings = settings or _settings(given.envelope)
        tables = _tables(given, source.text, settings, definitions)
        treatments, found = _treated(source.text, given, settings, tables, beside, explains)
        results += found
    except SettingsError as error:
        for chunk in given.chunks:
            parsing.check_syntax(chunk.text)
        treatments, results = [], [Result(str(error), Severity.ERROR)]
    except InputError as error:
        if isinstance(error, NotYAML) or given.envelope is None:
            raise
        treatments, results = [], [_bad_input(source.text, error)]
    return _outcome(data, source, given.envelope, treatments, results)


def _treated(
    text: str, given: Input, settings: Settings, tables: Kinds, beside: Sequence[Surroundings] | None, explains: bool
) -> tuple[list[Treatment], list[Result]]:
    reporter = Reporter(text, in_list=given.envelope is not None)
    own = surroundings(given, settings, tables, reporter)
    around = own.beside(beside or ())
    # Among files, one that others have not given may hold it: only in an input that is whole something is created.
    attachment = Attachment(settings, around.accounts, around.uses, creates=beside is None)
    context = Context(settings, tables, around.accounts, attachment, around.secrets, explains)
    said: set[Hashable] = set()
    treatments = [treat(piece, context, reporter, said) for piece in pieces(given, tables)]
    treatments += _created(text, attachment, settings)
    results = [result for treatment in treatments for result in treatment.results]
    if beside is None:
        results += map(_unknown_account, attachment.unknown_names())
    if around.secrets or settings.check_secrets == ALL:
        from krmfn.imagepull.secrets import checks as presence

        uses = [use for treatment in treatments for use in treatment.uses]
        results += presence.check(uses, around.secrets, settings)
    return treatments, results


def _unknown_account(name: str) -> Result:
    message = f"`serviceAccounts.names` has {name}, and there is no such ServiceAccount in the input"
    return Result(message, Severity.WARNING)


def _outcome(
    data: bytes, source: SourceText, envelope: Envelope | None, treatments: list[Treatment], results: list[Result]
) -> Outcome:
    images = tuple(image for treatment in treatments for image in treatment.images)
    if exit_code(results):
        images = tuple(image.as_it_is("nothing is written while the input has errors") for image in images)
        # Nothing is done by halves; and what else there is to know can wait.
        treatments, results = [], [result for result in results if result.severity is not Severity.INFO]
    edits = joined(edit for treatment in treatments for edit in treatment.edits)
    summaries = [summary for treatment in treatments for summary in treatment.summaries]
    ordered = most_important_first([*summaries, *results])
    try:
        added = add_results(envelope, [result.as_data() for result in ordered]) if envelope and ordered else []
    except InputError as error:
        errors = (result for result in ordered if result.severity is Severity.ERROR)
        return Outcome(data, (*errors, _bad_input(source.text, error)), is_resource_list=True)
    return Outcome(
        output=source.encode(apply_edits(source.text, joined([*edits, *added]))) if edits or added else data,
        results=ordered,
        changes=tuple(change for treatment in treatments for change in treatment.changes),
        edits=edits,
        is_resource_list=envelope is not None,
        images=images,
    )


def _tables(given: Input, text: str, settings: Settings, definitions: "Sequence[str] | Definitions") -> Kinds:
    rows = settings.rows
    if SERVICE_ACCOUNTS in settings.attach_to:
        rows = {("", SERVICE_ACCOUNT.kind): accounts.KIND} | dict(rows)
    tables = Kinds(rows, settings.forbidden, embedded=settings.embedded)
    if definitions or DEFINITION in text:
        from krmfn.imagepull.definitions import Definitions, rows_defined

        known = definitions if isinstance(definitions, Definitions) else Definitions(definitions)
        tables = tables.taught(rows_defined(given, tables, known))
    return tables


def _created(text: str, attachment: Attachment, settings: Settings) -> Iterator[Treatment]:
    """The ServiceAccounts that are nowhere."""
    if absent := tuple(attachment.to_create()):
        from krmfn.imagepull.accounts.creation import create

        yield create(text, absent, with_secrets=settings.service_accounts.secrets)


def _settings(envelope: Envelope | None) -> Settings:
    return Settings.from_function_config(function_config(envelope)) if envelope else Settings()


def _unused_config(envelope: Envelope | None) -> Iterator[Result]:
    """kpt always sends a functionConfig; only one that says something is missed."""
    config = envelope.plain("functionConfig") if envelope else None
    if isinstance(config, dict) and (config.get("data") or config.get("spec")):
        yield Result("the functionConfig is not used: other settings are given", Severity.WARNING)


def _bad_input(text: str, error: InputError) -> Result:
    if error.position is None:
        return Result(str(error), Severity.ERROR)
    line, column = line_and_column(text, error.position)
    number = documents.number_at(text, error.position)
    place = Place(error.position, f" (document {number}, line {line}, column {column} of the input)")
    return Result(f"{error}{place}", Severity.ERROR, place=place)
