"""The rules: each checks one pod spec or ServiceAccount and returns a verdict: changes and findings.

A rule is a module with its name, its description, its check and its summary.
"""

from collections.abc import Iterator, Sequence

from krmfn.imagepull.causes import CAUSES, Cause
from krmfn.imagepull.rules import image_pull_policy, image_pull_secrets, service_account_secrets, stale_policy
from krmfn.imagepull.rules.context import Context, Rule
from krmfn.imagepull.uses import Use
from krmfn.splice.changes import Change

__all__ = ["OF_PODS", "OF_SERVICE_ACCOUNTS", "Context", "Rule", "all_causes", "all_rules", "summaries"]

OF_PODS: list[Rule] = [image_pull_policy, stale_policy, image_pull_secrets]
"""The rules for pod specs, in the order in which they run."""
OF_SERVICE_ACCOUNTS: list[Rule] = [service_account_secrets]
"""The rules for ServiceAccounts."""


def all_rules() -> list[Rule]:
    """All rules."""
    return [*OF_PODS, *OF_SERVICE_ACCOUNTS]


def all_causes() -> dict[str, Cause]:
    """What reports can name, by id: the rules, which change something, and then the other causes."""
    rules = (Cause(rule.NAME, rule.DESCRIPTION, rule.WHY, rule.FIX) for rule in all_rules())
    return {cause.name: cause for cause in (*rules, *CAUSES)}


def summaries(changes: Sequence[Change], uses: Sequence[Use]) -> Iterator[str]:
    """The changes of one resource to one summary for each rule; `uses` are the uses of its pods."""
    for rule in all_rules():
        if own := [change for change in changes if change.rule == rule.NAME]:
            yield rule.summary(own, uses)
