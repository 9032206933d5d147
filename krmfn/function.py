"""The whole story: `run` takes bytes and gives bytes and results, and touches nothing else in the world.

bytes ─▶ SourceText ─▶ Chunks ─▶ Documents ─▶ Resources ─▶ PodSpecs ─▶ Changes ─▶ Edits ─▶ text ─▶ bytes
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from krmfn import accounts, documents, parsing
from krmfn.accounts import SERVICE_ACCOUNT, ServiceAccounts
from krmfn.attachment import Attachment
from krmfn.demands import Demands
from krmfn.documents import Chunk, Envelope, Input, Piece
from krmfn.edits import apply_edits, joined
from krmfn.envelope import add_results, function_config
from krmfn.errors import InputError, NotYAML, SettingsError
from krmfn.kinds import DEFINITION, LOOK_ALIKE, Kinds
from krmfn.outcome import Outcome
from krmfn.podspecs import find_resources
from krmfn.reporting import Reporter
from krmfn.resources import Resource
from krmfn.results import Place, Result, Severity, exit_code, most_important_first
from krmfn.rules import Context
from krmfn.settings import SERVICE_ACCOUNTS, Settings
from krmfn.source import SourceText, decode, line_and_column
from krmfn.treatment import Treatment, treat

if TYPE_CHECKING:
    from krmfn.definitions import Definitions


def run(data: bytes, settings: Settings | None = None, definitions: "Sequence[str] | Definitions" = ()) -> Outcome:
    """Make image pulls explicit in `data`, a ResourceList or a stream of YAML or JSON documents.

    Args:
        data: UTF-8 text.
        settings: what to do. None: as the functionConfig of the ResourceList says; for a plain stream, the defaults.
        definitions: YAML texts with CustomResourceDefinitions of kinds in `data`, beside those that are in it; or such
            texts as `krmfn.definitions.Definitions`, which many runs can share.

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
        try:
            return _run(data, source, documents.cut(source.text), settings, definitions)
        except NotYAML:
            # A cut in the wrong place; or a real error, and the whole text tells where.
            return _run(data, source, documents.whole(source.text), settings, definitions)
    except InputError as error:
        return Outcome(data, (_bad_input(source.text, error),))


def _run(
    data: bytes, source: SourceText, given: Input, settings: Settings | None, definitions: "Sequence[str] | Definitions"
) -> Outcome:
    reporter = Reporter(source.text, in_list=given.envelope is not None)
    try:
        results = list(_unused_config(given.envelope)) if settings else []
        settings = settings or _settings(given.envelope)
        tables = _tables(settings)
        if definitions or DEFINITION in source.text:
            from krmfn.definitions import Definitions, rows_defined  # few runs need it, and its imports

            known = definitions if isinstance(definitions, Definitions) else Definitions(definitions)
            tables = tables.taught(rows_defined(given, tables, known))
        context = _context(given, settings, tables, reporter)
        said: set[Hashable] = set()
        treatments = [treat(piece, context, reporter, said) for piece in _pieces(given, tables)]
        if absent := tuple(context.attachment.absent()):
            from krmfn.creation import create  # few runs need it

            with_secrets = settings.service_accounts.secrets
            treatments.append(create(source.text, absent, with_secrets=with_secrets))
        results += [result for treatment in treatments for result in treatment.results]
    except SettingsError as error:
        for chunk in given.chunks:
            parsing.check_syntax(chunk.text)
        treatments, results = [], [Result(str(error), Severity.ERROR)]
    except InputError as error:
        if isinstance(error, NotYAML) or given.envelope is None:
            raise
        treatments, results = [], [_bad_input(source.text, error)]
    return _outcome(data, source, given.envelope, treatments, results)


def _outcome(
    data: bytes, source: SourceText, envelope: Envelope | None, treatments: list[Treatment], results: list[Result]
) -> Outcome:
    if exit_code(results):
        # Nothing is done by halves; and what else there is to know can wait.
        treatments, results = [], [result for result in results if result.severity is not Severity.INFO]
    edits = joined(edit for treatment in treatments for edit in treatment.edits)
    summaries = [summary for treatment in treatments for summary in treatment.summaries]
    ordered = most_important_first([*summaries, *results])
    added = add_results(source.text, envelope, [result.as_data() for result in ordered]) if envelope and ordered else []
    return Outcome(
        output=source.encode(apply_edits(source.text, [*edits, *added])) if edits or added else data,
        results=ordered,
        changes=tuple(change for treatment in treatments for change in treatment.changes),
        edits=edits,
        is_resource_list=envelope is not None,
    )


def _tables(settings: Settings) -> Kinds:
    rows = settings.rows
    if SERVICE_ACCOUNTS in settings.attach_to:
        rows = {("", SERVICE_ACCOUNT.kind): accounts.KIND} | dict(rows)
    return Kinds(rows, settings.forbidden, embedded=settings.embedded)


def _context(given: Input, settings: Settings, tables: Kinds, reporter: Reporter) -> Context:
    """What the rules go by; what ServiceAccounts are to get, all pods have to be asked for first."""
    known = ServiceAccounts(_service_accounts(given, tables), settings.selects)
    context = Context(settings, tables, known, Attachment(settings, known))
    if SERVICE_ACCOUNTS not in settings.attach_to:
        return context
    demands = Demands(context, reporter, set())
    uses = [use for piece in _pieces(given, tables) for demand in demands.of(piece) for use in demand.uses]
    return context._replace(attachment=Attachment(settings, known, uses))


def _settings(envelope: Envelope | None) -> Settings:
    return Settings.from_function_config(function_config(envelope)) if envelope else Settings()


def _unused_config(envelope: Envelope | None) -> Iterator[Result]:
    """kpt always sends a functionConfig; only one that says something is missed."""
    config = envelope.plain("functionConfig") if envelope else None
    if isinstance(config, dict) and (config.get("data") or config.get("spec")):
        yield Result("the functionConfig is not used: other settings are given", Severity.WARNING)


def _pieces(given: Input, tables: Kinds) -> Iterator[Piece]:
    """The pieces with something krmfn knows; the others are checked for their syntax and passed over."""
    if given.envelope and not given.chunks:
        yield documents.items_piece(given.envelope)
    elif given.envelope:
        given.envelope.entry("items")  # that there is only one
    number = 0
    for chunk in given.chunks:
        if _is_foreign(chunk, tables):
            parsing.check_syntax(chunk.text)
            number += 1
        else:
            piece = documents.compose(chunk, number)
            number += len(piece.documents)
            yield piece


def _is_foreign(chunk: Chunk, tables: Kinds) -> bool:
    """Whether the chunk is one object that runs nothing: of a kind no table knows, or that is never touched."""
    if tables.is_known_name(chunk.kind_by_its_look()):
        return False  # nothing is lost when that is wrong, since a closer look follows
    meta = chunk.type_meta
    if meta is None:
        return False
    kind = tables.lookup(meta)
    if kind is None and LOOK_ALIKE in chunk.text:
        return False
    return (kind is None or bool(kind.never)) and chunk.is_one_object


def _service_accounts(given: Input, tables: Kinds) -> Iterator[Resource]:
    """The ServiceAccounts of the whole input, among other resources: pods may come before them."""
    if given.envelope and not given.chunks:
        yield from _resources(documents.items_piece(given.envelope), tables)
    for chunk in given.chunks:
        if SERVICE_ACCOUNT.kind in chunk.text and _may_hold_accounts(chunk, tables):
            yield from _resources(documents.compose(chunk, 0), tables)


def _may_hold_accounts(chunk: Chunk, tables: Kinds) -> bool:
    meta = chunk.type_meta
    if meta is None or meta == SERVICE_ACCOUNT or not chunk.is_one_object:
        return True
    kind = tables.lookup(meta)
    return kind is not None and bool(kind.items or kind.objects)


def _resources(piece: Piece, tables: Kinds) -> Iterator[Resource]:
    for document in piece.documents:
        try:
            for resource, _ in find_resources(document, tables):
                yield resource
        except InputError:
            # Reported when the document's turn comes.
            continue


def _bad_input(text: str, error: InputError) -> Result:
    if error.position is None:
        return Result(str(error), Severity.ERROR)
    line, column = line_and_column(text, error.position)
    number = documents.number_at(text, error.position)
    place = Place(error.position, f" (document {number}, line {line}, column {column} of the input)")
    return Result(f"{error}{place}", Severity.ERROR, place=place)
