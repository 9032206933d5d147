"""What the documents and files of one package have to know of each other: ServiceAccounts, Secrets, and uses."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT, ServiceAccounts, service_accounts
from krmfn.imagepull.decisions import Decider
from krmfn.imagepull.kinds import KindTables
from krmfn.imagepull.kinds.secret_sources import WORDS, is_source
from krmfn.imagepull.rules import Context
from krmfn.imagepull.screening import pieces, resources_of
from krmfn.imagepull.settings import OFF, SERVICE_ACCOUNTS, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.documents import Input
from krmfn.krm.reporting import Reporter
from krmfn.krm.typemeta import TypeMeta

if TYPE_CHECKING:
    from krmfn.imagepull.secrets.in_input import SecretInInput


class SharedFacts(NamedTuple):
    """What a text tells its siblings.

    Attributes:
        accounts: its ServiceAccounts.
        secrets: the Secrets that are in it or come from it, where the settings have them looked at.
        uses: what its pods want, where the settings have ServiceAccounts get it.
    """

    accounts: ServiceAccounts = ServiceAccounts()
    secrets: "tuple[SecretInInput, ...]" = ()
    uses: tuple[Use, ...] = ()

    def with_those_of(self, others: Iterable["SharedFacts"]) -> "SharedFacts":
        """These with those of the siblings, whose locations mean nothing here."""
        others = tuple(others)
        if not others:
            return self
        accounts = ServiceAccounts.of_all((self.accounts, *(other.accounts for other in others)))
        secrets = [secret._replace(location=None, file=None) for other in others for secret in other.secrets]
        uses = [use for other in others for use in other.uses]
        return SharedFacts(accounts, (*self.secrets, *secrets), (*self.uses, *uses))


def shared_facts(
    given: Input, settings: Settings, tables: KindTables, reporter: Reporter, *, with_secrets: bool
) -> SharedFacts:
    """What a text tells its siblings; `reporter` belongs to it. `with_secrets`: its Secrets are looked for."""
    accounts = service_accounts(resources_of(given, tables, (SERVICE_ACCOUNT.kind,), _is_account), settings.selects)
    uses: tuple[Use, ...] = ()
    if SERVICE_ACCOUNTS in settings.attach_to:
        decider = Decider(Context(settings, tables, accounts, Attachment(settings, accounts)), reporter, set())
        uses = tuple(
            use for piece in pieces(given, tables) for decisions in decider.decide(piece) for use in decisions.uses
        )
    return SharedFacts(accounts, tuple(secrets(given, settings, tables)) if with_secrets else (), uses)


def _is_account(meta: TypeMeta) -> bool:
    """Whether it is a ServiceAccount, in whatever version, as rows of kinds are."""
    return (meta.group, meta.kind) == (SERVICE_ACCOUNT.group, SERVICE_ACCOUNT.kind)


def secrets(
    given: Input, settings: Settings, tables: KindTables, names: Collection[str] = ("",)
) -> "Iterator[SecretInInput]":
    """The Secrets that are in a text or come from something in it, where the settings have them looked at.

    `names`: only what has one of them in its text counts.
    """
    if settings.check_secrets != OFF:
        for source in resources_of(given, tables, WORDS, is_source, names):
            from krmfn.imagepull.secrets.in_input import secrets_in_input

            yield from secrets_in_input(source)
