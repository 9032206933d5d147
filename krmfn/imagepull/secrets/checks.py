"""Are the pull secrets there that pods use, in their namespace, and fit for their images? As far as the input tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from krmfn.imagepull.accounts.in_input import ServiceAccounts
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.secrets import kustomize_names
from krmfn.imagepull.secrets.in_input import SecretInInput, SecretsByName
from krmfn.imagepull.settings import ALL, ERROR, OFF, PullSecret, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.results import Result, Severity

_SHOWN = 3
"""How many names of Secrets a message has."""


def check(
    uses: Iterable[Use],
    given: Sequence[SecretInInput],
    settings: Settings,
    accounts: ServiceAccounts,
    *,
    is_stream: bool,
) -> Iterator[Result]:
    """What is to be said of the Secrets of all pods, each once for a namespace.

    `is_stream`: whether the input is all there is, and may be what kustomize built.
    """
    if settings.check_secrets == OFF or not (given or settings.check_secrets == ALL):
        return
    named = SecretsByName(given)
    like: dict[str, SecretsByName] = {}
    users: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        for name in use.secrets:
            users.setdefault((use.namespace, name), []).append(use)
    said: set[Result] = set()
    for (namespace, name), those in users.items():
        here = named.usable_in(namespace, name)
        renamed: Sequence[SecretInInput] = ()
        if is_stream and not here:
            if name not in like:
                like[name] = _renamed(name, given)
            renamed = like[name].usable_in(namespace, name)
        if renamed and settings.renamed_secrets != OFF:
            if not _comes_with_accounts(those, renamed, accounts):
                yield _under_another_name(name, those[0], renamed, settings)
        elif not here:
            yield _absent(name, namespace, those[0], named.anywhere(name), is_needed=settings.check_secrets == ALL)
        for secret in here:
            for result in _unfit(secret, name, those, settings):
                if result not in said:
                    said.add(result)
                    yield result


def _renamed(name: str, given: Iterable[SecretInInput]) -> SecretsByName:
    """The Secrets that could be this one as kustomize renames it, by this name, if fit as far as is known."""
    fit = (secret for secret in given if not secret.fault and kustomize_names.is_renamed(secret.name, name))
    return SecretsByName(secret._replace(names=frozenset((name,))) for secret in fit)


def _comes_with_accounts(uses: Iterable[Use], secrets: Sequence[SecretInInput], accounts: ServiceAccounts) -> bool:
    """Whether all ServiceAccounts of the pods name one of the Secrets, so that Kubernetes copies it into the pods."""
    names = {secret.name for secret in secrets}
    run_as = {(use.namespace, account) for use in uses for account in use.accounts}
    return bool(run_as) and all(names.intersection(accounts.pull_secrets(*one) or ()) for one in run_as)


def _under_another_name(name: str, use: Use, renamed: Sequence[SecretInInput], settings: Settings) -> Result:
    names = sorted({secret.name for secret in renamed})
    shown = " or ".join(names[:_SHOWN]) + (f" (or {len(names) - _SHOWN} more)" if len(names) > _SHOWN else "")
    where = f" in namespace {use.namespace}" if use.namespace else ""
    has_hash = any(kustomize_names.has_hash(other, name) for other in names)
    # With each change of its content a Secret gets another hash.
    full_name = "" if has_hash else ", or use that name in the settings"
    message = (
        f"these pods use the Secret {name}, which the input does not have{where}; kustomize seems to have renamed it "
        f"to {shown}: run krmfn as a transformer of the kustomization, so that kustomize updates the name in these "
        f"pods too{full_name}; if the cluster gets {name} from elsewhere, set `renamedSecrets: Off`"
    )
    is_error = settings.renamed_secrets == ERROR or settings.check_secrets == ALL
    severity = Severity.ERROR if is_error else Severity.WARNING
    return Result(message, severity, use.resource, None, use.file, use.location)


def _absent(name: str, namespace: str, use: Use, elsewhere: Sequence[SecretInInput], *, is_needed: bool) -> Result:
    where = f" in namespace {namespace}" if namespace else ""
    if elsewhere:
        others = sorted({secret.namespace for secret in elsewhere})
        message = f"these pods use the Secret {name}{where}, and the input has it only in {', '.join(others)}: "
        message += "pods take Secrets of their own namespace and of no other"
        severity = Severity.ERROR if is_needed else Severity.WARNING
    else:
        message = f"these pods use the Secret {name}, and nothing in the input makes it{where}"
        if is_needed:
            given = f" --namespace {namespace}" if namespace else ""
            message += f"; `krmfn secret --name {name}{given} --for PATH` makes one of what docker has logged in to"
        severity = Severity.ERROR if is_needed else Severity.INFO
    return Result(message, severity, use.resource, None, use.file, use.location)


def _unfit(secret: SecretInInput, name: str, uses: Sequence[Use], settings: Settings) -> Iterator[Result]:
    place = secret.location or uses[0].location
    if secret.fault:
        message = f"pods pull images with the Secret {name}, which {secret.fault}"
        yield Result(message, Severity.WARNING, secret.source, None, secret.file, place)
    if secret.config is None:
        return
    own = [pull_secret for pull_secret in settings.pull_secrets if pull_secret.name == name]
    wanted = _by_registry(uses, own)
    unserved = {
        registry: image
        for registry, those in wanted.items()
        if (image := next((i for i in those if not secret.may_serve(i)), None))
    }
    is_limited = all(pull_secret.images for pull_secret in own)
    if unserved and (is_limited or not any(secret.may_serve(i) for those in wanted.values() for i in those)):
        for registry, image in unserved.items():
            has = ", ".join(secret.config.registries)
            message = (
                f"pods pull {image} with the Secret {name}, which has no credentials for {registry}, but for {has}"
            )
            # One for every image need not be for each of them.
            severity = Severity.WARNING if is_limited else Severity.INFO
            yield Result(message, severity, secret.source, None, secret.file, place)


def _by_registry(uses: Iterable[Use], secrets: Sequence[PullSecret]) -> Mapping[str, list[str]]:
    """The images that call for one of these, as far as they are known."""
    found: dict[str, dict[str, None]] = {}
    for use in uses:
        for image in use.images:
            reference = images.known_part(image)
            if reference and any(secret.serves(image) for secret in secrets):
                found.setdefault(reference.domain, {})[image] = None
    return {registry: list(those) for registry, those in found.items()}
