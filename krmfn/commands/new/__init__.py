"""`krmfn new`: make a folder with a new KRM function whose tests pass at once."""

import argparse
import keyword
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from krmfn import flags
from krmfn.commands.new.scaffold import KINDS, files, is_taken
from krmfn.errors import InputError
from krmfn.krm.streams import say

_DESCRIPTION = """\
Make a folder with a KRM function of your own, built on krmfn's Python SDK: the function, its tests
with a golden package, pyproject.toml, Dockerfile, Kptfile, a definition for catalogues, a README
with the table of its settings, and a workflow for CI. Its tests pass at once, without a network."""

_EPILOG = """\
examples:
  krmfn new note-owner                     # a transformer: changes objects
  krmfn new add-quota --kind generator     # a generator: adds, updates and removes whole objects
  krmfn new check-registries --kind validator  # a validator: reports errors, changes nothing

exit codes: 0 made; 1 not made, for example because the folder exists; 2 wrong command line"""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)


def main(argv: Sequence[str]) -> int:
    """Make the folder; return the exit code. Raise `KrmfnError` when it cannot be made or the name is invalid."""
    arguments = make_parser().parse_args(argv)
    name = arguments.name
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InputError(
            f"{name!r} is not a name for a function: use lower-case letters, digits and dashes, such as set-owner"
        )
    if is_taken(name):
        raise InputError(f"{name!r} is a name that the function imports: use two words, such as set-owner")
    folder = Path(arguments.output if arguments.output is not None else name)
    try:
        folder.mkdir()
    except FileExistsError:
        raise InputError(f"{folder} already exists and was not changed; --output names another folder") from None
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}") from None
    try:
        for path, text in files(name, arguments.kind).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            if text.startswith("#!"):
                file.chmod(file.stat().st_mode | 0o111)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # half a folder would be of no use
        raise InputError(f"{folder}: {error.strerror}") from None
    say(f"{folder} created; `cd {shlex.quote(str(folder))} && pip install '.[test]' && pytest` runs its tests")
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = flags.new_parser("krmfn new", _DESCRIPTION, _EPILOG)
    made.add_argument(
        "name", metavar="NAME", help="name of the function, its command and its folder, such as set-owner"
    )
    made.add_argument("--kind", choices=KINDS, default="transformer", help="kind of function; default: transformer")
    made.add_argument("--output", metavar="DIR", help="the folder to make; default: NAME in the current folder")
    return made
