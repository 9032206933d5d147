"""Pull secrets for ServiceAccounts: which ones each gets, for the pods that use it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from krmfn.imagepull.accounts.in_input import SERVICE_ACCOUNT, ServiceAccounts
from krmfn.imagepull.images.reference import is_templated
from krmfn.imagepull.settings import SERVICE_ACCOUNTS, WORKFLOW_DEFAULTS, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.names import is_label, is_subdomain
from krmfn.krm.results import ResourceRef


class Absent(NamedTuple):
    """A ServiceAccount that is not in the input, with the secrets that it gets and the first pods that use it."""

    namespace: str
    name: str
    secrets: tuple[str, ...]
    use: Use


class Attachment:
    """The plan for the ServiceAccounts of one run."""

    def __init__(
        self, settings: Settings, accounts: ServiceAccounts, uses: Iterable[Use] = (), *, creates: bool = False
    ) -> None:
        """Plan for all ServiceAccounts.

        Args:
            settings: the settings.
            accounts: the ServiceAccounts in the input and its siblings.
            uses: the uses of all pods.
            creates: whether ServiceAccounts may be created if the settings ask for it.
        """
        self._settings = settings
        self._accounts = accounts
        self._creates = creates and settings.service_accounts.create
        self._called_for: dict[tuple[str, frozenset[str]], dict[str, str]] = {}
        self._absent: dict[tuple[str, str], dict[str, str]] = {}
        self._users: dict[tuple[str, str], Use] = {}
        through_defaults = WORKFLOW_DEFAULTS in settings.attach_to
        for use in uses if SERVICE_ACCOUNTS in settings.attach_to else ():
            for name in use.accounts if not (through_defaults and use.is_workflow) else ():
                found = accounts.find(use.namespace, name)
                for account in found:
                    _add(self._called_for.setdefault((account.namespace, account.names), {}), use.secrets)
                if not found:
                    _add(self._absent.setdefault((use.namespace, name), {}), use.secrets)
                    self._users.setdefault((use.namespace, name), use)

    def secrets(self, namespace: str, names: frozenset[str]) -> Mapping[str, str]:
        """The secrets for a ServiceAccount in the input, in the settings' order, each with the image that needs it."""
        is_selected = any(map(self._settings.service_accounts.selects, names))
        if SERVICE_ACCOUNTS not in self._settings.attach_to or not is_selected:
            return {}
        called_for = self._called_for.get((namespace, names), {})
        is_named = bool(self._settings.service_accounts.names)
        return {
            secret.name: called_for.get(secret.name, "")
            for secret in self._settings.pull_secrets
            if secret.name in called_for or (is_named and not secret.images)
        }

    def to_create(self) -> Iterator[Absent]:
        """The ServiceAccounts to create, by namespace and name: pods use them, but no input has them."""
        for (namespace, name), called_for in sorted(self._absent.items(), key=lambda item: item[0]):
            if called_for and self.reason_against(namespace, name) is None:
                inherited = self._settings.known_pull_secrets(namespace, name) or ()
                wanted = (secret.name for secret in self._settings.pull_secrets if secret.name in called_for)
                secrets = tuple(dict.fromkeys((*inherited, *wanted)))
                yield Absent(namespace, name, secrets, self._users[namespace, name])

    def unknown_names(self) -> tuple[str, ...]:
        """The entries of `serviceAccounts.names`, except globs, that neither the input nor any of its pods has."""
        if SERVICE_ACCOUNTS not in self._settings.attach_to:
            return ()
        known = {*self._accounts.by_name, *(name for _, name in self._absent)}
        names = self._settings.service_accounts.names
        return tuple(name for name in names if name not in known and not set(name) & set("*?["))

    def reason_against(self, namespace: str, name: str) -> str | None:
        """Why a ServiceAccount that pods use gets no secrets, as words after its name; None if it gets them."""
        found = self._accounts.find(namespace, name)
        names = {name, *(other for account in found for other in account.names)}
        if is_templated(name):
            return "has a name that is filled in later"
        if not any(map(self._settings.service_accounts.selects, names)):
            return "is not among `serviceAccounts.names`"
        if found:
            return "is left alone" if all(account.is_left_alone for account in found) else None
        if not self._creates:
            return "is not in the input"
        if not is_subdomain(name) or (namespace and not is_label(namespace)):
            return "has a name or namespace that is not valid in Kubernetes, so it is not created"
        meta = SERVICE_ACCOUNT
        is_selected = self._settings.selects_object(ResourceRef(meta.api_version, meta.kind, name, namespace), {}, {})
        return None if is_selected else "is not in the input, and `include` or `exclude` keep it from being created"


def _add(known: dict[str, str], secrets: Mapping[str, str]) -> None:
    for name, image in secrets.items():
        known.setdefault(name, image)
