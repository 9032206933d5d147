"""Carry out a plan: file by file, in several processes when that saves time."""

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

# Roughly how many bytes and files one process handles in a second, and the seconds of work that justify a process.
_BYTES, _FILES, _WORTH = 3_000_000, 2_500, 1.0
# The size of a batch for a process: large enough to justify the transfer, small enough to spread the work.
_BATCH_BYTES, _BATCH_FILES = 500_000, 100
# krmfn disables garbage collection for its one pass through one input. After so many bytes, collect anyway; a file
# leaves garbage even if it is empty.
_GARBAGE, _PER_FILE = 20_000_000, 5_000


class FileOutcome(NamedTuple):
    """The report of a file, the output and images of the action, and what the settings match in the file."""

    report: FileReport
    output: bytes = b""
    images: tuple[LocatedImage, ...] = ()
    found: Found | None = None


class Action(NamedTuple):
    """What a command does with each file, and what it needs to know for that.

    `act` must be a function of a module, because other processes import it by name.
    """

    act: Callable[[FoundFile, Examined], FileOutcome]
    product: Product


def carry_out(plan: Plan, action: Action, processes: int | None = None) -> Iterator[FileOutcome]:
    """Carry out a plan; yield the outcome of each file in the order of the plan, then of configs with unused settings.

    Args:
        plan: the plan.
        action: what to do with each file that was examined.
        processes: the number of processes; None: as many as save time.

    Raises:
        InputError: a process was killed. Files that were already written stay written.
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
        count = 1  # otherwise one process could write a file that another is about to read
    if count <= 1:
        worker = _Worker(plan._replace(jobs=(), passed_over=()), action)
        for batch in batches:
            yield from worker.work(batch)
        return
    yield from _in_processes(plan, action, batches, count)


def _in_processes(plan: Plan, action: Action, batches: Sequence[Sequence[Job]], count: int) -> Iterator[FileOutcome]:
    import multiprocessing

    plan.survey.files.forget()  # the other processes cannot use them
    tools = (plan._replace(jobs=(), passed_over=()), action)
    # Not "fork": a forked process with threads may hang, and some systems cannot fork.
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
                "one of krmfn's processes was killed, perhaps because memory ran out: --jobs 1 needs the least. "
                "Each file is either unchanged or completely written"
            ) from None
        finally:
            # Finish the running batches, and do not start the waiting ones.
            pool.shutdown(wait=True, cancel_futures=True)


def seconds(jobs: Sequence[Job]) -> float:
    """Roughly how many seconds one process needs for the jobs."""
    return sum(job.file.size for job in jobs) / _BYTES + len(jobs) / _FILES


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started in the block ignore Ctrl-C, and until they have begun the other signals that end krmfn.

    Ctrl-C reaches all processes of a terminal. Only the first process handles it: it ends the others when they have
    finished their batches.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """Examines files and acts on them, with what is the same for all of them."""

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
            self._bytes += job.file.size + _PER_FILE
            if self._bytes > _GARBAGE:
                gc.collect()
                self._bytes = 0


_worker: list[_Worker] = []
"""The worker of this process."""


def _begin(plan: Plan, action: Action) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()
    # If one process dies, the pool ends the others by SIGTERM.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, set(signals.ENDING) - {signal.SIGINT})
    _worker.append(_Worker(plan, action))


def _end_with_parent() -> None:
    """End this process when its parent has died; otherwise it would wait for work forever."""
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
    """How many processes save time."""
    return max(1, min(processors(), int(seconds(jobs) / _WORTH)))
