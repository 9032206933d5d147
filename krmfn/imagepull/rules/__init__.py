"""The rules: each looks at one pod spec, or ServiceAccount, and says what is to change and what is worth a result.

A rule is a module, and all that krmfn shows of it is in there: its name, its description, its check, its summary.
"""

from collections.abc import Iterator, Sequence

from krmfn.imagepull.causes import CAUSES, Cause
from krmfn.imagepull.rules import image_pull_policy, image_pull_secrets, service_account_secrets, stale_policy
from krmfn.imagepull.rules.context import Context, Rule
from krmfn.imagepull.uses import Use
from krmfn.splice.changes import Change

__all__ = ["OF_PODS", "OF_SERVICE_ACCOUNTS", "Context", "Rule", "all_causes", "all_rules", "summaries"]

OF_PODS: list[Rule] = [image_pull_policy, stale_policy, image_pull_secrets]
"""The rules for pod specs, in the order in which they are asked."""
OF_SERVICE_ACCOUNTS: list[Rule] = [service_account_secrets]
"""Those for ServiceAccounts."""


def all_rules() -> list[Rule]:
    """Every rule, for lists of them."""
    return [*OF_PODS, *OF_SERVICE_ACCOUNTS]


def all_causes() -> dict[str, Cause]:
    """What reports can name, by id: the rules, which change something, and then the other causes."""
    rules = (Cause(rule.NAME, rule.DESCRIPTION, rule.WHY, rule.FIX) for rule in all_rules())
    return {cause.name: cause for cause in (*rules, *CAUSES)}


def summaries(changes: Sequence[Change], uses: Sequence[Use]) -> Iterator[str]:
    """What was done to one resource, a part for each rule; `uses` are what its pods want of pull secrets."""
    for rule in all_rules():
        if own := [change for change in changes if change.rule == rule.NAME]:
            yield rule.summary(own, uses)
