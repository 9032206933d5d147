"""What the user configures: the function config, checked, with errors that name the key and what would be accepted.

Each key is described once, here; the table of the README is made from it. Validation is pydantic's, by its core: the
model classes of pydantic cost every run more start-up time than the whole of krmfn.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Self

from pydantic_core import SchemaValidator, ValidationError, core_schema

from krmfn.errors import SettingsError
from krmfn.images import ImagePattern, Reference
from krmfn.resources import Resource
from krmfn.suggestions import did_you_mean

API_VERSION = "krmfn.dev/v1alpha1"
KIND = "ImagePull"
# On one line, as messages are.
MINIMAL = (
    f"{{apiVersion: {API_VERSION}, kind: {KIND}, metadata: {{name: image-pull}}, "
    "spec: {pullSecrets: [{name: regcred}]}}"
)

POLICY_SETTINGS = ("Defaulted", "Always", "IfNotPresent", "Never", "Off")
# A DNS-1123 subdomain, as the API server demands of a Secret's name.
_SECRET_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")


def _policy_setting(value: object) -> object:
    """`Off` may have become a boolean on its way through a host."""
    text = str(value).lower().replace("false", "off")
    return next((name for name in POLICY_SETTINGS if name.lower() == text), value)


def _secret_name(value: str) -> str:
    if not _SECRET_NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is no name of a Secret: lower-case letters, digits, `-` and `.`, such as `regcred`"
        )
    return value


def _key(schema: Any, description: str, **default: Any) -> Any:
    """A field of a settings class: pydantic's schema for its value, and its description."""
    if default:
        schema = core_schema.with_default_schema(schema, **default)
    return field(metadata={"schema": schema, "description": description}, **default)


def _mapping(cls: type) -> Any:
    """The schema of a settings class: a mapping with the keys of its fields, in camel case, and no others."""
    keys = [
        core_schema.dataclass_field(f.name, f.metadata["schema"], validation_alias=key_of(f.name), kw_only=True)
        for f in fields(cls)
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, keys),
        [f.name for f in fields(cls)],
        config=core_schema.CoreConfig(extra_fields_behavior="forbid", coerce_numbers_to_str=True),
    )


def key_of(name: str) -> str:
    """The key in the function config for a field: `pullSecrets` for `pull_secrets`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _list_of(schema: Any, min_length: int = 0) -> Any:
    return core_schema.tuple_schema([schema], variadic_item_index=0, min_length=min_length)


_TEXT = core_schema.str_schema()
_TEXTS = core_schema.dict_schema(_TEXT, _TEXT)
_POLICY = core_schema.no_info_before_validator_function(_policy_setting, core_schema.literal_schema([*POLICY_SETTINGS]))
_PATTERN = core_schema.no_info_after_validator_function(ImagePattern.compile, _TEXT)
_NAME = core_schema.no_info_after_validator_function(_secret_name, _TEXT)


@dataclass(frozen=True)
class PullPolicyRule:
    """A policy for some images."""

    images: tuple[ImagePattern, ...] = _key(_list_of(_PATTERN, min_length=1), "Image patterns the rule is for.")
    set: str = _key(_POLICY, "What these images get, as `pullPolicy.set`.")


@dataclass(frozen=True)
class PullPolicy:
    """Which `imagePullPolicy` is written."""

    set: str = _key(
        _POLICY,
        "What containers without a policy get: `Defaulted` (what Kubernetes would default: `Always` for the tag "
        "`latest`, given or implied, else `IfNotPresent`), `Always`, `IfNotPresent`, `Never`, or `Off` (nothing).",
        default="Defaulted",
    )
    overwrite: bool = _key(
        core_schema.bool_schema(), "Whether policies that are set already are changed too.", default=False
    )
    rules: tuple[PullPolicyRule, ...] = _key(
        _list_of(_mapping(PullPolicyRule)), "Exceptions by image; the first that matches wins.", default=()
    )

    def for_image(self, reference: Reference | None) -> str:
        """The setting for an image; None is one that cannot be parsed."""
        for rule in self.rules:
            if any(pattern.matches(reference) for pattern in rule.images):
                return rule.set
        return self.set


@dataclass(frozen=True)
class PullSecret:
    """A Secret to append to `imagePullSecrets`."""

    name: str = _key(_NAME, "The name of a Secret in the namespace of the pods.")
    images: tuple[ImagePattern, ...] = _key(
        _list_of(_PATTERN),
        "Image patterns; the secret goes only where an image matches one. None given: it goes everywhere.",
        default=(),
    )

    def serves(self, references: Sequence[Reference | None]) -> bool:
        """Whether pods with these images get the secret; None is an image that cannot be parsed."""
        return not self.images or any(pattern.matches(ref) for pattern in self.images for ref in references)


@dataclass(frozen=True)
class Selector:
    """Resources, by what they say of themselves. All given keys must match; values are globs (`*`, `?`).

    An object inside another one, as in a Sensor's trigger, is selected together with that one.
    """

    api_version: str | None = _key(_TEXT, "Their apiVersion, such as `apps/v1` or `argoproj.io/*`.", default=None)
    kind: str | None = _key(_TEXT, "Their kind.", default=None)
    name: str | None = _key(_TEXT, "Their name.", default=None)
    namespace: str | None = _key(_TEXT, "Their namespace; `''` is for resources that name none.", default=None)
    labels: Mapping[str, str] = _key(_TEXTS, "Labels they have, with values.", default_factory=dict)
    annotations: Mapping[str, str] = _key(_TEXTS, "Annotations they have, with values.", default_factory=dict)

    def matches(self, resource: Resource) -> bool:
        """Whether a resource has all that is asked for."""
        ref = resource.ref
        pairs = [
            (self.api_version, ref.api_version),
            (self.kind, ref.kind),
            (self.name, ref.name),
            (self.namespace, ref.namespace),
            *((glob, resource.labels.get(key)) for key, glob in self.labels.items()),
            *((glob, resource.annotations.get(key)) for key, glob in self.annotations.items()),
        ]
        return all(glob is None or (value is not None and fnmatchcase(value, glob)) for glob, value in pairs)


def _selects_something(selector: Selector) -> Selector:
    if selector == Selector():
        raise ValueError(f"selects nothing; give at least one of {', '.join(_keys(Selector))}")
    return selector


def _keys(cls: type) -> tuple[str, ...]:
    return tuple(key_of(f.name) for f in fields(cls))


_SELECTORS = _list_of(core_schema.no_info_after_validator_function(_selects_something, _mapping(Selector)))


@dataclass(frozen=True)
class Settings:
    """The settings of a run: the `spec` of an `ImagePull`."""

    pull_policy: PullPolicy = _key(  # noqa: RUF009 - makes a dataclass field, as `field` does
        _mapping(PullPolicy), "Which `imagePullPolicy` is written.", default_factory=PullPolicy
    )
    pull_secrets: tuple[PullSecret, ...] = _key(
        _list_of(_mapping(PullSecret)), "The pull secrets to append, in this order.", default=()
    )
    include: tuple[Selector, ...] = _key(
        _SELECTORS,
        "Only resources that one of these matches change. All keys given must match; globs will do.",
        default=(),
    )
    exclude: tuple[Selector, ...] = _key(_SELECTORS, "Resources that one of these matches are left alone.", default=())

    def selects(self, resource: Resource) -> bool:
        """Whether `include` and `exclude` let the resource through."""
        included = not self.include or any(selector.matches(resource) for selector in self.include)
        return included and not any(selector.matches(resource) for selector in self.exclude)

    def overridden(self, secrets: Sequence[str] = (), policy: str | None = None) -> Self:
        """These settings with secrets for every image appended, and another `pullPolicy.set`; raise `SettingsError`."""
        try:
            added = tuple(PullSecret(_secret_name(name)) for name in secrets)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        if policy and policy not in POLICY_SETTINGS:
            raise SettingsError(f"policy {policy!r} is none of {', '.join(POLICY_SETTINGS)}")
        pull_policy = replace(self.pull_policy, set=policy) if policy else self.pull_policy
        return replace(self, pull_policy=pull_policy, pull_secrets=self.pull_secrets + added)

    @classmethod
    def from_function_config(cls, config: Mapping[str, Any]) -> "Settings":
        """Settings from an `ImagePull` or a `ConfigMap`, as plain data; raise `SettingsError`.

        Scalars may be strings whatever they look like: `"true"` does for a boolean.
        """
        api_version, kind = config.get("apiVersion"), config.get("kind")
        if (api_version, kind) == (API_VERSION, KIND):
            _check_keys(config, ("apiVersion", "kind", "metadata", "spec"), "")
            return _validated(config.get("spec"), "spec")
        if (api_version, kind) == ("v1", "ConfigMap"):
            _check_keys(config, ("apiVersion", "kind", "metadata", "data", "immutable"), "")
            try:
                return _validated(_spec_of_config_map(config.get("data")), "data")
            except SettingsError as error:
                raise SettingsError(_SPEC_PLACE.sub(_config_map_place, str(error))) from None
        raise SettingsError(
            f"the function config is {api_version or 'no apiVersion'}, {kind or 'no kind'}; "
            f"krmfn reads {API_VERSION}, {KIND} and v1, ConfigMap. A minimal one: {MINIMAL}"
        )


_VALIDATOR = SchemaValidator(_mapping(Settings))

CONFIG_MAP_KEYS = {
    "imagePullSecrets": "Names of Secrets, separated by commas or blanks: `pullSecrets`, for every image.",
    "imagePullPolicy": "`pullPolicy.set`.",
    "overwrite": "`pullPolicy.overwrite`.",
}


def _validated(spec: object, where: str) -> Settings:
    try:
        settings: Settings = _VALIDATOR.validate_python({} if spec is None else _without_nulls(spec))
    except ValidationError as error:
        raise SettingsError("; ".join(_say(item, where) for item in error.errors())) from None
    return settings


def _without_nulls(data: Any) -> Any:
    """A key with nothing behind it is a key not given."""
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(item) for item in data] if isinstance(data, list) else data


def _spec_of_config_map(data: object) -> dict[str, Any]:
    """The `ImagePull` spec that the flat keys of a ConfigMap stand for."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise SettingsError(f"`data` must be a mapping, not {data!r}")
    _check_keys(data, tuple(CONFIG_MAP_KEYS), "data.")
    spec: dict[str, Any] = {}
    if names := re.split(r"[\s,]+", str(data.get("imagePullSecrets") or "").strip(", \t\r\n")):
        spec["pullSecrets"] = [{"name": name} for name in names if name]
    policy = {"set": data.get("imagePullPolicy"), "overwrite": data.get("overwrite")}
    spec["pullPolicy"] = {key: value for key, value in policy.items() if value is not None}
    return spec


_SPEC_PLACE = re.compile(r"data\.(pullPolicy\.set|pullPolicy\.overwrite|pullSecrets)(?:\[\d+\]\.name)?")


def _config_map_place(match: re.Match[str]) -> str:
    """The key that the user has for a place in the spec."""
    key = {"pullPolicy.set": "imagePullPolicy", "pullPolicy.overwrite": "overwrite", "pullSecrets": "imagePullSecrets"}
    return f"data.{key[match[1]]}"


def _check_keys(config: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    for key in config:
        if key not in known:
            raise SettingsError(_unknown_key(prefix + key, known))


def _unknown_key(path: str, known: tuple[str, ...]) -> str:
    key = path.rpartition(".")[2]
    return f"unknown key `{path}`{did_you_mean(key, known)}; known are {', '.join(known)}"


def _say(error: Any, where: str) -> str:
    """One of pydantic's errors in the user's words."""
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    value = error["input"]
    match error["type"]:
        case "unexpected_keyword_argument":
            return _unknown_key(place, _keys(_class_at(error["loc"][:-1])))
        case "missing":
            return f"`{place}` is missing"
        case "dataclass_type" | "dict_type":
            return f"`{place}` must be a mapping, not {value!r}"
        case "tuple_type":
            return f"`{place}` must be a list, not {value!r}"
        case "string_type":
            return f"`{place}` must be a string, not {value!r}"
        case "bool_parsing" | "bool_type":
            return f"`{place}` must be true or false, not {value!r}"
        case "literal_error":
            suggestion = did_you_mean(str(value), POLICY_SETTINGS)
            return f"`{place}` is {value!r}{suggestion}; it must be one of {', '.join(POLICY_SETTINGS)}"
        case "too_short":
            return f"`{place}` must not be empty"
        case "value_error":
            return f"`{place}`: {error['ctx']['error']}"
        case _:
            return f"`{place}`: {error['msg']}"


_CLASSES: dict[str, type] = {
    "pullPolicy": PullPolicy,
    "rules": PullPolicyRule,
    "pullSecrets": PullSecret,
    "include": Selector,
    "exclude": Selector,
}


def _class_at(location: tuple[int | str, ...]) -> type:
    """The settings class of the mapping at this place of the config."""
    return next((_CLASSES[part] for part in reversed(location) if isinstance(part, str)), Settings)


def describe(cls: type = Settings, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Every key of `spec` as (path, default, description), for documentation."""
    for f in fields(cls):
        key = key_of(f.name)
        default = f.default if f.default_factory is MISSING else f.default_factory()
        is_mapping = is_dataclass(default)
        shown = "required" if default is MISSING else "" if is_mapping or default is None else json.dumps(default)
        yield prefix + key, shown, f.metadata["description"]
        if key in _CLASSES and key != "exclude":  # which has the keys of `include`
            yield from describe(_CLASSES[key], f"{prefix}{key}{'' if is_mapping else '[]'}.")
