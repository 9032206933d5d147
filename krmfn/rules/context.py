"""What rules have to go by, and what a rule is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from krmfn.accounts import ServiceAccounts
from krmfn.changes import Change
from krmfn.findings import Finding
from krmfn.kinds import Kinds
from krmfn.podspecs import PodSpec
from krmfn.settings import Settings


class Context(NamedTuple):
    """The settings, the tables, and what the whole input says beyond the pod spec at hand."""

    settings: Settings
    kinds: Kinds
    accounts: ServiceAccounts


Rule = Callable[[PodSpec, Context], Iterator[Change | Finding]]
