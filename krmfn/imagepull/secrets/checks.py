"""Are the pull secrets there that pods use, in their namespace, and fit for their images? As far as the input tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from krmfn.imagepull.images import reference as images
from krmfn.imagepull.secrets.in_input import SecretInInput
from krmfn.imagepull.settings import ALL, OFF, PullSecret, Settings
from krmfn.imagepull.uses import Use
from krmfn.krm.results import Result, Severity


def check(uses: Iterable[Use], given: Sequence[SecretInInput], settings: Settings) -> Iterator[Result]:
    """What is to be said of the Secrets of all pods, each once for a namespace."""
    if settings.check_secrets == OFF or not (given or settings.check_secrets == ALL):
        return
    by_name: dict[str, list[SecretInInput]] = {}
    for secret in given:
        for name in secret.names:
            by_name.setdefault(name, []).append(secret)
    users: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        for name in use.secrets:
            users.setdefault((use.namespace, name), []).append(use)
    said: set[Result] = set()
    for (namespace, name), those in users.items():
        found = by_name.get(name, [])
        here = [secret for secret in found if secret.is_in(namespace)]
        if not here:
            yield _absent(name, namespace, those[0], found, is_needed=settings.check_secrets == ALL)
        for secret in here:
            for result in _unfit(secret, name, those, settings):
                if result not in said:
                    said.add(result)
                    yield result


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
