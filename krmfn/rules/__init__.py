"""The rules: each looks at one pod spec and says what is to change and what is worth a result."""

from krmfn.rules.context import Context, Rule
from krmfn.rules.image_pull_policy import image_pull_policy
from krmfn.rules.image_pull_secrets import image_pull_secrets

__all__ = ["RULES", "Context", "Rule"]

RULES: tuple[Rule, ...] = (image_pull_policy, image_pull_secrets)
