"""Append pull secrets to a ServiceAccount, from which Kubernetes copies them into pods that list none."""

from collections.abc import Iterator

from krmfn import secret_references
from krmfn.accounts import SECRETS, names_of
from krmfn.changes import Change
from krmfn.findings import Finding
from krmfn.podspecs import PodSpec
from krmfn.rules.context import Context


def service_account_secrets(account: PodSpec, context: Context) -> Iterator[Change | Finding]:
    """The secrets that the ServiceAccount's pods call for, at the end of its list, each once."""
    field = account.shape.pull_secrets
    if field is None or (field.key == SECRETS and not context.settings.service_accounts.secrets):
        return
    wanted = context.attachment.secrets(account.resource.ref.namespace, names_of(account.resource))
    if wanted:
        own = secret_references.read(account, field)
        yield from own.oddities
        if missing := [name for name in wanted if name not in own.names]:
            yield own.appended(missing)
