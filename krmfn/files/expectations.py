"""Recognize the expectations of kuttl and chainsaw tests: objects to compare with a cluster, which nobody applies.

kuttl finds them by their names, `00-assert.yaml` and `00-errors.yaml`; a chainsaw test names its files.
https://kuttl.dev/docs/kuttl-test-harness.html, https://kyverno.github.io/chainsaw
"""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from krmfn.errors import InputError
from krmfn.files import repository
from krmfn.files.builds import documents
from krmfn.krm import opening
from krmfn.splice.source import decode

_TEST = re.compile(r"(chainsaw|kuttl)-test\.ya?ml")
_STEP = re.compile(r"\d+-(assert|errors)\.ya?ml")
_USUAL = re.compile(r"(.+-)?assert\.ya?ml|.+-errors\.ya?ml")
_CHAINSAW, _KUTTL = (tuple(f"{name}-test.{end}" for end in ("yaml", "yml")) for name in ("chainsaw", "kuttl"))


def is_expectation(file: Path) -> bool:
    """Whether the file at an absolute path is an expectation, or the test itself.

    A merely usual name, such as `web-assert.yaml`, counts only in the folder of a test and below.
    """
    if _TEST.fullmatch(file.name) or _STEP.fullmatch(file.name):
        return True
    if _USUAL.fullmatch(file.name) and (_has_steps(file.parent) or _is_of_test(file.parent)):
        return True
    return file in _expected(file.parent)


@cache
def _has_steps(folder: Path) -> bool:
    return any(_STEP.fullmatch(entry.name) for entry in folder.iterdir())


@cache
def _is_of_test(folder: Path) -> bool:
    """Whether a folder is the folder of a test, or below one."""
    return any(map(_has_test, _up_to_root(folder)))


@cache
def _has_test(folder: Path) -> bool:
    # kuttl's file at the root of a repository is the configuration for all its tests.
    names = _CHAINSAW if repository.is_root(folder) else (*_CHAINSAW, *_KUTTL)
    return any((folder / name).is_file() for name in names)


@cache
def _expected(folder: Path) -> frozenset[Path]:
    """The files that chainsaw tests in a folder and above name in `assert` and `error`."""
    return frozenset(file for above in _up_to_root(folder) for file in _named_in(above))


def _up_to_root(folder: Path) -> Iterator[Path]:
    for above in (folder, *folder.parents):
        yield above
        if repository.is_root(above):
            return


@cache
def _named_in(folder: Path) -> frozenset[Path]:
    """The files that the chainsaw test in a folder names."""
    tests = (folder / name for name in _CHAINSAW)
    return frozenset(Path(os.path.normpath(folder / name)) for test in tests for name in _names_in(test))


def _names_in(test: Path) -> Iterator[str]:
    try:
        data = repository.read_inside(test, opening.KUSTOMIZATION)
        waiting: list[Any] = documents.readable(decode(data).text) if data else []
    except InputError:
        return  # examining the file itself reports the error
    for one in waiting:
        if isinstance(one, dict):
            expectations = (one.get(key) for key in ("assert", "error"))
            yield from (file for each in expectations if isinstance(each, dict) and (file := each.get("file")))
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
