"""`krmfn completion`: what a shell needs to complete krmfn's commands, flags, choices and paths.

Made when it is asked for and then loaded by the shell, so that neither krmfn nor a shell's start waits for Python.
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
"""What is completed for a value with this name in the help."""

_DESCRIPTION = """\
Print the script that completes krmfn's commands, flags, choices and paths in a shell. The shell
loads it at its start or from a file."""

_EPILOG = """\
examples:
  source <(krmfn completion bash)        # for this bash; in ~/.bashrc for all
  krmfn completion zsh > ~/.zfunc/_krmfn # with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
  krmfn completion fish > ~/.config/fish/completions/krmfn.fish

exit codes: 0 done; 1 it could not be written; 2 wrong command line"""


def main(argv: Sequence[str]) -> int:
    """Print the completion."""
    arguments = make_parser().parse_args(argv)
    return 0 if write(shtab.complete(_whole(), arguments.shell).encode()) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = flags.new_parser("krmfn completion", _DESCRIPTION, _EPILOG)
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))
    return parser


def _whole() -> argparse.ArgumentParser:
    """A parser of all command lines."""
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
    """Tell shtab which values are paths, in the attribute it looks for."""
    for action in parser._actions:  # noqa: SLF001 - shtab walks them too: argparse has no public way
        if completed := _PATHS.get(str(action.metavar)):
            vars(action)["complete"] = completed
