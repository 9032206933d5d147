"""What rules have to go by, and what a rule is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from krmfn.accounts import ServiceAccounts
from krmfn.changes import Change
from krmfn.findings import Finding
from krmfn.podspecs import PodSpec
from krmfn.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The settings, and what the whole input says beyond the pod spec at hand."""

    settings: Settings
    accounts: ServiceAccounts


Rule = Callable[[PodSpec, Context], Iterator[Change | Finding]]
