"""`krmfn init`: a krmfn.yaml to start from, with every key explained."""

import argparse
import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files.configs import NAME
from krmfn.files.signals import put_off
from krmfn.imagepull.settings import API_VERSION, KIND, POLICY_SETTINGS, Described, Settings, describe
from krmfn.krm.streams import say, write
from krmfn.splice import rendering

SCHEMA_FILE = "krmfn.schema.json"
_WIDTH = 100

_DESCRIPTION = f"""\
Write a {NAME}: krmfn's commands use it for all files in its folder and below, and hosts take it
as function config. It has every key with its description and default; all keys are commented out,
except the policy and the secrets given here. An existing file is never overwritten."""

_EPILOG = f"""\
Editors with yaml-language-server complete and check the file, if {SCHEMA_FILE} is beside it
when it is written; `krmfn schema` prints that schema.

examples:
  krmfn schema > {SCHEMA_FILE}      # what editors check the file by
  krmfn init --secret regcred           # a {NAME} that appends the pull secret `regcred`
  krmfn init --output -                 # only look at it

exit codes: 0 written; 1 not written: the file exists already, or an error occurred;
2 wrong command line"""

_SCHEMA = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
_HEAD = f"""\
# The settings of krmfn for this folder and all folders below. A line that begins with `#`
# and no blank is a key that is commented out, with its default or an example: remove the `#`
# to set it. Editors complete and check this file if `krmfn schema > {SCHEMA_FILE}` has
# written a schema beside it and the first line is the comment
# `{_SCHEMA[2:].rstrip()}`.
apiVersion: {API_VERSION}
kind: {KIND}
metadata:
  name: image-pull
  annotations:
    # Tells kpt, Argo CD and others not to apply this file to a cluster.
    config.kubernetes.io/local-config: "true"
spec:
"""


def main(argv: Sequence[str]) -> int:
    """Write the file; raise `KrmfnError` if that fails or the name of a secret is invalid."""
    arguments = make_parser().parse_args(argv)
    Settings().overridden(secrets=arguments.secret)
    has_schema = Path(arguments.output).with_name(SCHEMA_FILE).is_file() if arguments.output.strip("-/.") else False
    text = ((_SCHEMA if has_schema else "") + config(arguments.policy, arguments.secret)).encode()
    if arguments.output == "-":
        return 0 if write(text) else 1
    if not arguments.output:
        raise InputError("--output is empty; expected the name of a file. Is a variable not set?")
    file = Path(arguments.output)
    try:
        _create(file, text)
    except FileExistsError:
        raise InputError(
            f"{file} exists already and was not changed; `krmfn init --output -` prints a new one"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    say(f"wrote {file}; `krmfn check .` shows what krmfn would change, `krmfn fix .` changes it")
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = flags.new_parser("krmfn init", _DESCRIPTION, _EPILOG)
    made.add_argument("--output", metavar="FILE", default=NAME, help=f"default: {NAME}; `-` is stdout")
    made.add_argument(
        "--secret", metavar="NAME", action="append", default=[], help="pull secret to set in it; repeatable"
    )
    made.add_argument(
        "--policy", choices=POLICY_SETTINGS, default="Defaulted", help="`pullPolicy.policy` in it; default: Defaulted"
    )
    return made


def _create(file: Path, text: bytes) -> None:
    """Create the file with this text; on an error, leave no file behind."""
    with put_off(), file.open("xb") as stream:
        try:
            stream.write(text)
            stream.close()  # inside the try: some file systems report write errors only on close
        except OSError:
            file.unlink()
            raise


class _Key(NamedTuple):
    """A key of the file, and the keys below it."""

    name: str
    described: Described
    below: tuple["_Key", ...]

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of mappings with the keys below."""
        return any(f"{self.described.path}[]." in key.described.path for key in self.below)


def config(policy: str, secrets: Sequence[str]) -> str:
    """The text of the file."""
    blocks = ["\n".join(_lines(key, policy, secrets)) for key in _tree(list(describe()), 0)]
    return _HEAD + textwrap.indent("\n\n".join(blocks), "  ") + "\n"


def _tree(described: Sequence[Described], depth: int) -> tuple[_Key, ...]:
    """The keys, listed parents first, to a tree."""

    def part(key: Described) -> str:
        return key.path.split(".")[depth].removesuffix("[]")

    return tuple(
        _Key(name, first, _tree(rest, depth + 1))
        for name, (first, *rest) in ((name, list(group)) for name, group in groupby(described, part))
    )


def _lines(key: _Key, policy: str, secrets: Sequence[str]) -> Iterator[str]:
    """The lines of a key with its description, commented out unless it is the policy or a given secret."""
    path = key.described.path
    yield from _comment(key.described)
    if path == "pullSecrets" and secrets:
        name, *others = key.below
        yield f"{key.name}:"
        yield from _comment(name.described)
        yield from (f"- {name.name}: {rendering.scalar(secret)}" for secret in secrets)
        yield from ("  " + line for other in others for line in _lines(other, policy, secrets))
    elif path == "pullPolicy.policy":
        yield f"{key.name}: {policy}"
    elif key.below:
        yield f"{'' if path == 'pullPolicy' else '#'}{key.name}:"
        below = [line for inner in key.below for line in _lines(inner, policy, secrets)]
        yield from _item(below) if key.is_list else ("  " + line for line in below)
    else:
        yield f"#{rendering.scalar(key.name)}: {rendering.flow(key.described.value)}"


def _item(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a mapping, all commented out, to an item of a list: the first key gets the dash."""
    first = next(i for i, line in enumerate(lines) if not line.startswith("# "))
    yield from lines[:first]
    yield re.sub("^#", "#- ", lines[first])
    yield from ("  " + line for line in lines[first + 1 :])


def _comment(described: Described) -> list[str]:
    """The description as comment lines, with the default if the key shows another value."""
    text = described.description
    if described.default == "required":
        text += " Required."
    elif described.default and described.value not in (None, "") and described.default not in ("[]", "{}"):
        text += f" Default: {described.default}."
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
