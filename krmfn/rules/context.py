"""What rules have to go by, and what a rule is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from krmfn.accounts import ServiceAccounts
from krmfn.attachment import Attachment
from krmfn.changes import Change
from krmfn.findings import Finding
from krmfn.kinds import Kinds
from krmfn.podspecs import PodSpec
from krmfn.settings import Settings
from krmfn.uses import Use


class Context(NamedTuple):
    """The settings, the tables, and what the whole input says beyond the pod spec at hand.

    `attachment` is what the ServiceAccounts, which `accounts` are, get.
    """

    settings: Settings
    kinds: Kinds
    accounts: ServiceAccounts
    attachment: Attachment


Rule = Callable[[PodSpec, Context], Iterator[Change | Finding | Use]]
