"""The lowest versions of krmfn's dependencies that pyproject.toml allows, for `locks/lowest.txt`."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
_BOUNDED = re.compile(r"(?P<name>[a-z-]+)>=(?P<lowest>[0-9.]+),<(?P<beyond>[0-9]+)")


def bounds() -> list[tuple[str, str, str]]:
    """Each dependency with its lowest version and the first excluded version; raise `ValueError` for other forms."""
    found = []
    for text in tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]:
        match = _BOUNDED.fullmatch(text)
        if match is None:
            raise ValueError(f"pyproject.toml: dependency {text!r}: NAME>=LOWEST,<NEXT is expected")
        found.append((match["name"], match["lowest"], match["beyond"]))
    return found
