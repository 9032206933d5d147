"""What a command prints, delivered: to stdout, or to the file that `--output` names."""

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
        help="write to this file, whole or not at all, in the place of what is there; `-` is stdout, the default",
    )


def goes_to_stdout(output: str | None) -> bool:
    """Whether the value of `--output` is stdout."""
    return output in (None, _STDOUT)


def deliver(data: bytes, output: str | None) -> bool:
    """Write data to where `--output` says; False, after a message, when stdout did not take all of it.

    Raises:
        InputError: the file cannot be written; what was there is there.
    """
    if output is None or output == _STDOUT:
        return write(data)
    try:
        replacing.write(Path(output), data)
    except InputError as error:
        raise InputError(f"--output {output}: {error}") from None
    return True
