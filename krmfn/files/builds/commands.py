"""Find `kustomize edit set image` in scripts, Makefiles and CI files, which set images during a deployment."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from krmfn.files.builds.image_rules import ImageRule, from_argument

WORDS = b"edit set image"
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_EDIT = re.compile(r"edit[ \t]{1,9}set[ \t]{1,9}image[ \t]+(?P<arguments>[^\n;&|]+)")
_PROGRAM = re.compile(r"(?i)kustomize|^\$")
# Only `&&` or `;` may stand between `cd` and the command, because each line of a Makefile runs in its own shell.
_FOLDER = re.compile(r"\b(?:cd|pushd)[ \t]+(?P<folder>\"[^\"]+\"|'[^']+'|[^\s;&|)]+)[ \t]*(?:&&|;)[ \t]*\S+[ \t]*$")
_BEFORE = 400
"""How many characters before the words `edit set image` are searched, on the same line."""
_BUILD = re.compile(
    r"(?:(?i:kustomize)\S{0,80}[ \t]+build|kubectl[ \t]+(?:kustomize|(?:apply|diff|delete)"
    r"(?:[ \t]+-\S{1,80}){0,9}?[ \t]+-k))"
    r"(?:[ \t]+-\S{1,80}){0,9}[ \t]+(?P<folder>[^\s;&|<>()$-][^\s;&|<>()$]*)"
)
# A word, quoted or not, with expressions of templates and variables.
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\$\{\{.*?\}\}|\$\([^)]*\)|\{\{.*?\}\}|[^\s\"')])+")
_VARIABLE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{\{.*?\}\}|\$@")
_QUOTES = str.maketrans("", "", "\"'\\")


class SetImage(NamedTuple):
    """One image that a command sets.

    Attributes:
        rule: the rule, as in `images:`, but with a tag that is filled in later, because other tags may be set too.
        folder: the folder in which the command runs, as written; empty if unknown.
    """

    rule: ImageRule
    folder: str


def set_images(text: str) -> Iterator[SetImage]:
    """The images that the commands in a script set. A variable may stand for any text."""
    text = _CONTINUED.sub(" ", text)
    for command in _EDIT.finditer(text):
        begin = max(text.rfind("\n", 0, command.start()) + 1, command.start() - _BEFORE)
        before = text[begin : command.start()]
        program = before.split()[-1:]
        if not program or not _PROGRAM.search(program[0].lstrip("(\"'")):
            continue
        found = _FOLDER.search(before)
        folder = found["folder"].strip("\"'") if found else ""
        for word in _WORD.findall(command["arguments"]):
            argument = word.translate(_QUOTES)
            if argument.startswith("#"):
                break
            if rule := _rule(argument):
                yield SetImage(rule, "" if _VARIABLE.search(folder) else folder)


def _rule(argument: str) -> ImageRule | None:
    if _VARIABLE.fullmatch(argument):  # the whole argument is filled in later
        return ImageRule(".*", image="${IMAGE}")
    rule = from_argument(argument)
    if rule is None:
        return None
    name = _VARIABLE.sub("VARIABLE", rule.name)
    image = rule.image or f"{rule.new_name or rule.name}:${{TAG}}"
    return ImageRule(".*".join(name.split("VARIABLE")), image=image if image.count("$") else f"{image}:${{TAG}}")


def builds(text: str) -> Iterator[str]:
    """The folders, as written, that the commands in a script build or apply with kustomize."""
    if "kustomize" in text or "-k" in text:
        yield from (match["folder"].strip("\"'") for match in _BUILD.finditer(_CONTINUED.sub(" ", text)))
