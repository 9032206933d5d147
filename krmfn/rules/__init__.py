"""The rules: each looks at one pod spec, or ServiceAccount, and says what is to change and what is worth a result."""

from krmfn.rules.context import Answer, Context, Rule
from krmfn.rules.image_pull_policy import image_pull_policy
from krmfn.rules.image_pull_secrets import image_pull_secrets
from krmfn.rules.service_account_secrets import service_account_secrets

__all__ = ["OF_ACCOUNTS", "OF_PODS", "Answer", "Context", "Rule"]

OF_PODS: tuple[Rule, ...] = (image_pull_policy, image_pull_secrets)
OF_ACCOUNTS: tuple[Rule, ...] = (service_account_secrets,)
