"""What pods have to know of the rest of the input, and of what stands beside it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT, ServiceAccounts, service_accounts
from krmfn.imagepull.decisions import Demands
from krmfn.imagepull.kinds import Kinds
from krmfn.imagepull.kinds.secret_sources import WORDS, is_source
from krmfn.imagepull.rules import Context
from krmfn.imagepull.screening import pieces, resources_of
from krmfn.imagepull.settings import OFF, SERVICE_ACCOUNTS, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.documents import Input
from krmfn.krm.reporting import Reporter

if TYPE_CHECKING:
    from krmfn.imagepull.secrets.in_input import GivenSecret


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
            from krmfn.imagepull.secrets.in_input import given_secrets

            yield from given_secrets(source)
