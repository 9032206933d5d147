"""`krmfn explain`: what is decided about each image and why, and that this is what a run does."""

import pytest
from test_cases import Case, find_cases

from krmfn import run
from krmfn.explained import Way

POLICIES = ("Always", "IfNotPresent", "Never")
CASES = [pytest.param(case, id=case.name) for case in find_cases()]


def names(proposed: object) -> set[str]:
    """The secrets in a proposed value, whatever its form."""
    match proposed:
        case str():
            return {proposed}
        case dict():
            return {name for value in proposed.values() for name in names(value)}
        case list():
            return {name for value in proposed for name in names(value)}
    raise AssertionError(proposed)


@pytest.mark.parametrize("case", CASES)
def test_it_tells_what_a_run_writes(case: Case) -> None:
    outcome, explained = run(case.data, case.settings), run(case.data, case.settings, explains=True)
    assert explained.output == outcome.output
    assert explained.results == outcome.results
    assert explained.changes == outcome.changes
    policies = {
        (change.document, change.path, change.proposed) for change in outcome.changes if change.proposed in POLICIES
    }
    secrets = {
        (change.document, name)
        for change in outcome.changes
        if change.resource.kind != "ServiceAccount" and change.proposed not in POLICIES
        for name in names(change.proposed)
    }
    assert policies == {
        (image.document, image.policy_path, image.policy)
        for image in explained.images
        if image.policy != image.policy_now
    }
    assert secrets == {
        (image.document, secret.name)
        for image in explained.images
        for secret in image.secrets
        if secret.way is Way.ADDED
    }
