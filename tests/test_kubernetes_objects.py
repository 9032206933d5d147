"""What Kubernetes' own code makes of objects: after krmfn it takes what it took before, and policies change nothing."""

import sys
from collections import Counter
from typing import Any

import kubernetes
import manifests
import pytest
import test_cases
from kubernetes import Creation
from manifests import Manifest
from shared import needs_shared

from krmfn import Settings, run

each_source = pytest.mark.parametrize(
    "source", [pytest.param(name, marks=needs_shared if name == "corpus" else ()) for name in manifests.SOURCES]
)


def created(found: list[Manifest], settings: Settings | None) -> list[Creation]:
    """The objects as they would be stored, after krmfn when there are settings for it."""
    texts = [run(each.text, settings).output if settings else each.text for each in found]
    return kubernetes.create_builtin(text.decode() for text in texts)


def problems(creation: Creation) -> tuple[bool, list[str]]:
    """Whether an object is refused at once, and what is said of it otherwise, in some order."""
    return bool(creation.undecoded), sorted(creation.invalid)


def names(stored: Any) -> list[str | None]:
    entries = manifests.pod_spec(stored).get("imagePullSecrets") or []
    return [entry.get("name") for entry in entries]


@each_source
def test_policies_are_what_the_api_server_would_have_stored_anyway(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = manifests.find(source)
    counts: Counter[str] = Counter()
    for each, before, after in zip(found, created(found, None), created(found, manifests.POLICIES), strict=True):
        counts["refused" if before.undecoded else "invalid" if before.invalid else "accepted"] += 1
        assert after.stored == before.stored, each
        assert problems(after) == problems(before), each
    with capsys.disabled():
        sys.stdout.write(f"\nobjects in the {source}: {dict(counts)}\n")
    assert counts["accepted"] >= 10


@each_source
def test_secrets_are_the_old_ones_and_ours_and_nothing_else_is_touched(source: str) -> None:
    found = manifests.find(source)
    for each, before, after in zip(found, created(found, None), created(found, manifests.WITH_SECRETS), strict=True):
        assert problems(after) == problems(before), each
        if before.undecoded:
            continue
        old = names(before.stored)
        is_left_alone = manifests.is_left_alone(each, run(each.text, manifests.WITH_SECRETS))
        new = [] if is_left_alone else [name for name in manifests.SECRETS if name not in old]
        assert names(after.stored) == old + new, each
        for creation in (before, after):
            manifests.pod_spec(creation.stored).pop("imagePullSecrets", None)
        assert after.stored == before.stored


def test_no_case_becomes_unreadable_under_its_own_settings() -> None:
    pairs: list[tuple[Manifest, Manifest]] = []
    for case in test_cases.find_cases():
        outcome = run(case.data, case.settings)
        if outcome.changes and not outcome.is_resource_list:
            old, new = (manifests.of_text(case.name, data.decode()) for data in (case.data, outcome.output))
            # What krmfn makes comes last.
            pairs += [pair for pair in zip(old, new, strict=False) if pair[0].kind in manifests.BUILTIN]
    assert len(pairs) > 200
    answers = kubernetes.create_builtin(each.text.decode() for pair in pairs for each in pair)
    for (before, after), judged_before, judged_after in zip(pairs, answers[::2], answers[1::2], strict=True):
        assert (after.kind, after.data.get("metadata")) == (before.kind, before.data.get("metadata"))
        assert problems(judged_after) == problems(judged_before), after
