"""`krmfn kinds`: what krmfn knows, kind by kind."""

import argparse
import sys
from collections.abc import Sequence

from krmfn import kinds
from krmfn.errors import InputError


def main(argv: Sequence[str]) -> int:
    """Print a line for each place of each kind asked for; raise `InputError` when there is no such kind."""
    parser = argparse.ArgumentParser(prog="krmfn kinds", description=__doc__, allow_abbrev=False)
    parser.add_argument("which", metavar="GROUP[/KIND]", nargs="?", help="only these; `core` for the core group")
    which = parser.parse_args(argv).which
    rows = [row for row in kinds.rows() if which is None or _is_asked_for(which, *row[:2])]
    if not rows:
        raise InputError(f"no kind {which!r} is known; `krmfn kinds` lists them all")
    for group, kind, row in rows:
        for place in row.places:
            sys.stdout.write(f"{group or 'core'}/{kind}: {place.path} ({place.shape})\n")
        for path in (*row.items, *row.objects):
            sys.stdout.write(f"{group or 'core'}/{kind}: {path} (whole objects)\n")
    return 0


def _is_asked_for(which: str, group: str, kind: str) -> bool:
    wanted_group, _, wanted_kind = which.partition("/")
    return wanted_group == (group or "core") and wanted_kind in ("", kind)
