"""Paths as authors write them: `spec.ports[0].name` in one string, or the keys and indices one by one."""

import json
import re
from functools import lru_cache

from krmfn.splice.wanted import Step

Path = str | tuple[Step, ...]
"""One string, `metadata.labels["app.kubernetes.io/name"]`, as results have it; or keys and indices in a tuple."""

_STEP = re.compile(r'(?:^|\.)([A-Za-z0-9_-]+)|\[("(?:[^"\\]|\\.)*")\]|\[([0-9]+)\]')


def steps(path: Path) -> tuple[Step, ...]:
    """The keys and indices of a path, none for an empty one; raise `ValueError` for a string in another notation."""
    return path if isinstance(path, tuple) else _parsed(path) if path else ()


@lru_cache(1024)
def _parsed(path: str) -> tuple[Step, ...]:
    found: list[Step] = []
    position = 0
    while position < len(path) and (match := _STEP.match(path, position)):
        name, quoted, index = match.groups()
        found.append(int(index) if index is not None else name or json.loads(quoted))
        position = match.end()
    if position < len(path) or not found:
        raise ValueError(
            f'{path!r} is no path such as spec.ports[0].name or metadata.labels["example.com/team"];'
            " a tuple of keys and indices is one too"
        )
    return tuple(found)
