"""`kustomize edit set image` in scripts, Makefiles and CI files: images that are set when somebody deploys."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from krmfn.files.builds.image_rules import ImageRule, from_argument

_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_COMMAND = re.compile(r"(?i)kustomize\S*[ \t]+edit[ \t]+set[ \t]+image[ \t]+(?P<arguments>[^\n;&|]+)")
_FOLDER = re.compile(
    r"(?:\b(?:cd|pushd|Set-Location)[ \t]+|working-directory:[ \t]*|\bdir:[ \t]*)"
    r"(?P<folder>\"[^\"\n]+\"|'[^'\n]+'|[^\s;&|)]+)"
)
_BUILD = re.compile(
    r"(?:(?i:kustomize)\S*[ \t]+build|kubectl[ \t]+(?:kustomize|(?:apply|diff|delete)(?:[ \t]+-\S+)*?[ \t]+-k))"
    r"[ \t]+(?P<folder>[^\s;&|<>()$]+)"
)
# Quoted or not, with what a template or variable puts in.
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\$\{\{.*?\}\}|\$\([^)]*\)|\{\{.*?\}\}|[^\s\"'])+")
_VARIABLE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{\{.*?\}\}|\$@")
_NEAR = 2000
"""How many characters before a command its folder is looked for."""


class SetImage(NamedTuple):
    """One image that a command sets.

    Attributes:
        rule: as an entry of `images:`.
        folder: the folder it runs in as it is written, with `*` for what is filled in; empty when it is not told.
    """

    rule: ImageRule
    folder: str


def set_images(text: str) -> Iterator[SetImage]:
    """The images that the commands in a script set; one whose name is filled in later is passed over."""
    if "edit" not in text or "image" not in text:
        return
    text = _CONTINUED.sub(" ", text)
    for command in _COMMAND.finditer(text):
        folders = list(_FOLDER.finditer(text, max(0, command.start() - _NEAR), command.start()))
        folder = _globbed(folders[-1]["folder"].strip("\"'")) if folders else ""
        for word in _WORD.findall(command["arguments"]):
            argument = word.replace('"', "").replace("'", "")
            if argument.startswith("#"):
                break
            rule = from_argument(argument)
            if rule and not _VARIABLE.search(rule.name):
                # The command may not have run yet, or with other values: only its name is certain.
                yield SetImage(rule, folder)


def builds(text: str) -> Iterator[str]:
    """The folders, as they are written, that the commands in a script build or apply with kustomize."""
    if "kustomize" in text or "-k" in text:
        yield from (match["folder"].strip("\"'") for match in _BUILD.finditer(_CONTINUED.sub(" ", text)))


def _globbed(folder: str) -> str:
    return _VARIABLE.sub("*", folder)
