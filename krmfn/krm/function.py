"""The frame of a KRM function: bytes in, bytes and results out, without other side effects.

bytes ─▶ text ─▶ chunks ─▶ the function's own work ─▶ edits ─▶ text ─▶ bytes
"""

from collections.abc import Callable
from typing import NamedTuple

from krmfn.errors import InputError, NotYAML, SettingsError
from krmfn.krm import documents
from krmfn.krm.documents import Input
from krmfn.krm.envelope import add_results
from krmfn.krm.outcome import AnnouncedChange, Outcome
from krmfn.krm.results import Location, Result, Severity, exit_code, most_important_first
from krmfn.splice.edits import Edit, joined, spliced
from krmfn.splice.source import SourceText, decode, line_and_column


class Proposal(NamedTuple):
    """The changes and results that a function proposes for an input.

    Attributes:
        results: what the function reports.
        summaries: what the edits do; left out if the edits are not made.
        changes: every single change.
        edits: verified edits with positions in the whole input; insertions at one position are in order.
    """

    results: tuple[Result, ...] = ()
    summaries: tuple[Result, ...] = ()
    changes: tuple[AnnouncedChange, ...] = ()
    edits: tuple[Edit, ...] = ()


Work = Callable[[str, Input], Proposal]
"""A function on the text of an input and its chunks.

If it raises `NotYAML`, because a chunk does not parse alone, it is called again with the whole input.
`InputError` and `SettingsError` become error results.
"""


def run(data: bytes, work: Work) -> Outcome:
    """Run `work` on `data`: a ResourceList or a stream of YAML or JSON documents, in UTF-8.

    Returns:
        The output with the results. After an error result the items are unchanged.

    Raises:
        VerificationError: a bug in the function; its output must not be used.
    """
    try:
        source = decode(data)
    except InputError as error:
        return Outcome(data, (Result(str(error), Severity.ERROR),))
    try:
        return documents.of_input(
            source.text, lambda given: _outcome(data, source, given, _proposal(source, given, work))
        )
    except InputError as error:
        return Outcome(data, (_bad_input(source.text, error),))


def _proposal(source: SourceText, given: Input, work: Work) -> Proposal:
    try:
        return work(source.text, given)
    except SettingsError as error:
        check_syntax(given)
        return Proposal((Result(str(error), Severity.ERROR),))
    except InputError as error:
        if isinstance(error, NotYAML) or given.envelope is None:
            raise
        check_syntax(given)
        return Proposal((_bad_input(source.text, error),))


def check_syntax(given: Input) -> None:
    """Raise `NotYAML` if a chunk does not parse: not even results are written into a text that is not YAML."""
    for chunk in given.chunks:
        chunk.check_syntax()


def _outcome(data: bytes, source: SourceText, given: Input, proposal: Proposal) -> Outcome:
    if exit_code(proposal.results):
        # After an error there are no edits, and infos would hide the errors.
        proposal = Proposal(tuple(result for result in proposal.results if result.severity is not Severity.INFO))
    edits = joined(proposal.edits)
    results = most_important_first([*proposal.summaries, *proposal.results])
    try:
        added = add_results(given.envelope, [r.as_data() for r in results]) if given.envelope and results else []
    except InputError as error:
        errors = (result for result in results if result.severity is Severity.ERROR)
        return Outcome(data, (*errors, _bad_input(source.text, error)), is_resource_list=True)
    return Outcome(
        output=source.encode(spliced(source.text, joined([*edits, *added]))) if edits or added else data,
        results=results,
        changes=proposal.changes,
        edits=edits,
        is_resource_list=given.envelope is not None,
    )


def _bad_input(text: str, error: InputError) -> Result:
    if error.position is None:
        return Result(str(error), Severity.ERROR)
    line, column = line_and_column(text, error.position)
    hint = ""
    if isinstance(error, NotYAML):
        from krmfn.krm.templating import is_template

        if is_template(_lines_at(text, error.position)):
            hint = ". It looks like a template: run krmfn on what the template renders"
    number = documents.number_at(text, error.position)
    location = Location(error.position, f" (document {number}, line {line}, column {column} of the input)")
    return Result(f"{error}{location}{hint}", Severity.ERROR, location=location)


def _lines_at(text: str, position: int) -> str:
    """The line of a position and the line before it, where the cause of an error may be."""
    start = text.rfind("\n", 0, max(text.rfind("\n", 0, position), 0))
    end = text.find("\n", position)
    return text[max(start, 0) : end if end >= 0 else len(text)]
