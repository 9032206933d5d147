"""Inside a kustomize build: Secrets that kustomize renames, while the pods that name them keep the old name.

kustomize passes each Secret to functions with its old names, and with an annotation if it will append a hash. It
updates references at the end of the build, but only in fields that it knows. Functions cannot see which fields
`configurations:` adds.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from krmfn.imagepull import causes, kinds
from krmfn.imagepull.kinds import Kind, Origin
from krmfn.imagepull.kinds.secret_sources import SECRET
from krmfn.imagepull.secrets import kustomize_names, references
from krmfn.imagepull.secrets.in_input import SecretInInput, SecretsByName
from krmfn.imagepull.settings import ERROR, OFF, Settings
from krmfn.imagepull.verdicts import Delivery, SecretsReason
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import path_in_resource
from krmfn.krm.results import Severity
from krmfn.krm.typemeta import TypeMeta

if TYPE_CHECKING:
    from krmfn.imagepull.decisions import Decision

_COMMANDS = {
    Origin.CONFIG: "krmfn kinds --format kustomize --config CONFIG",
    Origin.SCHEMA: "krmfn kinds --format kustomize --crds CRDS",
    Origin.STRUCTURE: "krmfn kinds --format kustomize --for MANIFESTS",
}
"""The command that prints the file for `configurations:` with a kind in it, by the origin of its row."""


def outdated_names(decision: "Decision", secrets: SecretsByName, settings: Settings) -> Iterator[Finding]:
    """Findings about names of Secrets in the pods of a resource that kustomize will not update."""
    if settings.renamed_secrets == OFF:
        return
    severity = Severity.ERROR if settings.renamed_secrets == ERROR else Severity.WARNING
    resource = decision.resource
    meta = resource.type_meta
    in_file = set(_paths(decision.kind))
    for reason in decision.reasons:
        if not isinstance(reason, SecretsReason) or not (field := reason.pod_spec.shape.pull_secrets):
            continue
        own = references.read(reason.pod_spec, field)
        path = kustomize_names.path_of(path_in_resource(resource, own.path), has_names=field.form.has_names)
        is_updated = (meta.kind, path) in kustomize_names.UPDATED
        for name in (*own.names, *_added(reason, decision, own.path)):
            secret = _renamed(name, secrets.usable_in(resource.ref.namespace, name))
            if secret is None or (is_updated and _is_secret(secret)):
                continue
            if _is_secret(secret):
                message = _not_updated(name, secret, decision, in_file=path in in_file)
                whose = f"{meta.kind}.{meta.group}"
            else:
                message, whose = _of_another_kind(name, secret), ""
            once = ("renamed Secret", name, secret.source, whose, path in in_file)
            yield Finding(severity, message, own.path, reason.pod_spec.node, once=once, rule=causes.SECRET_RENAMED)


def _added(reason: SecretsReason, decision: "Decision", path: str) -> list[str]:
    """The secrets that krmfn adds to the list of a pod spec."""
    if decision.why_unchanged or decision.resource.forbids(path):
        return []
    return [name for name, decided in reason.decided.items() if decided.delivery is Delivery.ADDED]


def _renamed(name: str, here: Sequence[SecretInInput]) -> SecretInInput | None:
    """The first of the Secrets of a name, if none will have that name at the end of the build; else None."""
    return here[0] if here and all(name in secret.outdated for secret in here) else None


def _paths(kind: Kind) -> Iterator[str]:
    """The fields with pull secrets of a kind, in the notation of the file for `configurations:`."""
    for site in kind.sites:
        if field := kinds.shape(site.shape).pull_secrets:
            path = f"{site.secrets_path}.{field.key}".lstrip(".")
            if written := kustomize_names.path_of(path, has_names=field.form.has_names):
                yield written


def _is_secret(secret: SecretInInput) -> bool:
    """Whether the Secret is in the input itself: kustomize updates no names for other kinds that make one."""
    source = secret.source
    return (TypeMeta(source.api_version, source.kind).group, source.kind) == SECRET


def _not_updated(name: str, secret: SecretInInput, decision: "Decision", *, in_file: bool) -> str:
    meta = decision.resource.type_meta
    kind = f"{meta.kind} ({meta.group})" if meta.group else meta.kind
    problem = f"kustomize renames the Secret {name}, but does not update its name in this field of {kind}, so these "
    problem += "pods will not find it"
    if not in_file:
        return f"{problem}; no path in a file for `configurations:` leads to this field, so {_full_name(secret)}"
    command = _COMMANDS.get(decision.kind.origin, "krmfn kinds --format kustomize")
    return (
        f"{problem}; run `{command} > secret-names.yaml` and add `configurations: [secret-names.yaml]` to the "
        "kustomization; krmfn cannot see whether it is there: once it is, set `renamedSecrets: Off`"
    )


def _of_another_kind(name: str, secret: SecretInInput) -> str:
    return (
        f"kustomize renames the {secret.source.kind} that makes the Secret {name}, but updates names of Secrets only, "
        f"so these pods will not find it; {_full_name(secret)}"
    )


def _full_name(secret: SecretInInput) -> str:
    """The advice for a name that kustomize does not update."""
    name = f"use the name {secret.name} in the settings"
    has_hash = secret.name in secret.outdated
    return f"set `disableNameSuffixHash: true` for the Secret's generator and {name}" if has_hash else name
