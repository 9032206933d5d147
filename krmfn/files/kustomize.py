"""Find kustomize on PATH, make its command lines, and explain its failures."""

import argparse
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files.program import Ended

RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")
"""The values of kustomize's `--load-restrictor`, the default first."""
_SHOWN = 1000
"""How many characters of its stderr are shown: the beginning names the file, the end names the reason."""
# The prefix of kubectl's logger. Its time would make reports of the same failure differ.
_LOGGED = re.compile(r"^[EFIW]\d{4} [\d:.]+ +\d+ \S+\] ", re.MULTILINE)
_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]{0,20}://)[^/\s'\"]+@")
# Words in kustomize's messages, each with the flag that avoids the failure.
_WAYS_OUT = (
    ("must specify --enable-helm", "`--enable-helm` lets kustomize run helm"),
    ("external plugins disabled", "`--enable-exec` lets kustomize run functions and plugins"),
    ("is not in or below", "`--load-restrictor LoadRestrictionsNone` lets kustomize read files outside the folder"),
)


class Tool(NamedTuple):
    """The program that builds, and the first words of its command lines."""

    executable: str
    words: tuple[str, str]

    def __str__(self) -> str:
        return " ".join(self.words)

    def command(self, folder: Path, flags: list[str]) -> list[str]:
        """The command line that builds a folder. The path is absolute, so that it is no flag or URL to kustomize."""
        return [*self.words, str(folder), *flags]


def find() -> Tool:
    """The kustomize on PATH, or else the one in kubectl; raise `InputError` when there is neither."""
    # A relative entry of PATH could run a program of the repository.
    path = os.pathsep.join(entry for entry in os.get_exec_path() if Path(entry).is_absolute())
    for words in (("kustomize", "build"), ("kubectl", "kustomize")):
        if executable := shutil.which(words[0], path=path):
            return Tool(executable, words)
    raise InputError(
        "a build needs kustomize or kubectl, and neither is on PATH: install one of them, "
        "or pipe a build from elsewhere into krmfn"
    )


def flags(tool: Tool, arguments: argparse.Namespace) -> list[str]:
    """The flags for kustomize, from krmfn's own flags; raise `InputError` for a flag that kubectl does not support."""
    found = [] if arguments.load_restrictor == RESTRICTORS[0] else ["--load-restrictor", arguments.load_restrictor]
    if arguments.enable_helm:
        found.append("--enable-helm")
    if arguments.enable_exec:
        if tool.words[0] == "kubectl":
            # With `--enable-alpha-plugins` alone, kubectl silently skips exec functions.
            raise InputError("`--enable-exec` needs kustomize on PATH: kubectl cannot run exec functions")
        found += ["--enable-alpha-plugins", "--enable-exec"]
    return found


def failure(tool: Tool, ended: Ended) -> str:
    """Why a root could not be built, in one line, and how to avoid it."""
    # Warnings come first and are not the reason.
    said = shown(b"".join(line for line in ended.said.splitlines(True) if not line.startswith(b"# Warning")))
    message = f"{tool} {ended.trouble}" + (f": {said}" if said else "")
    whole = ended.said.decode(errors="replace")
    ways_out = [way_out for words, way_out in _WAYS_OUT if words in whole]
    return "; ".join([message, *ways_out])


def shown(said: bytes) -> str:
    """The stderr of kustomize as one line of bounded length, without credentials in URLs."""
    text = _CREDENTIALS.sub(r"\1…@", _LOGGED.sub("", said.decode(errors="backslashreplace")))
    text = " ".join(text.split())
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]} […] {text[-half:]}"
