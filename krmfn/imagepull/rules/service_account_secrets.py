"""Append pull secrets to a ServiceAccount, from which Kubernetes copies them into pods that list none."""

from collections.abc import Sequence

from krmfn.imagepull.accounts.in_input import SECRETS, names_of
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.rules.context import Context
from krmfn.imagepull.secrets import references as secret_references
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import Verdict
from krmfn.splice.changes import Change

NAME = "service-account-secrets"
DESCRIPTION = "A ServiceAccount lacks pull secrets that its pods need."
WHY = "Kubernetes gives its pods only the secrets that it lists, so they pull these images without credentials."
FIX = "Run `krmfn fix`, or add the secrets that the message names."


def check(account: PodSpec, context: Context) -> Verdict:
    """The verdict about the secrets that the ServiceAccount's pods need; missing ones are appended, each once."""
    verdict = Verdict()
    field = account.shape.pull_secrets
    if field is None or (field.key == SECRETS and not context.settings.service_accounts.secrets):
        return verdict
    wanted = context.attachment.secrets(account.resource.ref.namespace, names_of(account.resource))
    if wanted:
        own = secret_references.read(account, field)
        verdict.findings += own.oddities
        if own.names:
            wanted = context.under_listed_names(wanted, own.names, account.resource)
        if missing := [name for name in wanted if name not in own.names]:
            verdict.changes.append(own.appended(missing, NAME))
    return verdict


def summary(changes: Sequence[Change], uses: Sequence[Use]) -> str:
    """`imagePullSecrets: regcred; secrets: regcred`."""
    return secret_references.summary(changes, uses)
