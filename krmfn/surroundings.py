"""What pods have to know of the rest of the input, and of what stands beside it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from krmfn.accounts import SERVICE_ACCOUNT, ServiceAccounts, service_accounts
from krmfn.attachment import Attachment
from krmfn.demands import Demands
from krmfn.documents import Input
from krmfn.kinds import Kinds
from krmfn.kinds.secret_sources import WORDS, is_source
from krmfn.pieces import pieces, resources_of
from krmfn.reporting import Reporter
from krmfn.rules import Context
from krmfn.settings import OFF, SERVICE_ACCOUNTS, Settings
from krmfn.uses import Use

if TYPE_CHECKING:
    from krmfn.given_secrets import GivenSecret


class Surroundings(NamedTuple):
    """What a text says beyond its pods.

    Attributes:
        accounts: its ServiceAccounts.
        secrets: the Secrets that are in it or come from it, where the settings have them looked at.
        uses: what its pods want, where the settings have ServiceAccounts get it.
    """

    accounts: ServiceAccounts = ServiceAccounts()
    secrets: "tuple[GivenSecret, ...]" = ()
    uses: tuple[Use, ...] = ()

    def beside(self, others: Iterable["Surroundings"]) -> "Surroundings":
        """These with those of other texts, whose places mean nothing here."""
        others = tuple(others)
        if not others:
            return self
        accounts = ServiceAccounts.of_all((self.accounts, *(other.accounts for other in others)))
        secrets = [secret._replace(place=None, file=None) for other in others for secret in other.secrets]
        uses = [use for other in others for use in other.uses]
        return Surroundings(accounts, (*self.secrets, *secrets), (*self.uses, *uses))


def surroundings(given: Input, settings: Settings, tables: Kinds, reporter: Reporter) -> Surroundings:
    """Look around in a text."""
    accounts = service_accounts(
        resources_of(given, tables, (SERVICE_ACCOUNT.kind,), lambda meta: meta == SERVICE_ACCOUNT), settings.selects
    )
    uses: tuple[Use, ...] = ()
    if SERVICE_ACCOUNTS in settings.attach_to:
        demands = Demands(Context(settings, tables, accounts, Attachment(settings, accounts)), reporter, set())
        uses = tuple(use for piece in pieces(given, tables) for demand in demands.of(piece) for use in demand.uses)
    return Surroundings(accounts, tuple(_secrets(given, settings, tables)), uses)


def _secrets(given: Input, settings: Settings, tables: Kinds) -> "Iterator[GivenSecret]":
    if settings.pull_secrets and settings.check_secrets != OFF:
        for source in resources_of(given, tables, WORDS, is_source):
            from krmfn.given_secrets import given_secrets  # few runs need it, and its imports

            yield from given_secrets(source)
