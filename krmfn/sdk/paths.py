"""Paths in an author's code: a string such as `spec.ports[0].name`, or keys and indices one by one."""

from functools import lru_cache

from krmfn.splice import paths
from krmfn.splice.paths import Step

Path = str | tuple[Step, ...]
"""A string in the syntax of results, `metadata.labels["app.kubernetes.io/name"]`, or a tuple of keys and indices."""


def steps(path: Path) -> tuple[Step, ...]:
    """The keys and indices of a path, none for an empty one; raise `ValueError` for anything that is not a path."""
    if isinstance(path, str):
        return _parsed(path) if path else ()
    given: object = path  # authors' code need not be type-checked
    if not isinstance(given, tuple) or not all(map(_is_step, given)):
        raise _no_path(given)
    return path


def one_by_one(path: tuple[Step | tuple[Step, ...], ...]) -> tuple[Step, ...]:
    """The keys and indices of a path that is given as one argument, or as one argument per step."""
    if len(path) == 1 and not isinstance(path[0], int):
        return steps(path[0])
    return steps(path)  # type: ignore[arg-type]  # refuses tuples in it


def _is_step(step: object) -> bool:
    return isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool) and step >= 0)


@lru_cache(1024)
def _parsed(path: str) -> tuple[Step, ...]:
    if not paths.is_concrete(path):
        raise _no_path(path)
    return paths.steps(path)


def _no_path(given: object) -> ValueError:
    return ValueError(
        f'{given!r} is not a path: write one such as spec.ports[0].name or metadata.labels["example.com/team"],'
        " or a tuple of keys and indices from 0"
    )
