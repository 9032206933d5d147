"""The parameters of an Application: krmfn's keys, as in a ConfigMap function config; others are for the command."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from krmfn.errors import SettingsError
from krmfn.imagepull.settings import CONFIG_MAP_KEYS, CONFIG_MAP_PATHS, Settings, describe
from krmfn.krm.suggestions import did_you_mean, nearest

Parameter = Mapping[str, Any]
"""A parameter as Argo CD passes it: `name`, and one of `string`, `array` and `map`."""
_PARAMETERS = "ARGOCD_APP_PARAMETERS"
_MISSPELT = 0.75
"""From which similarity an unknown name is a typo of krmfn's: `pullSecret` is; `secrets` may be another tool's."""
_OURS = "ARGOCD_ENV_KRMFN_"
"""How Argo CD passes a variable `KRMFN_…` of an Application. Other variables are for the command."""


def _variable(key: str) -> str:
    return _OURS + re.sub(r"(?=[A-Z])", "_", key).upper()


_VARIABLES = {_variable(key): key for key in CONFIG_MAP_KEYS}

_TABLE = "\n".join(f"  {key:<17} {name.removeprefix('ARGOCD_ENV_')}" for name, key in _VARIABLES.items())

HELP = f"""\
An Application can add settings to the flags, by a parameter or a variable; the parameter wins:
{_TABLE}

They mean the same as the keys of a ConfigMap as function config. Their pull secrets are appended to
those of the flags."""


def announcements() -> Iterator[dict[str, Any]]:
    """The descriptions of the parameters for Argo CD's UI."""
    described = {path: (default, description) for path, default, description, _ in describe()}
    for key, path in CONFIG_MAP_PATHS.items():
        default, description = described[path]
        value = json.loads(default)
        is_list = isinstance(value, list)
        yield {
            "name": key,
            "title": re.sub(r"(?=[A-Z])", " ", key).capitalize(),
            "tooltip": description.replace("`", ""),
            "required": False,
            "itemType": "string",
            "collectionType": "array" if is_list else "string",
            **({"array": value} if is_list else {"string": value if isinstance(value, str) else default}),
        }


def apply(settings: Settings, environment: Mapping[str, str], parameters: Sequence[Parameter]) -> Settings:
    """The settings with the Application's own added; raise `SettingsError` that names the wrong parameter."""
    variables = {_VARIABLES[name]: (f"`{name}`", value) for name, value in _own_variables(environment)}
    set_here = {key: (f"parameter `{key}`", value) for key, value in _own(parameters)}
    for key, (name, value) in (variables | set_here).items():
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "data": {key: value}}
        try:
            given = Settings.from_function_config(config_map)
        except SettingsError as error:
            raise SettingsError(str(error).replace(f"`data.{key}`", name)) from None
        settings = settings.overridden(
            secrets=[secret.name for secret in given.pull_secrets],
            policy=given.pull_policy.policy if key == "imagePullPolicy" else None,
            overwrite=given.pull_policy.overwrite if key == "overwrite" else None,
        )
        if key == "renamedSecrets":
            settings = settings.replaced(renamed_secrets=given.renamed_secrets)
    return settings


def _own_variables(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(environment.items()):
        if name.startswith(_OURS):
            _check_name(name, "variable", tuple(_VARIABLES))
            if value:
                yield name, value


def read(environment: Mapping[str, str]) -> list[Parameter]:
    """The parameters that the Application sets; raise `SettingsError` when they cannot be read."""
    try:
        parameters = json.loads(environment.get(_PARAMETERS) or "null") or []
    except (ValueError, RecursionError):
        raise SettingsError(f"{_PARAMETERS} is not JSON") from None
    if not isinstance(parameters, list) or not all(isinstance(parameter, dict) for parameter in parameters):
        raise SettingsError(f"{_PARAMETERS} must be a list of parameters, each with a name")
    return parameters


def of_others(parameters: Sequence[Parameter], known: Collection[str], runs_a_command: bool) -> list[str]:
    """The names that krmfn does not know. They are for the command, whose environment has all parameters.

    `known` are names that krmfn knows in addition to its settings.

    Raises:
        SettingsError: a name looks like a typo of a known name, or there is no command.
    """
    names = (*CONFIG_MAP_KEYS, *known)
    unknown = [name for parameter in parameters if (name := str(parameter.get("name"))) not in names]
    for name in unknown:
        if not runs_a_command or name == str(None) or nearest(name, names, _MISSPELT):
            _check_name(name, "parameter", names)
    return unknown


def _own(parameters: Sequence[Parameter]) -> Iterator[tuple[str, str]]:
    """Key and value of each of krmfn's parameters, without empty values, which a cleared field in the UI has."""
    for parameter in parameters:
        key = str(parameter.get("name"))
        if key in CONFIG_MAP_KEYS and (value := _value(key, parameter)):
            yield key, value


def _value(key: str, parameter: Parameter) -> str:
    """The value of a parameter as it would be in a ConfigMap."""
    takes_list = key == "imagePullSecrets"
    array, text = parameter.get("array"), parameter.get("string")
    if parameter.get("map") or not isinstance(array or [], list) or (array and not takes_list):
        raise SettingsError(f"parameter `{key}` must be a string{' or an array' * takes_list}")
    return ", ".join(str(item) for item in (text, *(array or [])) if item)


def _check_name(name: str, what: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise SettingsError(f"unknown {what} `{name}`{did_you_mean(name, known)}; known are {', '.join(known)}")
