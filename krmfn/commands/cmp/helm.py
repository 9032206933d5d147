"""`helm template` for an Application: the flags that Argo CD's own Helm would give it, and no shell.

As there (`util/helm/cmd.go` of Argo CD): the release has the name of the Application, CustomResourceDefinitions of the
folder `crds` are part of it, and variables of the build environment stand for their values in parameters. The names of
the parameters are those of Argo CD's example of a plugin for Helm.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from krmfn.commands.cmp.parameters import Parameter
from krmfn.errors import SettingsError

VALUES_FILES, VALUES = "values-files", "helm-parameters"
PARAMETERS = (VALUES_FILES, VALUES)
COMMAND = ("helm", "template", ".")
"""What is run when no command is named."""
# Nothing else of the sidecar's environment is for Applications, which others may write.
_VARIABLES = r"(?:ARGOCD_(?:APP|ENV)_\w+|KUBE_VERSION|KUBE_API_VERSIONS)"
_REFERENCE = re.compile(rf"\$(?:\$|({_VARIABLES})\b|\{{({_VARIABLES})\}})", re.ASCII)


def announcements() -> Iterator[dict[str, Any]]:
    """The parameters as Argo CD's UI wants them described."""
    files = "Value files, by their path from the folder of the application; later ones win."
    values = "Values by their path, as for helm template --set; they win over value files."
    yield _announcement(VALUES_FILES, "Values files", files, array=[])
    yield _announcement(VALUES, "Helm parameters", values, map={})


def _announcement(name: str, title: str, tooltip: str, **value: object) -> dict[str, Any]:
    (kind,) = value
    head = {"name": name, "title": title, "tooltip": tooltip, "required": False}
    return {**head, "itemType": "string", "collectionType": kind, **value}


def command(given: Sequence[str], environment: Mapping[str, str], parameters: Sequence[Parameter]) -> list[str]:
    """`given`, or else `COMMAND`, with the flags for the Application.

    Raises:
        SettingsError: a parameter is wrong; the message names it.
    """
    return [*(given or COMMAND), "--include-crds", *_of_environment(environment), *_of(parameters, environment)]


def _of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    # Outside of Argo CD's own namespace the name is `<namespace>_<name>`.
    if name := environment.get("ARGOCD_APP_NAME", "").rpartition("_")[2]:
        yield f"--name-template={name}"
    for flag, variable in (("namespace", "ARGOCD_APP_NAMESPACE"), ("kube-version", "KUBE_VERSION")):
        if value := environment.get(variable):
            yield f"--{flag}={value}"
    # One by one: a single argument of all of them could be longer than the system allows.
    yield from (f"--api-versions={each}" for each in environment.get("KUBE_API_VERSIONS", "").split(",") if each)


def _of(parameters: Sequence[Parameter], environment: Mapping[str, str]) -> Iterator[str]:
    for parameter in parameters:
        if parameter.get("name") == VALUES_FILES:
            for file in _texts(parameter):
                yield f"--values={_inside(_filled(file, VALUES_FILES, environment), environment)}"
        elif parameter.get("name") == VALUES:
            for key, value in _pairs(parameter):
                flag = f"--set={key}={_literal(_filled(value, VALUES, environment))}"
                if not _can_be_an_argument(flag):
                    raise SettingsError(
                        f"parameter `{VALUES}`: `{key}` or its value has a character that no flag can have"
                    )
                yield flag


def _can_be_an_argument(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a character, which JSON can hold
        return False


def _texts(parameter: Parameter) -> list[str]:
    """The paths of a parameter; a single one may come as a string."""
    array = parameter.get("array") or []
    if parameter.get("map") or not isinstance(array, list):
        raise SettingsError(f"parameter `{VALUES_FILES}` must be an array of paths")
    return [str(text) for text in (parameter.get("string"), *array) if text]


def _pairs(parameter: Parameter) -> list[tuple[str, str]]:
    values = parameter.get("map") or {}
    if parameter.get("array") or parameter.get("string") or not isinstance(values, dict):
        raise SettingsError(f"parameter `{VALUES}` must be a map of values by their path, such as `image.tag`")
    return [(str(key), str(value)) for key, value in values.items()]


def _filled(text: str, parameter: str, environment: Mapping[str, str]) -> str:
    """The text with the build environment's variables in it; `$$` is a `$`, and any other `$` is just that."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name and name not in environment:
            raise SettingsError(f"parameter `{parameter}`: the variable {name} is not set")
        return environment[name] if name else "$"

    return re.sub(_REFERENCE, value, text)


def _literal(value: str) -> str:
    """A value in which a comma begins no other one; `{a,b}` is a list, as for Argo CD."""
    return value if value.startswith("{") and value.endswith("}") else re.sub(r"(?<!\\),", r"\,", value)


def _inside(file: str, environment: Mapping[str, str]) -> str:
    """A path to `file`, which has to be in the repository: helm may read and fetch nothing else for an Application."""
    path = Path(file)
    try:
        is_there = not path.is_absolute() and path.is_file() and path.resolve().is_relative_to(_root(environment))
    except (OSError, RuntimeError):  # too long, or links in a circle
        is_there = False
    # helm would take what is behind a comma for another file, and reads quotes as CSV does.
    if not is_there or any(character in file for character in ',"\r\n'):
        raise SettingsError(
            f"parameter `{VALUES_FILES}`: {file} is not a file of the repository, by its path from the application's "
            "folder and without commas and quotes"
        )
    return f"./{path}"  # neither `-`, which is stdin, nor a URL


def _root(environment: Mapping[str, str]) -> Path:
    """The folder of the repository, as Argo CD tells where in it the current one is; else the current one."""
    here = Path.cwd().resolve()
    parts = Path(environment.get("ARGOCD_APP_SOURCE_PATH", "")).parts
    return here.parents[len(parts) - 1] if parts and here.parts[-len(parts) :] == parts else here
