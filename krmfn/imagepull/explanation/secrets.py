"""The pull secrets that pods have now and after a run, each with the reason."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull import kinds
from krmfn.imagepull.decisions import Decision
from krmfn.imagepull.explanation.images import ExplainedSecret
from krmfn.imagepull.kinds import PodSite
from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.imagepull.rules import Context
from krmfn.imagepull.secrets import references as secret_references
from krmfn.imagepull.verdicts import Delivery, SecretsReason
from krmfn.krm.reporting import path_in_resource
from krmfn.splice import paths

NO_FIELD = "its kind has no field for pull secrets"
FORBIDDEN = "`forbid` in the settings keeps it from being written"


class PodSecrets(NamedTuple):
    """The pull secrets of the pods of a pod spec: those they have now, all with reasons, or why there are none."""

    now: tuple[str, ...] = ()
    all: tuple[ExplainedSecret, ...] = ()
    why: str = ""
    paths: tuple[str, ...] = ()

    def with_those_of(self, other: "PodSecrets") -> "PodSecrets":
        """The secrets of two fields that are for the same image, joined."""
        names = {secret.name for secret in self.all if secret.delivery is not Delivery.MISSED}
        kept = [s for s in self.all if s.name in names or s.name not in {one.name for one in other.all}]
        return PodSecrets(
            tuple(dict.fromkeys((*self.now, *other.now))),
            (*kept, *(secret for secret in other.all if secret.name not in names)),
            other.why if other.paths else self.why,
            (*self.paths, *other.paths),
        )


def pod_secrets(pod_spec: PodSpec, reason: SecretsReason | None, decision: Decision, context: Context) -> PodSecrets:
    """The decision about the secrets of the pods of a pod spec; a secret counts as added only if a change writes it."""
    field = pod_spec.shape.pull_secrets
    if field is None:
        return PodSecrets(why=NO_FIELD)
    try:
        own = secret_references.read(pod_spec, field)
    except InputError as error:  # the resource is left alone, so the error is not reported elsewhere
        return PodSecrets(why=f"{error.path} {error}")
    places = {own.path, pod_spec.created_path, paths.join(own.path, "name")}
    written = {
        name for change in decision.changes if change.path in places for name in secret_references.names_in(change)
    }
    called_for = reason.called_for if reason else {}
    found = {name: ExplainedSecret(name, Delivery.LISTED, _listed(name, called_for)) for name in own.names}
    for name, (delivery, why) in reason.decided.items() if reason else ():
        secret = ExplainedSecret(name, delivery, ", ".join(filter(None, (why, _called(name, called_for)))))
        if delivery is Delivery.ADDED and name not in written:
            secret = ExplainedSecret(name, Delivery.MISSED, decision.why_unchanged or FORBIDDEN)
        found[name] = secret
    brought = _brought(pod_spec)
    inherited = _inherited(pod_spec, context) if own.is_empty and not brought else {}
    if not any(secret.delivery is Delivery.ADDED for secret in found.values()):
        found = inherited | {name: secret for name, secret in found.items() if name not in inherited}
    found |= {name: secret for name, secret in brought.items() if name not in found}
    now = tuple(dict.fromkeys((*(own.names or inherited), *brought)))
    why = _why_none(pod_spec, decision, context) if not found else ""
    return PodSecrets(now, tuple(found.values()), why, (own.path,))


def why_no_field(decision: Decision, container: Container) -> str:
    """Why an image has no pull secrets, if none of the existing fields for pull secrets is for it."""
    resource, sites = decision.resource, decision.kind.sites
    at = path_in_resource(resource, container.path)
    around = [site for site in sites if any(paths.is_within(at, path) for path in _served(site))]
    if absent := kinds.secrets_fields(decision.kind._replace(sites=tuple(around))):
        return f"its field for pull secrets, {' or '.join(absent)}, is in a mapping that is absent"
    if others := kinds.secrets_fields(decision.kind):
        return f"none of its kind's fields for pull secrets ({', '.join(others)}) is known to be for this image"
    return NO_FIELD


def _served(site: PodSite) -> Iterator[str]:
    """The paths of the images that pull secrets at a site are for."""
    shape = kinds.shape(site.shape)
    below = (*(field.path for field in shape.images), *(path for path, _ in shape.nested))
    return (".".join(filter(None, (site.path, path))) for path in below if shape.pull_secrets)


def _listed(name: str, called_for: Mapping[str, str]) -> str:
    return ", ".join(filter(None, ("already listed", _called(name, called_for))))


def _called(name: str, called_for: Mapping[str, str]) -> str:
    """The image that needs a secret, for messages."""
    return "" if name not in called_for else f"for {called_for[name]}" if called_for[name] else "for every image"


def _inherited(pod_spec: PodSpec, context: Context) -> dict[str, ExplainedSecret]:
    """The secrets that pods which list none get from their ServiceAccounts, as far as these are known."""
    namespace = pod_spec.resource.ref.namespace
    return {
        name: ExplainedSecret(name, Delivery.INHERITED, f"from ServiceAccount {account}")
        for account in reversed(pod_spec.service_accounts)
        for name in context.pull_secrets_of(namespace, account) or ()
    }


def _brought(pod_spec: PodSpec) -> dict[str, ExplainedSecret]:
    """The secrets that the controller adds to those that pods list."""
    label = pod_spec.controller.label if pod_spec.controller else ""
    why = f"from workflowDefaults in {label}"
    return {name: ExplainedSecret(name, Delivery.INHERITED, why) for name in pod_spec.default_secrets}


def _why_none(pod_spec: PodSpec, decision: Decision, context: Context) -> str:
    namespace = pod_spec.resource.ref.namespace
    unknown = [name for name in pod_spec.service_accounts if context.pull_secrets_of(namespace, name) is None]
    why = decision.why_unchanged
    if not why:
        is_set = bool(context.settings.pull_secrets)
        why = "no secret of the settings is for its images" if is_set else "the settings have no pull secrets"
    beside = f"; ServiceAccount {', '.join(unknown)} is not known" if unknown else ""
    return why + beside
