"""A plan carried out: file by file, over several processes when there is enough to do."""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.files import signals
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Examiner, Product
from krmfn.files.located_images import LocatedImage
from krmfn.files.plan import Job, Plan
from krmfn.files.report import FileReport
from krmfn.files.unused_settings import UnusedSettings
from krmfn.imagepull.unused_settings import Found

# What one process does in a second, about; and for how much of that another process is worth its start.
_BYTES, _FILES, _WORTH = 3_000_000, 600, 1.0
# What is handed to a process at a time: enough to be worth the way, and little enough to spread.
_BATCH_BYTES, _BATCH_FILES = 500_000, 100
# Nobody collects garbage in krmfn's one pass through one input. Here there are many.
_GARBAGE = 20_000_000


class FileOutcome(NamedTuple):
    """What became of a file, what the action made of it, and what settings may match in it."""

    report: FileReport
    output: bytes = b""
    images: tuple[LocatedImage, ...] = ()
    found: Found | None = None


class Action(NamedTuple):
    """What a command does with each file, and what it wants to know for that.

    `act` is a function of a module, since it goes to other processes by name.
    """

    act: Callable[[FoundFile, Examined], FileOutcome]
    product: Product


def carry_out(plan: Plan, action: Action, processes: int | None = None) -> Iterator[FileOutcome]:
    """Do it, and give what became of each file in the order of the plan, then of configs with settings in vain.

    Args:
        plan: what to do.
        action: what to do with each file that was examined.
        processes: how many; None: as many as pay off.

    Raises:
        InputError: a process was killed. What was done before is done.
    """
    unused = UnusedSettings(plan)
    for job, done in zip(plan.jobs, _outcomes(plan, action, processes), strict=True):
        unused.add(job, done.report, done.found)
        yield done
    yield from map(FileOutcome, unused.reports())


def _outcomes(plan: Plan, action: Action, processes: int | None) -> Iterator[FileOutcome]:
    batches = list(_batches(plan.jobs))
    count = min(processes or _paying(plan.jobs), len(batches))
    if not all(settings.is_per_pod_spec for settings in plan.settings):
        count = 1  # one process could write what another is about to look at
    if count <= 1:
        worker = _Worker(plan._replace(jobs=(), passed_over=()), action)
        for batch in batches:
            yield from worker.work(batch)
        return
    yield from _in_processes(plan, action, batches, count)


def _in_processes(plan: Plan, action: Action, batches: Sequence[Sequence[Job]], count: int) -> Iterator[FileOutcome]:
    import multiprocessing

    tools = (plan._replace(jobs=(), passed_over=()), action)
    # Not forked: a fork of a process with threads may hang, and elsewhere there is none.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, _begin, tools)
    with signals.cleaned_up_first():
        try:
            with _deaf():
                answers = pool.map(_work, batches)  # starts them all
            for done in answers:
                yield from done
        except BrokenProcessPool:
            raise InputError(
                "one of krmfn's processes was killed, for want of memory perhaps: --jobs 1 needs the least. "
                "Each file is as it was, or done"
            ) from None
        finally:
            # What runs is finished, what waits is not begun.
            pool.shutdown(wait=True, cancel_futures=True)


def seconds(jobs: Sequence[Job]) -> float:
    """How long one process has to do, about."""
    return sum(job.file.size for job in jobs) / _BYTES + len(jobs) / _FILES


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile stays deaf to Ctrl-C, and to other signals that end krmfn until it has begun.

    Ctrl-C reaches all processes of a terminal. The first one, which hears it afterwards, ends the others when they are
    done with what they have.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """What stays the same from file to file."""

    def __init__(self, plan: Plan, action: Action) -> None:
        self._settings = plan.settings
        self._action = action
        self._examiner = Examiner(plan.survey, action.product, plan.controllers)
        self._bytes = 0

    def work(self, jobs: Sequence[Job]) -> Iterator[FileOutcome]:
        """Examine the files and act."""
        for job in jobs:
            examined = self._examiner.examine(job.file, self._settings[job.settings])
            yield self._action.act(job.file, examined)._replace(found=examined.found)
            self._bytes += job.file.size + _BYTES // _FILES
            if self._bytes > _GARBAGE:
                gc.collect()
                self._bytes = 0


_worker: list[_Worker] = []
"""The one of this process."""


def _begin(plan: Plan, action: Action) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()
    # The pool ends its processes by SIGTERM when one of them has died.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, set(signals.ENDING) - {signal.SIGINT})
    _worker.append(_Worker(plan, action))


def _end_with_parent() -> None:
    """A process of a pool would wait for work forever when the first one was killed."""
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        with signals.busy:
            os._exit(1)


def _work(jobs: Sequence[Job]) -> list[FileOutcome]:
    return list(_worker[0].work(jobs))


def _batches(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    batch: list[Job] = []
    size = 0
    for job in jobs:
        if batch and (size + job.file.size > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += job.file.size
    if batch:
        yield batch


def processors() -> int:
    """How many processors krmfn may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _paying(jobs: Sequence[Job]) -> int:
    """How many processes pay off."""
    return max(1, min(processors(), int(seconds(jobs) / _WORTH)))
