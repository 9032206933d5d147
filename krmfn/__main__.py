"""`python -m krmfn`."""

import sys

from krmfn.cli import main

if __name__ == "__main__":
    sys.exit(main())
