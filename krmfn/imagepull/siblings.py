"""Facts that the documents and files of a package share: ServiceAccounts, Secrets, uses and workflow controllers."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT, ServiceAccounts, service_accounts
from krmfn.imagepull.decisions import Decider
from krmfn.imagepull.kinds import KindTables
from krmfn.imagepull.kinds.secret_sources import WORDS, is_source
from krmfn.imagepull.rules import Context
from krmfn.imagepull.screening import pieces, resources_of
from krmfn.imagepull.settings import OFF, WORKFLOW_DEFAULTS, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.documents import Input
from krmfn.krm.reporting import Reporter
from krmfn.krm.results import Result
from krmfn.krm.typemeta import TypeMeta

if TYPE_CHECKING:
    from krmfn.imagepull.secrets.in_input import SecretInInput
    from krmfn.imagepull.workflow_controller import WorkflowController


class SharedFacts(NamedTuple):
    """The facts of a text that its siblings need.

    Attributes:
        accounts: its ServiceAccounts.
        secrets: the Secrets that are in it, or that an object in it makes; none if `checkSecrets` is Off.
        uses: the uses of its pods; none unless ServiceAccounts or workflowDefaults get pull secrets.
        controllers: the controllers of Argo Workflows whose ConfigMaps are in it.
        results: results about these ConfigMaps, for the text itself.
    """

    accounts: ServiceAccounts = ServiceAccounts()
    secrets: "tuple[SecretInInput, ...]" = ()
    uses: tuple[Use, ...] = ()
    controllers: "tuple[WorkflowController, ...]" = ()
    results: tuple[Result, ...] = ()

    def with_those_of(self, others: Iterable["SharedFacts"]) -> "SharedFacts":
        """These facts joined with the siblings', whose locations are removed: they are in other texts."""
        others = tuple(others)
        if not others:
            return self
        accounts = ServiceAccounts.of_all((self.accounts, *(other.accounts for other in others)))
        secrets = [secret._replace(location=None, file=None) for other in others for secret in other.secrets]
        uses = [use for other in others for use in other.uses]
        controllers = [controller for other in others for controller in other.controllers]
        return SharedFacts(
            accounts,
            (*self.secrets, *secrets),
            (*self.uses, *uses),
            (*self.controllers, *controllers),
            self.results,
        )


def shared_facts(
    given: Input, settings: Settings, tables: KindTables, reporter: Reporter, *, with_secrets: bool
) -> SharedFacts:
    """The facts of a text; `reporter` belongs to the text; `with_secrets`: whether to look for its Secrets."""
    accounts = service_accounts(resources_of(given, tables, (SERVICE_ACCOUNT.kind,), _is_account), settings.selects)
    controllers, results = _controllers(given, settings, tables, reporter)
    uses: tuple[Use, ...] = ()
    if not settings.is_per_pod_spec:
        context = Context(settings, tables, accounts, Attachment(settings, accounts), controllers=controllers)
        decider = Decider(context, reporter, set())
        uses = tuple(
            use for piece in pieces(given, tables) for decisions in decider.decide(piece) for use in decisions.uses
        )
    found = tuple(secrets(given, settings, tables)) if with_secrets else ()
    return SharedFacts(accounts, found, uses, controllers, results)


def _controllers(
    given: Input, settings: Settings, tables: KindTables, reporter: Reporter
) -> "tuple[tuple[WorkflowController, ...], tuple[Result, ...]]":
    """The controllers of Argo Workflows whose ConfigMaps are in a text, and results about these ConfigMaps."""
    name = settings.workflow_controller.config_map
    if name not in reporter.text:
        return (), ()
    from krmfn.imagepull import workflow_controller  # few inputs have it

    config_maps = resources_of(given, tables, (name,), lambda meta: meta == workflow_controller.CONFIG_MAP)
    found, results = workflow_controller.read(config_maps, name, reporter)
    if WORKFLOW_DEFAULTS in settings.attach_to:
        from krmfn.imagepull.workflow_defaults_text import reason_against

        found = [
            (one, controller._replace(against=controller.against or reason_against(one, settings, tables)))
            for one, controller in found
        ]
    return tuple(controller for _, controller in found), results


def _is_account(meta: TypeMeta) -> bool:
    """Whether it is a ServiceAccount of any version: rows of kinds have no version either."""
    return (meta.group, meta.kind) == (SERVICE_ACCOUNT.group, SERVICE_ACCOUNT.kind)


def secrets(
    given: Input, settings: Settings, tables: KindTables, names: Collection[str] = ("",)
) -> "Iterator[SecretInInput]":
    """The Secrets that are in a text, or that an object in it makes; none if `checkSecrets` is Off.

    `names`: only objects whose text has one of these names are read.
    """
    if settings.check_secrets != OFF:
        for source in resources_of(given, tables, WORDS, is_source, names):
            from krmfn.imagepull.secrets.in_input import secrets_in_input

            yield from secrets_in_input(source)
