"""`krmfn new`: a folder to start a KRM function of one's own from, whose tests pass at once."""

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
Make a folder with a KRM function of your own on krmfn's Python SDK: the function, its tests with a
golden package, pyproject.toml, Dockerfile, Kptfile, a definition for catalogues, README with the
table of its settings, and a workflow for CI. Its tests pass at once, without a network."""

_EPILOG = """\
examples:
  krmfn new note-owner                     # a transformer: changes objects
  krmfn new add-quota --kind generator     # adds, updates and drops whole objects
  krmfn new check-registries --kind validator  # finds what is wrong, and changes nothing

exit codes: 0 made; 1 not made, since the folder is there already or for another reason;
2 wrong command line"""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)


def main(argv: Sequence[str]) -> int:
    """Make the folder; raise `KrmfnError` when it cannot be made, or the name is none."""
    arguments = make_parser().parse_args(argv)
    name = arguments.name
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InputError(
            f"{name!r} is no name for a function; small letters, digits and dashes are expected: set-owner"
        )
    if is_taken(name):
        raise InputError(f"{name!r} is the name of something that the function imports; two words are safe: set-owner")
    folder = Path(arguments.output if arguments.output is not None else name)
    try:
        folder.mkdir()
    except FileExistsError:
        raise InputError(f"{folder} is there already, and stays as it is; --output names another folder") from None
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
        shutil.rmtree(folder, ignore_errors=True)  # a half of it helps nobody
        raise InputError(f"{folder}: {error.strerror}") from None
    say(f"{folder} is made; `cd {shlex.quote(str(folder))} && pip install '.[test]' && pytest` runs its tests")
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = flags.new_parser("krmfn new", _DESCRIPTION, _EPILOG)
    made.add_argument("name", metavar="NAME", help="name of the function, its command and its folder: set-owner")
    made.add_argument("--kind", choices=KINDS, default="transformer", help="what it does; default: transformer")
    made.add_argument("--output", metavar="DIR", help="the folder; default: NAME, in the current one")
    return made
