"""`krmfn completion`: print the script with which a shell completes krmfn's commands, flags, choices and paths.

The shell loads the printed script, so completing never starts Python.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module

import shtab

from krmfn import flags
from krmfn.commands import COMMANDS
from krmfn.krm.streams import write

_SHELLS = ("bash", "zsh", "fish")
_PATHS = {"PATH": shtab.FILE, "FILE": shtab.FILE, "REPORT": shtab.FILE, "DIR": shtab.DIRECTORY}
"""What the shell completes for a value, by the value's name in the help."""

_DESCRIPTION = """\
Print the script that completes krmfn's commands, flags, choices and paths in a shell. The shell
loads it at its start or from a file."""

_EPILOG = """\
examples:
  source <(krmfn completion bash)        # for this bash; put it into ~/.bashrc for all
  krmfn completion zsh > ~/.zfunc/_krmfn # with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
  krmfn completion fish > ~/.config/fish/completions/krmfn.fish

exit codes: 0 done; 1 the script could not be written; 2 wrong command line"""


def main(argv: Sequence[str]) -> int:
    """Print the completion script; return the exit code."""
    arguments = make_parser().parse_args(argv)
    return 0 if write(shtab.complete(_whole(), arguments.shell).encode()) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn completion", _DESCRIPTION, _EPILOG)
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))
    return parser


def _whole() -> argparse.ArgumentParser:
    """A parser of all command lines, the subcommands included."""
    parser = flags.new_parser("krmfn", "")
    flags.add_to(parser)
    flags.add_stdin_filename_to(parser)
    flags.add_allow_empty_to(parser)
    parser.add_argument("--version", action="version", version="", help="show the version and exit")
    commands = parser.add_subparsers()
    for name, what in COMMANDS.items():
        own: argparse.ArgumentParser = import_module(f"krmfn.commands.{name}").make_parser()
        _complete_paths(commands.add_parser(name, parents=[own], add_help=False, help=what))
    _complete_paths(parser)
    return parser


def _complete_paths(parser: argparse.ArgumentParser) -> None:
    """Mark the values that are paths, in the attribute that shtab reads."""
    for action in parser._actions:  # noqa: SLF001 - shtab walks them too: argparse has no public way
        if completed := _PATHS.get(str(action.metavar)):
            vars(action)["complete"] = completed
