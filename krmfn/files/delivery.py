"""Write the output of a command to stdout or to the file that `--output` names."""

import argparse
from pathlib import Path

from krmfn.errors import InputError
from krmfn.files import replacing
from krmfn.krm.streams import write

_STDOUT = "-"


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--output`."""
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="write to this file, which is replaced only as a whole; `-` is stdout, the default",
    )


def goes_to_stdout(output: str | None) -> bool:
    """Whether the value of `--output` is stdout."""
    return output in (None, _STDOUT)


def deliver(data: bytes, output: str | None) -> bool:
    """Write data to where `--output` says; return False, after a message, if stdout did not accept all of it.

    Raises:
        InputError: the file cannot be written; an existing file is unchanged.
    """
    if output is None or output == _STDOUT:
        return write(data)
    try:
        replacing.write(Path(output), data)
    except InputError as error:
        raise InputError(f"--output {output}: {error}") from None
    return True
