"""`krmfn` and `python -m krmfn`."""

import gc
from typing import NoReturn


def program() -> NoReturn:
    """Run the command line, and end the process."""
    gc.disable()  # before the imports, which leave enough garbage for several collections
    from krmfn import cli

    cli.program()


if __name__ == "__main__":
    program()
