"""Colours in output for people."""

import argparse
import os

from krmfn.files.delivery import goes_to_stdout
from krmfn.krm.streams import is_terminal

_AUTO, _ALWAYS = "auto", "always"


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--color`."""
    parser.add_argument(
        "--color",
        choices=[_AUTO, _ALWAYS, "never"],
        default=_AUTO,
        help="when to use colours; default: auto, which is on a terminal without NO_COLOR",
    )


def wanted(arguments: argparse.Namespace) -> bool:
    """Whether the output gets colours: by default on a terminal that supports them, unless NO_COLOR is set."""
    if arguments.color != _AUTO:
        return bool(arguments.color == _ALWAYS)
    is_for_people = goes_to_stdout(arguments.output) and is_terminal()
    return is_for_people and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    """Text in bold for a terminal."""
    return f"\033[1m{text}\033[0m"


def colored(text: str, color: int) -> str:
    """Text in one of the colours of terminals: 31 is red, 32 green, 33 yellow, 34 blue, 36 cyan."""
    return f"\033[{color}m{text}\033[0m"
