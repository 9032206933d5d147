"""The settings: a function config to `Settings`, validated; errors name the key and what would be accepted."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

from krmfn.errors import SettingsError
from krmfn.imagepull import kinds
from krmfn.imagepull.images import patterns as image_patterns
from krmfn.imagepull.images.patterns import ImagePattern
from krmfn.imagepull.kinds import Kind, KindName, Origin
from krmfn.imagepull.settings.accounts import (
    ATTACH_TO,
    POD_SPECS,
    SERVICE_ACCOUNTS,
    WORKFLOW_DEFAULTS,
    KnownServiceAccount,
    ServiceAccountSettings,
)
from krmfn.imagepull.settings.kind_rows import ROWS, says_nothing
from krmfn.imagepull.settings.parts import (
    IMAGE_PATTERNS,
    OVERWRITE,
    POLICY_SETTINGS,
    PULL_SECRETS,
    SELECTORS,
    PolicyChoice,
    PullPolicy,
    PullPolicyRule,
    PullSecret,
    Selector,
    secret_name,
)
from krmfn.imagepull.settings.workflow_controller import WorkflowControllerSettings
from krmfn.krm.config.errors import check_keys
from krmfn.krm.config.schema import (
    BOOLEAN,
    MISSING,
    TEXT,
    Keys,
    Section,
    described,
    key,
    keys_in,
    list_of,
    mapping,
    one_of,
)
from krmfn.krm.config.validation import Validator
from krmfn.krm.names import is_subdomain
from krmfn.krm.resources import Resource
from krmfn.krm.results import ResourceRef

__all__ = [
    "ALL",
    "AUTO",
    "CONFIG_MAP_KEYS",
    "CONFIG_MAP_PATHS",
    "CONFIG_VARIABLE",
    "ERROR",
    "FILE_NAMES",
    "MINIMAL",
    "OFF",
    "OVERWRITE_SETTINGS",
    "POD_SPECS",
    "POLICY_SETTINGS",
    "PRESENT",
    "SERVICE_ACCOUNTS",
    "WORKFLOW_DEFAULTS",
    "Described",
    "KnownServiceAccount",
    "PolicyChoice",
    "PullPolicy",
    "PullPolicyRule",
    "PullSecret",
    "Selector",
    "ServiceAccountSettings",
    "Settings",
    "describe",
]

FILE_NAMES = ("krmfn.yaml", "krmfn.yml", ".krmfn.yaml", ".krmfn.yml")
"""The names of settings files that commands on files find without being given them."""
CONFIG_VARIABLE = "KRMFN_CONFIG"
"""The environment variable that names a settings file for stdin, for wrappers that pass no arguments."""
API_VERSION = "krmfn.dev/v1alpha1"
KIND = "ImagePull"
# On one line, because messages are one line.
MINIMAL = (
    f"{{apiVersion: {API_VERSION}, kind: {KIND}, metadata: {{name: image-pull}}, "
    "spec: {pullSecrets: [{name: regcred}]}}"
)


PRESENT, ALL, OFF = "Present", "All", "Off"
AUTO, WARN, ERROR = "Auto", "Warn", "Error"
_IMMUTABLE = one_of(("Warn", "Edit", "Skip"))
_UNKNOWN_KINDS = one_of(("Structural", "Skip"))


class Settings(Section):
    """The settings of a run: the `spec` of an `ImagePull`."""

    pull_policy: PullPolicy = key(mapping(PullPolicy), "Which `imagePullPolicy` is written.", default=PullPolicy())
    pull_secrets: tuple[PullSecret, ...] = key(
        PULL_SECRETS,
        "The pull secrets to append, in this order. Each entry, or the whole list, may be just a name.",
        default=(),
    )
    attach_to: tuple[str, ...] = key(
        ATTACH_TO,
        "Where the pull secrets are added; one or several of: `PodSpecs`, `ServiceAccounts` (Kubernetes copies them "
        "into pods that list none), `WorkflowDefaults` (the ConfigMap of Argo's workflow controller, which gives them "
        "to all Workflows, so krmfn adds none to the Workflows themselves).",
        default=(POD_SPECS,),
    )
    service_accounts: ServiceAccountSettings = key(
        mapping(ServiceAccountSettings),
        "Which ServiceAccounts get the pull secrets, if `attachTo` has `ServiceAccounts`.",
        default=ServiceAccountSettings(),
    )
    known_service_accounts: tuple[KnownServiceAccount, ...] = key(
        list_of(mapping(KnownServiceAccount)),
        "ServiceAccounts that are not in the input, and their pull secrets; the first matching entry counts. When "
        "krmfn adds the first pull secret to a pod spec, it also adds those of the pod's ServiceAccount.",
        default=(),
    )
    workflow_controller: WorkflowControllerSettings = key(
        mapping(WorkflowControllerSettings),
        "The configuration of Argo's workflow controller, if it is in the input.",
        default=WorkflowControllerSettings(),
    )
    immutable_objects: str = key(
        _IMMUTABLE,
        "How to treat immutable objects, such as Jobs and Pods: `Warn` (edit with a warning), `Edit` (edit without a "
        "warning), or `Skip`. Hooks, objects with `generateName`, and objects that are replaced whenever they are "
        "applied count as mutable.",
        default="Warn",
    )
    check_secrets: str = key(
        one_of((PRESENT, ALL, OFF)),
        "Which pull Secrets are checked for their namespace, type, content and registries, no matter whether the "
        "settings, pods or ServiceAccounts name them: `Present` (Secrets that are in the input, or made by an object "
        "in it), `All` (also report a missing Secret, as an error), or `Off`.",
        default=PRESENT,
    )
    node_credentials: tuple[ImagePattern, ...] = key(
        IMAGE_PATTERNS,
        "Image patterns for images that nodes pull without a pull secret: by a cloud role, a credential provider or "
        "a mirror. `checkSecrets` and `krmfn explain` report no missing secret for them.",
        example=["*.dkr.ecr.*.amazonaws.com/**"],
        default=(),
    )
    renamed_secrets: str = key(
        one_of((AUTO, WARN, ERROR, OFF)),
        "How to report pods whose pull secret has another name in the cluster, because kustomize renames the Secret "
        "and not the reference: `Auto` (a warning, but an error in `krmfn cmp generate`), `Warn`, `Error`, or `Off`.",
        default=AUTO,
    )
    include: tuple[Selector, ...] = key(
        SELECTORS,
        "Only resources that match one of these entries are changed. All keys of an entry must match; globs are "
        "allowed.",
        default=(),
    )
    exclude: tuple[Selector, ...] = key(
        SELECTORS, "Resources that match one of these entries are left alone.", example=[{"kind": "Job"}], default=()
    )

    kinds: tuple[Mapping[str, Any], ...] = key(
        ROWS, "Rows for kinds; each replaces what krmfn knows about its kind.", default=()
    )

    unknown_kinds: str = key(
        _UNKNOWN_KINDS,
        "How to treat kinds that krmfn does not know: `Structural` (edit what is clearly a pod spec, with a warning), "
        "or `Skip`.",
        default="Structural",
    )
    embedded: bool = key(
        BOOLEAN,
        "Whether to edit objects inside other objects, such as an OpenShift Template, ManifestWork or AppWrapper. "
        "Objects in a List, in triggers of Argo Events, and under `objects` of your own rows are always edited.",
        default=False,
    )

    extends: str = key(
        TEXT,
        "Only in a file: another settings file in the repository, or a folder that has one, such as `..`, whose "
        "settings also apply. This file's settings take precedence; in lists, its entries come first.",
        example="..",
        default="",
    )

    @cached_property
    def rows(self) -> Mapping[KindName, Kind]:
        """`kinds` as rows of the kind tables, by group and kind, without rows that only have `forbid`."""
        return {_name(row): _as_kind(row) for row in self.kinds if not says_nothing(row)}

    @cached_property
    def forbidden(self) -> Mapping[KindName, tuple[str, ...]]:
        """The forbidden paths of `kinds`, by group and kind."""
        return {_name(row): tuple(row["forbid"]) for row in self.kinds if row.get("forbid")}

    @property
    def is_per_pod_spec(self) -> bool:
        """Whether secrets go to pod specs only, so that each can be decided without looking at the others."""
        return self.attach_to == (POD_SPECS,)

    def nodes_can_pull(self, image: str) -> bool:
        """Whether an image matches `nodeCredentials`; false if parts that are filled in later decide it."""
        return bool(self.node_credentials) and image_patterns.select(self.node_credentials, image) is True

    @property
    def may_match_nothing(self) -> bool:
        """Whether any setting is limited to certain images, objects or kinds, and so may match nothing."""
        has_patterns = bool(self.pull_policy.rules) or any(secret.images for secret in self.pull_secrets)
        return has_patterns or bool(self.node_credentials or self.include or self.exclude or self.kinds)

    def selects(self, resource: Resource) -> bool:
        """Whether `include` and `exclude` let the resource through."""
        if not self.include and not self.exclude:
            return True
        return self.selects_object(resource.ref, resource.labels, resource.annotations)

    def selects_object(self, ref: ResourceRef, labels: Mapping[str, str], annotations: Mapping[str, str]) -> bool:
        """Whether `include` and `exclude` let an object with this identity through."""
        included = not self.include or any(selector.matches(ref, labels, annotations) for selector in self.include)
        return included and not any(selector.matches(ref, labels, annotations) for selector in self.exclude)

    def known_pull_secrets(self, namespace: str, account: str) -> tuple[str, ...] | None:
        """The pull secrets that `knownServiceAccounts` has for a ServiceAccount; None if no entry matches it."""
        known = (one for one in self.known_service_accounts if one.is_about(namespace, account))
        return next((one.secrets for one in known), None)

    def overridden(
        self, secrets: Sequence[str] = (), policy: str | None = None, overwrite: bool | str | None = None
    ) -> Self:
        """A copy with secrets for every image appended and `pullPolicy` replaced.

        Raises:
            SettingsError: a name or the policy is invalid.
        """
        try:
            added = tuple(PullSecret(secret_name(name)) for name in secrets)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        if policy and policy not in POLICY_SETTINGS:
            raise SettingsError(f"policy {policy!r} is not one of {', '.join(POLICY_SETTINGS)}")
        pull_policy = self.pull_policy.replaced(policy=policy) if policy else self.pull_policy
        pull_policy = pull_policy if overwrite is None else pull_policy.replaced(overwrite=overwrite)
        return self.replaced(pull_policy=pull_policy, pull_secrets=self.pull_secrets + added)

    @classmethod
    def from_function_config(cls, config: Mapping[str, Any]) -> "Settings":
        """Settings from an `ImagePull` or a `ConfigMap`, as plain data.

        Any scalar may be given as a string: `"true"` is accepted for a boolean.

        Raises:
            SettingsError: the config is invalid.
        """
        api_version, kind = config.get("apiVersion"), config.get("kind")
        if (api_version, kind) == (API_VERSION, KIND):
            check_keys(config, ("apiVersion", "kind", "metadata", "spec"), "")
            settings = _read(config.get("spec"), "spec")
            if settings.extends:
                raise SettingsError(
                    "`spec.extends` works only in a settings file: this config comes from the host, without a path"
                )
            return settings
        if (api_version, kind) == ("v1", "ConfigMap"):
            check_keys(config, ("apiVersion", "kind", "metadata", "data", "immutable"), "")
            spec = _spec_of_config_map(config.get("data"))
            try:
                return _read(spec, "data")
            except SettingsError as error:
                raise SettingsError(_SPEC_PLACE.sub(_config_map_place, str(error))) from None
        raise SettingsError(
            f"the function config {_type_of(api_version, kind)}; expected {API_VERSION} {KIND} or v1 ConfigMap. "
            f"A minimal one: {MINIMAL}. "
            "If it is a manifest: `krmfn fix FILE` changes it in place, and `krmfn < FILE` prints the result"
        )


def _type_of(api_version: object, kind: object) -> str:
    """`is v1 Pod`, or which of the two fields is missing, for messages."""
    if api_version and kind:
        return f"is {api_version} {kind}"
    if not api_version and not kind:
        return "has neither apiVersion nor kind"
    return f"has no {'kind' if api_version else 'apiVersion'}"


def _name(row: Mapping[str, Any]) -> KindName:
    return row["group"], row["kind"]


def _as_kind(row: Mapping[str, Any]) -> Kind:
    return kinds.read({**row, "ignore": "the function config says so" if row.get("ignore") else ""}, Origin.CONFIG)


SCHEMA = mapping(Settings)
"""Pydantic's schema of `spec`."""
_VALIDATOR = Validator(Settings, SCHEMA)

CONFIG_MAP_KEYS = {
    "imagePullSecrets": (
        "Names of Secrets, separated by commas or blanks, or a YAML list of them: `pullSecrets`, for every image."
    ),
    "imagePullPolicy": "`pullPolicy.policy`.",
    "overwrite": "`pullPolicy.overwrite`.",
    "renamedSecrets": "`renamedSecrets`.",
}
CONFIG_MAP_PATHS = {
    "imagePullSecrets": "pullSecrets",
    "imagePullPolicy": "pullPolicy.policy",
    "overwrite": "pullPolicy.overwrite",
    "renamedSecrets": "renamedSecrets",
}
"""The path in `spec` that each of `CONFIG_MAP_KEYS` sets."""


def _spec_of_config_map(data: object) -> dict[str, Any]:
    """The flat keys of a ConfigMap to the `ImagePull` spec that they mean."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise SettingsError(f"`data` must be a mapping, not {data!r}")
    check_keys(data, tuple(CONFIG_MAP_KEYS), "data.")
    spec: dict[str, Any] = {}
    secrets = data.get("imagePullSecrets") or ""
    if isinstance(secrets, (Mapping, list)):  # hosts may parse the text `1234` to a number, so any scalar is accepted
        raise SettingsError(f"`data.imagePullSecrets` must be a string, such as `regcred, team-a`, not {secrets!r}")
    spec["pullSecrets"] = [{"name": name} for name in _names(str(secrets))]
    policy = {"policy": data.get("imagePullPolicy"), "overwrite": data.get("overwrite")}
    spec["pullPolicy"] = {key: value for key, value in policy.items() if value is not None}
    if (renamed := data.get("renamedSecrets")) is not None:
        spec["renamedSecrets"] = renamed
    return spec


def _names(text: str) -> list[str]:
    """The names in a text: separated by commas or blanks, or one a line as `- NAME` or `- name: NAME`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    entries = [_ENTRY.fullmatch(line) for line in lines]
    if lines and all(entries):
        return [entry[2] for entry in entries if entry]
    if _LISTED.search(text):
        raise SettingsError(
            f"`data.imagePullSecrets` must be names with commas between, such as `regcred, team-a`, not {text!r}"
        )
    return [name for name in re.split(r"[\s,]+", text) if name]


_ENTRY = re.compile(r"""-[ \t]+(?:name:[ \t]+)?(["']?)([^\s"':,]+)\1""")
# A separate dash, a colon or an opening bracket: the user means YAML.
_LISTED = re.compile(r"(?:^|\s)-(?:\s|$)|[:\[{]")


def _read(spec: Any, where: str) -> Settings:
    """A spec to settings; raise `SettingsError`, with `where` as the path of the spec."""
    return _easily(spec) or _VALIDATOR.validated(spec, where)


def _easily(spec: Any) -> Settings | None:
    """The settings of a simple spec, without Pydantic, which is slow to start; None for every other spec.

    A simple spec has only a policy and names of secrets. Most specs are simple.
    """
    if not isinstance(spec, dict) or not spec.keys() <= {"pullSecrets", "pullPolicy"}:
        return None
    pull_policy, secrets = spec.get("pullPolicy", {}), spec.get("pullSecrets", [])
    if not isinstance(pull_policy, dict) or not pull_policy.keys() <= {"policy", "overwrite"}:
        return None
    secrets = [secrets] if isinstance(secrets, str) else secrets
    policy, overwrite = pull_policy.get("policy"), pull_policy.get("overwrite")
    if policy not in (None, *POLICY_SETTINGS) or overwrite not in (None, *_OVERWRITE) or not isinstance(secrets, list):
        return None
    given = [{"name": secret} if isinstance(secret, str) else secret for secret in secrets]
    names = [secret["name"] for secret in given if isinstance(secret, dict) and secret.keys() == {"name"}]
    if len(names) != len(secrets) or not all(isinstance(name, str) and is_subdomain(name) for name in names):
        return None
    return Settings().overridden(names, policy, None if overwrite is None else _OVERWRITE[overwrite])


OVERWRITE_SETTINGS = ("true", "false", *OVERWRITE)
_OVERWRITE: dict[str, bool | str] = {"true": True, "false": False, **{word: word for word in OVERWRITE}}
_SPEC_PLACE = re.compile(rf"data\.({'|'.join(map(re.escape, CONFIG_MAP_PATHS.values()))})(?:\[\d+\]\.name)?")


def _config_map_place(match: re.Match[str]) -> str:
    """The ConfigMap key to the path in the spec that an error names."""
    return "data." + next(key for key, path in CONFIG_MAP_PATHS.items() if path == match[1])


class Described(NamedTuple):
    """A key of `spec`, for documentation.

    Attributes:
        path: such as `pullSecrets[].name`; `[]` follows a list whose entries have keys.
        default: as JSON; `required`, or empty if there is none.
        description: what the key does.
        value: the example, else the default; None for a mapping or list of mappings whose keys follow.
    """

    path: str
    default: str
    description: str
    value: Any


def describe() -> Iterator[Described]:
    """Every key of `spec`, parents first. A section that is used twice is described where it occurs first."""
    yield from _describe(Settings, "", set())


def _describe(keys: Keys, prefix: str, known: set[int]) -> Iterator[Described]:
    for name, (schema, description, default, example) in described(keys):
        path = prefix + name
        is_mapping = isinstance(default, Section)
        shown = "required" if default is MISSING else "" if is_mapping or default is None else json.dumps(default)
        inner = keys_in(schema)
        is_new = inner is not None and id(inner) not in known
        yield Described(path, shown, description, None if is_new else default if example is None else example)
        if inner is not None and is_new:
            known.add(id(inner))
            yield from _describe(inner, f"{path}{'' if is_mapping else '[]'}.", known)
