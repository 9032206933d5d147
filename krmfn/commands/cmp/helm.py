"""Build the `helm template` command of an Application with the flags that Argo CD's own Helm uses; there is no shell.

As in Argo CD (`util/helm/cmd.go`): the release has the name of the Application, the CustomResourceDefinitions in the
folder `crds` are included, and parameters may contain variables of the build environment. The parameters have the names
of Argo CD's example plugin for Helm.
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
"""The command to run when none is named."""
# Other people may write Applications, so these may use no other variable of the sidecar.
_VARIABLES = r"(?:ARGOCD_(?:APP|ENV)_\w+|KUBE_VERSION|KUBE_API_VERSIONS)"
_REFERENCE = re.compile(rf"\$(?:\$|({_VARIABLES})\b|\{{({_VARIABLES})\}})", re.ASCII)


def announcements() -> Iterator[dict[str, Any]]:
    """The descriptions of the parameters for Argo CD's UI."""
    files = "Value files, by their path from the folder of the application; later ones win."
    values = "Values by their path, as for helm template --set; they win over value files."
    yield _announcement(VALUES_FILES, "Values files", files, array=[])
    yield _announcement(VALUES, "Helm parameters", values, map={})


def _announcement(name: str, title: str, tooltip: str, **value: object) -> dict[str, Any]:
    (kind,) = value
    head = {"name": name, "title": title, "tooltip": tooltip, "required": False}
    return {**head, "itemType": "string", "collectionType": kind, **value}


def command(given: Sequence[str], environment: Mapping[str, str], parameters: Sequence[Parameter]) -> list[str]:
    """The command `given`, or else `COMMAND`, with the flags for the Application.

    Raises:
        SettingsError: a parameter is wrong; the message names it.
    """
    return [*(given or COMMAND), "--include-crds", *_of_environment(environment), *_of(parameters, environment)]


def _of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    # The name of an Application in another namespace than Argo CD's is `<namespace>_<name>`.
    if name := environment.get("ARGOCD_APP_NAME", "").rpartition("_")[2]:
        yield f"--name-template={name}"
    for flag, variable in (("namespace", "ARGOCD_APP_NAMESPACE"), ("kube-version", "KUBE_VERSION")):
        if value := environment.get(variable):
            yield f"--{flag}={value}"
    # One flag for each version: a single argument with all versions could be longer than the system allows.
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
    """The paths in a parameter; a single path may be a string."""
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
    """Replace the build environment's variables in a text; `$$` becomes `$`, and any other `$` is kept."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name and name not in environment:
            raise SettingsError(f"parameter `{parameter}`: the variable {name} is not set")
        return environment[name] if name else "$"

    return re.sub(_REFERENCE, value, text)


def _literal(value: str) -> str:
    """Escape the commas, at which helm would begin another value; `{a,b}` is kept as a list, as in Argo CD."""
    return value if value.startswith("{") and value.endswith("}") else re.sub(r"(?<!\\),", r"\,", value)


def _inside(file: str, environment: Mapping[str, str]) -> str:
    """A path to `file`, which must be in the repository: helm may read nothing else for an Application."""
    path = Path(file)
    try:
        is_there = not path.is_absolute() and path.is_file() and path.resolve().is_relative_to(_root(environment))
    except (OSError, RuntimeError):  # too long, or links in a circle
        is_there = False
    # helm reads the value as CSV: a comma begins another file, and quotes have a meaning.
    if not is_there or any(character in file for character in ',"\r\n'):
        raise SettingsError(
            f"parameter `{VALUES_FILES}`: {file} must be a file in the repository, relative to the application's "
            "folder, without commas and quotes in its path"
        )
    return f"./{path}"  # so that helm does not read it as `-` (stdin) or a URL


def _root(environment: Mapping[str, str]) -> Path:
    """The root of the repository, from Argo CD's path of the current folder in it; else the current folder."""
    here = Path.cwd().resolve()
    parts = Path(environment.get("ARGOCD_APP_SOURCE_PATH", "")).parts
    return here.parents[len(parts) - 1] if parts and here.parts[-len(parts) :] == parts else here
