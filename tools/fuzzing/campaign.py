"""Run many seeds: check each sample, and count the outcomes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import kubernetes

from fuzzing.judging import PURE_PARSER_EACH, Fate, Objection, Verdict, ask_kubernetes, judge
from fuzzing.samples import Sample, sample
from fuzzing.shrinking import shrunk
from krmfn.errors import SettingsError

AT_ONCE = 50
"""The number of samples that Kubernetes' parsers get at once."""


@dataclass
class Tally:
    """Counts samples, documents and fates."""

    documents: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    read_by_kubernetes: int = 0
    failed: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.documents += verdict.sample.documents
        self.fates[verdict.fate] += 1
        self.read_by_kubernetes += len(verdict.edited)
        self.failed += bool(verdict.objections)

    def __str__(self) -> str:
        fates = ", ".join(f"{self.fates[fate]:,} {fate}" for fate in Fate)
        return (
            f"{self.fates.total():,} samples with {self.documents:,} documents: {fates}; "
            f"{self.read_by_kubernetes:,} edited documents compared by Kubernetes' parsers; {self.failed:,} objected to"
        )


def verdicts(
    seeds: Iterable[int], conversation: kubernetes.Conversation | None, make: Callable[[int], Sample] = sample
) -> Iterator[tuple[int, Verdict]]:
    """The verdict on the sample of each seed; without a conversation Kubernetes' parsers are not used."""
    waiting = iter(seeds)
    while batch := list(islice(waiting, AT_ONCE)):
        judged = [judge(make(seed), pure=is_for_pure_parser(seed)) for seed in batch]
        if conversation:
            ask_kubernetes(judged, conversation)
        yield from zip(batch, judged, strict=True)


def is_for_pure_parser(seed: int) -> bool:
    """Whether to read the sample of a seed with PyYAML's own parser."""
    return seed % PURE_PARSER_EACH == 0


def smallest(seed: int, verdict: Verdict, conversation: kubernetes.Conversation | None) -> tuple[Sample, Objection]:
    """A small sample with an objection from the same law or parser as the seed's first, and that objection."""
    who = verdict.objections[0].who
    pure = is_for_pure_parser(seed)

    def objection(candidate: Sample) -> Objection | None:
        try:
            found = judge(candidate, pure=pure)
        except SettingsError:
            return None
        if conversation:
            ask_kubernetes([found], conversation)
        return next((one for one in found.objections if one.who == who), None)

    small = shrunk(verdict.sample, lambda candidate: objection(candidate) is not None)
    return small, objection(small) or verdict.objections[0]
