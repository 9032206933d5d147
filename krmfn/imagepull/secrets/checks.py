"""Check the pull secrets that pods use: whether they exist, in the right namespace, and serve the pods' images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from krmfn.imagepull import causes
from krmfn.imagepull.accounts.in_input import ServiceAccounts
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.secrets import kustomize_names
from krmfn.imagepull.secrets.in_input import SecretInInput, SecretsByName
from krmfn.imagepull.settings import ALL, ERROR, OFF, PullSecret, Settings
from krmfn.imagepull.uses import ListedSecret, Use
from krmfn.krm.results import Field, Location, Result, Severity

_SHOWN = 3
"""The number of Secret names that a message lists."""
_PUBLIC = "docker.io"
"""The registry whose images are mostly public."""


class _User(NamedTuple):
    """Pods that use a secret; `listed` is None if they have it from the settings only."""

    use: Use
    listed: ListedSecret | None = None

    @property
    def is_of_account(self) -> bool:
        """Whether the pods get the secret from their ServiceAccount or from workflowDefaults."""
        return self.listed is not None and bool(self.listed.account)

    @property
    def says(self) -> str:
        """The beginning of a message, up to the name of the secret: `these pods list the Secret`."""
        if self.listed is None:
            return "these pods use the Secret"
        if not self.listed.account:
            return "these pods list the Secret"
        assumed = f", {self.listed.assumed}," if self.listed.assumed else ""
        return f"{self.listed.account}{assumed} gives these pods the Secret"

    def note(self, secret: SecretInInput) -> str:
        """Which pods use the secret, and what krmfn assumes for that; in parentheses, for messages about a Secret."""
        if self.listed is None:
            return ""
        brought = ", ".join(filter(None, (self.listed.account, self.listed.assumed)))
        has = f"has it from {brought}" if brought else "lists it"
        is_assumed = self.use.namespace and not secret.namespace
        assumed = "; the Secret names no namespace, so it is assumed to be in every namespace" if is_assumed else ""
        return f" ({self.use.resource} {has}{assumed})"

    def result(self, cause: str, message: str, severity: Severity) -> Result:
        """A result about the pods."""
        use, listed = self.use, self.listed
        field = Field(listed.path) if listed else None
        location = Location(listed.position) if listed else use.location
        return Result(message, severity, use.resource, field, use.file, location, cause)


class _Users(NamedTuple):
    """The pods of a namespace that use a secret: by the settings, or because they list or inherit it."""

    configured: list[_User]
    listed: list[_User]

    @property
    def first(self) -> _User:
        return (*self.configured, *self.listed)[0]


def check(
    uses: Iterable[Use],
    given: Sequence[SecretInInput],
    settings: Settings,
    accounts: ServiceAccounts,
    *,
    is_stream: bool,
) -> Iterator[Result]:
    """Results about the Secrets that pods use, at most one of a kind for each namespace.

    `is_stream`: whether the input is complete, and so may be the output of a kustomize build.
    """
    is_needed = settings.check_secrets == ALL
    uses = _without_images_of_nodes(uses, settings)
    if settings.check_secrets == OFF or not (given or is_needed):
        return
    named = SecretsByName(given)
    like: dict[str, SecretsByName] = {}
    hashed = SecretsByName(_before_hash(given)) if is_stream else SecretsByName(())
    said: set[tuple[str, ...]] = set()
    by_secret = _by_secret(uses)
    serving = _Serving(by_secret)
    for (namespace, name), users in by_secret.items():
        here = named.usable_in(namespace, name)
        if not here:
            renamed: Sequence[SecretInInput] = ()
            if not users.configured:
                # Only a hash proves the renaming: a Secret that differs by a prefix may be another one.
                renamed = hashed.usable_in(namespace, name)
            elif is_stream:
                if name not in like:
                    like[name] = _renamed(name, given)
                renamed = like[name].usable_in(namespace, name)
            yield from _not_here(name, namespace, users, renamed, named.anywhere(name), settings, accounts)
        for secret in here:
            found = [*_unfit(secret, name, users), *_unserved(secret, name, users, settings)]
            for result in found:
                # The note differs by namespace, but the defect is the same: report it once.
                key = (str(secret.source), result.rule, result.message.replace(users.first.note(secret), ""))
                if key not in said:
                    said.add(key)
                    yield result
        if users.listed and not users.configured and here:
            is_likely = is_stream and not serving.is_habit(name, here)
            yield from _listed_for_nothing(here, name, users.listed, named, is_likely=is_likely)


def _without_images_of_nodes(uses: Iterable[Use], settings: Settings) -> Iterator[Use]:
    """The pods without images that match `nodeCredentials`; pods that have only such images are left out."""
    for use in uses:
        others = tuple(image for image in use.images if not settings.nodes_can_pull(image))
        if others or not use.images:
            yield use if len(others) == len(use.images) else use._replace(images=others)


def _by_secret(uses: Iterable[Use]) -> dict[tuple[str, str], _Users]:
    """The pods, by the namespace and name of the secrets that they use."""
    found: dict[tuple[str, str], _Users] = {}
    for use in uses:
        namespace = "" if images.is_templated(use.namespace) else use.namespace
        for name in use.secrets:
            found.setdefault((namespace, name), _Users([], [])).configured.append(_User(use))
        for one in use.listed:
            if one.name not in use.secrets and not images.is_templated(one.name):
                found.setdefault((namespace, one.name), _Users([], [])).listed.append(_User(use, one))
    return found


class _Serving:
    """Whether secrets serve any pods that list them, in any namespace."""

    def __init__(self, by_secret: Mapping[tuple[str, str], _Users]) -> None:
        self._users: dict[str, list[_User]] = {}
        self._known: dict[str, bool] = {}
        for (_, name), users in by_secret.items():
            self._users.setdefault(name, []).extend(users.listed)

    def is_habit(self, name: str, secrets: Sequence[SecretInInput]) -> bool:
        """Whether a Secret of this name serves an image of any pods that list the name."""
        if name not in self._known:
            self._known[name] = any(_serves_any(secret, self._users[name]) for secret in secrets)
        return self._known[name]


def _before_hash(given: Iterable[SecretInInput]) -> Iterator[SecretInInput]:
    """The Secrets without a known fault, with the names that they may have had before kustomize appended a hash."""
    for secret in given:
        if not secret.fault and (names := frozenset(kustomize_names.before_hash(secret.name))):
            yield secret._replace(names=names)


def _renamed(name: str, given: Iterable[SecretInInput]) -> SecretsByName:
    """The Secrets without a known fault that may be `name` as kustomize renamed it, by `name`."""
    fit = (secret for secret in given if not secret.fault and kustomize_names.is_renamed(secret.name, name))
    return SecretsByName(secret._replace(names=frozenset((name,))) for secret in fit)


def _not_here(
    name: str,
    namespace: str,
    users: _Users,
    renamed: Sequence[SecretInInput],
    elsewhere: Sequence[SecretInInput],
    settings: Settings,
    accounts: ServiceAccounts,
) -> Iterator[Result]:
    """The result about a secret that the input does not have in the namespace of its pods."""
    user, is_needed = users.first, settings.check_secrets == ALL
    if renamed and settings.renamed_secrets != OFF:
        if not _comes_with_accounts([user.use for user in users.configured], renamed, accounts):
            yield _under_another_name(name, user, renamed, settings)
    elif elsewhere:
        yield _of_other_namespaces(name, namespace, user, elsewhere, is_needed=is_needed)
    elif users.configured or is_needed:
        yield _absent(name, namespace, user, is_needed=is_needed)


def _comes_with_accounts(uses: Iterable[Use], secrets: Sequence[SecretInInput], accounts: ServiceAccounts) -> bool:
    """Whether every ServiceAccount of the pods names one of the Secrets, so that Kubernetes copies it into the pods."""
    names = {secret.name for secret in secrets}
    run_as = {(use.namespace, account) for use in uses for account in use.accounts}
    return bool(run_as) and all(names.intersection(accounts.pull_secrets(*one) or ()) for one in run_as)


def _under_another_name(name: str, user: _User, renamed: Sequence[SecretInInput], settings: Settings) -> Result:
    names = sorted({secret.name for secret in renamed})
    shown = " or ".join(names[:_SHOWN]) + (f" (or {len(names) - _SHOWN} more)" if len(names) > _SHOWN else "")
    where = f" in namespace {user.use.namespace}" if user.use.namespace else ""
    has_hash = any(kustomize_names.has_hash(other, name) for other in names)
    # The hash changes whenever the content of the Secret changes.
    full_name = "" if has_hash else ", or use that name in the settings"
    way_out = "run krmfn as a transformer of the kustomization, so that kustomize updates the name in these pods too"
    way_out += full_name
    if user.listed:
        way_out = (
            "describe this field in a file for `configurations:` of the kustomization, which `krmfn kinds --format "
        )
        way_out += "kustomize` writes, or set `disableNameSuffixHash: true` for the generator"
    message = (
        f"{user.says} {name}, which the input does not have{where}; kustomize seems to have renamed it "
        f"to {shown}: {way_out}; if the cluster gets {name} from elsewhere, set `renamedSecrets: Off`"
    )
    is_error = settings.renamed_secrets == ERROR or settings.check_secrets == ALL
    return user.result(causes.SECRET_RENAMED, message, Severity.ERROR if is_error else Severity.WARNING)


def _of_other_namespaces(
    name: str, namespace: str, user: _User, elsewhere: Sequence[SecretInInput], *, is_needed: bool
) -> Result:
    others = sorted({secret.namespace for secret in elsewhere})
    message = f"{user.says} {name} in namespace {namespace}, but the input has it only in {', '.join(others)}: "
    message += "pods can only use Secrets of their own namespace"
    return user.result(causes.SECRET_NAMESPACE, message, Severity.ERROR if is_needed else Severity.WARNING)


def _absent(name: str, namespace: str, user: _User, *, is_needed: bool) -> Result:
    where = f" in namespace {namespace}" if namespace else ""
    message = f"{user.says} {name}, but nothing in the input makes it{where}"
    if is_needed:
        given = f" --namespace {namespace}" if namespace else ""
        message += f"; `krmfn secret --name {name}{given} --for PATH` makes one from your docker logins"
    return user.result(causes.SECRET_MISSING, message, Severity.ERROR if is_needed else Severity.INFO)


def _unfit(secret: SecretInInput, name: str, users: _Users) -> Iterator[Result]:
    """Results about a Secret that no image can be pulled with, or that has a placeholder."""
    user = users.first
    what = f"pods pull images with the Secret {name}{user.note(secret)}"
    if secret.fault:
        yield _of_secret(secret, user, secret.cause, f"{what}, which {secret.fault}", Severity.WARNING)
    elif secret.placeholder:
        message = f"{what}, which has {secret.placeholder}: krmfn cannot check what replaces it"
        yield _of_secret(secret, user, causes.SECRET_CONTENT, message, Severity.INFO)


def _of_secret(secret: SecretInInput, user: _User, cause: str, message: str, severity: Severity) -> Result:
    location = secret.location or user.use.location
    field = Field(secret.field) if secret.field and cause != causes.SECRET_REGISTRY else None
    return Result(message, severity, secret.source, field, secret.file, location, cause)


def _unserved(secret: SecretInInput, name: str, users: _Users, settings: Settings) -> Iterator[Result]:
    """Results about registries of images for which a Secret of the settings has no credentials."""
    if secret.config is None:
        return
    has = ", ".join(secret.config.registries)
    own = [pull_secret for pull_secret in settings.pull_secrets if pull_secret.name == name]
    wanted = _by_registry((user.use for user in users.configured), own)
    missing = {
        registry: image
        for registry, those in wanted.items()
        if (image := next((i for i in those if not secret.may_serve(i)), None))
    }
    is_limited = all(pull_secret.images for pull_secret in own)
    serves_any = any(secret.may_serve(i) for those in wanted.values() for i in those)
    # A secret without image patterns goes to all pods, and need not serve each image.
    severity = Severity.WARNING if is_limited else Severity.INFO
    for registry, image in missing.items() if is_limited or not serves_any else ():
        message = f"pods pull {image} with the Secret {name}, which has no credentials for {registry}, only for {has}"
        yield _of_secret(secret, users.first, causes.SECRET_REGISTRY, message, severity)


def _serves_any(secret: SecretInInput, users: Iterable[_User]) -> bool:
    """Whether a Secret may have credentials for any image of the pods."""
    return any(secret.may_serve(image) for user in users for image in user.use.images)


def _listed_for_nothing(
    here: Sequence[SecretInInput], name: str, users: Sequence[_User], named: SecretsByName, *, is_likely: bool
) -> Iterator[Result]:
    """Results about pods whose secret serves none of their images, for each registry that no other secret serves.

    `is_likely`: whether that is probably a mistake. Otherwise the secret serves other pods, and these list it by habit.
    """
    if any(_serves_any(secret, users) for secret in here):
        return
    has = ", ".join(dict.fromkeys(registry for s in here if s.config for registry in s.config.registries))
    said: set[str] = set()
    for user in users:
        use = user.use
        others = [named.usable_in(use.namespace, one) for one in (*use.secrets, *(one.name for one in use.listed))]
        for image in use.images:
            # A secret that is not in the input may serve any image.
            is_served = any(not those or any(other.may_serve(image) for other in those) for those in others)
            reference = images.known_part(image)
            if is_served or reference is None or reference.domain in said:
                continue
            said.add(reference.domain)
            message = (
                f"{user.says} {name}, which has no credentials for {reference.domain} to pull {image}, only for {has}"
            )
            is_needed = is_likely and use.has_all_images and not user.is_of_account and reference.domain != _PUBLIC
            severity = Severity.WARNING if is_needed else Severity.INFO
            yield user.result(causes.SECRET_REGISTRY, message, severity)


def _by_registry(uses: Iterable[Use], secrets: Sequence[PullSecret]) -> Mapping[str, list[str]]:
    """The images that need one of the secrets, by their registry, as far as they are known."""
    found: dict[str, dict[str, None]] = {}
    for use in uses:
        for image in use.images:
            reference = images.known_part(image)
            if reference and any(secret.serves(image) for secret in secrets):
                found.setdefault(reference.domain, {})[image] = None
    return {registry: list(those) for registry, those in found.items()}
