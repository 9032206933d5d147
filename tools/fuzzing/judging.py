"""Judge samples: their fate (nothing, edits or a refusal), and objections by the laws and Kubernetes' parsers."""

import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import kubernetes
import laws
import readings

from fuzzing.samples import Sample
from krmfn import Outcome, Settings, Severity, run
from krmfn.splice import parsing

POSITION = re.compile(r"line \d+, column \d+")
# Errors about settings name the key, errors about Secrets name the Secret.
_NO_SHAPE = re.compile(
    r"function ?[cC]onfig\b|`spec\.|`spec` |; known are |these pods use the Secret|cannot be created"
)
PURE_PARSER_EACH = 16
"""One of this many samples is read with PyYAML's own parser, which is slow."""


class Fate(StrEnum):
    """The fate of a sample."""

    UNCHANGED = "unchanged"
    EDITED = "edited"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Objection:
    """An objection: the law or parser, and the reason."""

    who: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"


@dataclass
class Verdict:
    """The fate of a sample, the objections, and the documents that Kubernetes' parsers must still read."""

    sample: Sample
    fate: Fate
    objections: list[Objection] = field(default_factory=list)
    edited: list[readings.Pair] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def settings_of(sample: Sample) -> Settings | None:
    """The settings of a sample; None if they are in the input, or the defaults."""
    if sample.spec is None:
        return None
    head = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}}
    return Settings.from_function_config({**head, "spec": sample.spec})


def judge(sample: Sample, *, pure: bool = False) -> Verdict:
    """The verdict by the laws, with PyYAML's own parser or libyaml."""
    parsing.parser_class = parsing.PureParser if pure or parsing.CParser is None else parsing.CParser
    data, settings = sample.text.encode(), settings_of(sample)

    def rerun(again: bytes) -> Outcome:
        return run(again, settings)

    try:
        outcome = rerun(data)
    except Exception:  # any exception is a bug
        return Verdict(sample, Fate.FAILED, [Objection("no error", traceback.format_exc())])
    fate = Fate.REFUSED if outcome.exit_code else Fate.EDITED if outcome.changes else Fate.UNCHANGED
    verdict = Verdict(sample, fate)
    try:
        if outcome.output is data:  # a second run would be the first one again
            laws.check_identity(data, outcome)
            laws.check_truth(data, outcome)
        else:
            laws.check(data, outcome, rerun)
    except AssertionError as error:
        who, _, what = str(error).partition(": ")
        verdict.objections.append(Objection(who, what))
    except Exception:
        verdict.objections.append(Objection("no error the second time", traceback.format_exc()))
    if outcome.exit_code:
        verdict.refusals = [result.message for result in outcome.results if result.severity is Severity.ERROR]
        lost = [
            message for message in verdict.refusals if not POSITION.search(message) and not _NO_SHAPE.search(message)
        ]
        verdict.objections += (Objection("position", f"{message!r} has none") for message in lost)
    elif outcome.edits:
        verdict.edited = readings.edited_documents(sample.text, outcome.output.decode())
    return verdict


def ask_kubernetes(verdicts: Sequence[Verdict], conversation: kubernetes.Conversation) -> None:
    """Let Kubernetes' parsers read the edited documents, and add their objections."""
    pairs = [(verdict, pair) for verdict in verdicts for pair in verdict.edited]
    answers = iter(conversation.ask([text for _, pair in pairs for text in pair]))
    for (verdict, pair), before, after in zip(pairs, answers, answers, strict=True):
        for parser in before:
            if what := readings.objection(pair, before[parser], after[parser]):
                verdict.objections.append(Objection(parser, what))
