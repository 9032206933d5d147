"""What rules have to go by, and what a rule is."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from krmfn.accounts import ServiceAccounts
from krmfn.attachment import Attachment
from krmfn.changes import Change
from krmfn.decisions import PolicyDecision, SecretsDecision
from krmfn.findings import Finding
from krmfn.kinds import Kinds
from krmfn.podspecs import PodSpec
from krmfn.settings import Settings
from krmfn.uses import Use

if TYPE_CHECKING:
    from krmfn.given_secrets import GivenSecret


class Context(NamedTuple):
    """The settings, the tables, and what the whole input says beyond the pod spec at hand.

    `attachment` is what the ServiceAccounts, which `accounts` are, get; `secrets` are the Secrets that the input
    brings. `explains`: whether images are to be explained.
    """

    settings: Settings
    kinds: Kinds
    accounts: ServiceAccounts
    attachment: Attachment
    secrets: "tuple[GivenSecret, ...]" = ()
    explains: bool = False

    def pull_secrets_of(self, namespace: str, account: str) -> tuple[str, ...] | None:
        """The pull secrets of a ServiceAccount, in the input or as the settings say; None when nobody knows."""
        known = self.accounts.pull_secrets(namespace, account)
        return self.settings.inherited(namespace, account) if known is None else known


Answer = Change | Finding | Use | PolicyDecision | SecretsDecision
Rule = Callable[[PodSpec, Context], Iterator[Answer]]
