"""Pull secrets for ServiceAccounts: what each is to get, for the pods that run as it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from krmfn.accounts import ServiceAccounts
from krmfn.images import is_templated
from krmfn.settings import SERVICE_ACCOUNTS, Settings
from krmfn.uses import Use


class Absent(NamedTuple):
    """A ServiceAccount that is not in the input, what it is to get, and the first pods that run as it."""

    namespace: str
    name: str
    secrets: tuple[str, ...]
    use: Use


class Attachment:
    """The plan for the ServiceAccounts of one run."""

    def __init__(self, settings: Settings, accounts: ServiceAccounts, uses: Iterable[Use] = ()) -> None:
        """`accounts` are those in the input and beside it, `uses` likewise all the pods."""
        self._settings = settings
        self._accounts = accounts
        self._called_for: dict[tuple[str, str], dict[str, str]] = {}
        for use in uses:
            for account in use.accounts:
                name = use.namespace, account
                self._called_for.setdefault(name, {}).update({**use.secrets, **self._called_for.get(name, {})})

    def secrets(self, namespace: str, name: str) -> Mapping[str, str]:
        """The secrets for a ServiceAccount in the input, each with the image that calls for it, in their order."""
        if SERVICE_ACCOUNTS not in self._settings.attach_to or not self._settings.service_accounts.selects(name):
            return {}
        called_for = self._called_for.get((namespace, name), {})
        is_named = bool(self._settings.service_accounts.names)
        return {
            secret.name: called_for.get(secret.name, "")
            for secret in self._settings.pull_secrets
            if secret.name in called_for or (is_named and not secret.images)
        }

    def absent(self, uses: Iterable[Use]) -> Iterator[Absent]:
        """Those that these pods run as and that are to be created, by namespace and name."""
        if SERVICE_ACCOUNTS not in self._settings.attach_to or not self._settings.service_accounts.create:
            return
        own = {(use.namespace, account): use for use in reversed(list(uses)) for account in use.accounts}
        for (namespace, name), use in sorted(own.items(), key=lambda item: item[0]):
            secrets = tuple(self.secrets(namespace, name))
            if secrets and self.reason_against(namespace, name) is None and not self._is_there(namespace, name):
                yield Absent(namespace, name, secrets, use)

    def unknown_names(self) -> tuple[str, ...]:
        """Those of `serviceAccounts.names`, globs left out, that nobody has or runs as."""
        if SERVICE_ACCOUNTS not in self._settings.attach_to:
            return ()
        known = {name for _, name in (*self._accounts.secrets, *self._called_for)}
        names = self._settings.service_accounts.names
        return tuple(name for name in names if name not in known and not set(name) & set("*?["))

    def reason_against(self, namespace: str, name: str) -> str | None:
        """Why a ServiceAccount that pods run as gets nothing; None when it does."""
        if is_templated(name):
            return "has a name that is filled in later"
        if not self._settings.service_accounts.selects(name):
            return "is not among `serviceAccounts.names`"
        if self._accounts.is_left_alone(namespace, name):
            return "is left alone"
        if self._is_there(namespace, name) or self._settings.service_accounts.create:
            return None
        return "is not in the input"

    def _is_there(self, namespace: str, name: str) -> bool:
        return self._accounts.pull_secrets(namespace, name) is not None
