"""Builds with the real kustomize: their flags, limits and threads."""

import argparse
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from krmfn import flags
from krmfn.files import kustomize, signals
from krmfn.files.program import Limits

_SECONDS = 120
_SIZE = "100Mi"


def add_flags_to(group: argparse._ArgumentGroup) -> None:
    """Give a group the flags that say how kustomize runs."""
    group.add_argument("--enable-helm", action="store_true", help="let kustomize run helm for charts")
    group.add_argument(
        "--enable-exec",
        action="store_true",
        help="let kustomize run functions and plugins: programs that the kustomizations name",
    )
    group.add_argument(
        "--load-restrictor",
        choices=kustomize.RESTRICTORS,
        default=kustomize.RESTRICTORS[0],
        help="whether a kustomization may read files outside its folder; default: no, as in kustomize",
    )
    group.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=flags.seconds,
        default=_SECONDS,
        help=f"how long a build may take; 0: no limit; default: {_SECONDS}",
    )
    group.add_argument(
        "--max-output",
        metavar="SIZE",
        type=flags.size,
        default=flags.size(_SIZE),
        help=f"how much a build may print, such as 64Ki, 20Mi or 1Gi; 0: no limit; default: {_SIZE}",
    )


def refuse_flags(parser: argparse.ArgumentParser, arguments: argparse.Namespace, needed: str, *more: str) -> None:
    """End with a usage error if a flag for builds, or one of `more`, is set although nothing is built."""
    for name in ("enable_helm", "enable_exec", "load_restrictor", "timeout", "max_output", *more):
        if getattr(arguments, name) != parser.get_default(name):
            parser.error(f"--{name.replace('_', '-')} needs {needed}")


def limits(arguments: argparse.Namespace) -> Limits:
    """The limits of a build, from the flags."""
    return Limits(arguments.timeout, arguments.max_output)


@contextmanager
def threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, threading.Event]]:
    """Threads that run programs, and the event that stops the programs. Leaving the block ends all of them."""
    stop = threading.Event()
    pool = ThreadPoolExecutor(count)
    with signals.cleaned_up_first():
        try:
            yield pool, stop
        finally:
            with signals.put_off():
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
