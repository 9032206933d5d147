"""Write the output of a command to stdout or to the file that `--output` names."""

import argparse
import os
import re
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import replacing
from krmfn.krm.streams import write

_STDOUT = "-"
_OPEN_FILE = re.compile(r"/dev/(?:std|fd/)|/proc/")
"""What begins so stands for a file that a process has open: in its place nothing new can be put."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--output`."""
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="write to this file, which is replaced only as a whole; `-` is stdout, the default",
    )


def goes_to_stdout(output: str | None) -> bool:
    """Whether the value of `--output` is stdout, by whatever name."""
    return output is None or output == _STDOUT or _is_stdout(output)


def _is_stdout(output: str) -> bool:
    try:
        return os.path.samestat(Path(output).stat(), os.fstat(1))
    except OSError:  # it is not there yet, or stdout is closed
        return False


def deliver(data: bytes, output: str | None) -> bool:
    """Write data to where `--output` says; return False, after a message, if stdout did not accept all of it.

    Raises:
        InputError: the file cannot be written; an existing file is unchanged.
    """
    if output is None or goes_to_stdout(output):
        return write(data)
    if not output:
        raise InputError("--output is empty: a variable in the command may not be set. It needs the name of a file")
    if _OPEN_FILE.match(output):
        raise InputError(f"--output {output}: names an open file of this process. Name a file, or `-` for stdout")
    try:
        replacing.write(Path(output), data)
    except InputError as error:
        raise InputError(f"--output {output}: {error}") from None
    return True
