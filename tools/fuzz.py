"""Make random manifests and check the four laws on each, with PyYAML and with Kubernetes' own parsers.

`python tools/fuzz.py 20000` uses 20000 seeds from 0 on, or from `--first` on, or as many as fit into `--minutes`.
Failing samples are shrunk and written as cases for review. Needs `kubernetes-judge`, or `--without-kubernetes`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import kubernetes
from fuzzing.campaign import Tally, smallest, verdicts
from fuzzing.cases import write
from fuzzing.samples import Sample, mutated, sample

EACH = 1_000
"""The number of seeds between two lines of output."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the samples of some seeds; return 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="?", default=2_000, help="how many seeds (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them (default: %(default)s)")
    parser.add_argument("--minutes", type=float, help="stop after this many minutes")
    parser.add_argument(
        "--mutate", action="store_true", help="change cases of tests/cases/ instead of making manifests"
    )
    parser.add_argument("--without-kubernetes", action="store_true", help="do not ask Kubernetes' parsers")
    parser.add_argument(
        "--most", type=int, default=10, help="stop after this many failing seeds (default: %(default)s)"
    )
    parser.add_argument(
        "--cases", type=Path, default=ROOT / "tests" / "cases" / "fuzz", help="where failing samples go, shrunk"
    )
    parser.add_argument("--show", action="store_true", help="print the samples and do nothing else")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.seeds)
    if options.show:
        for seed in seeds:
            shown = _maker(options)(seed)
            print(f"# seed {seed}, spec {shown.spec}\n{shown.text}")
        return 0
    with nullcontext() if options.without_kubernetes else kubernetes.Conversation("yaml") as conversation:
        return _run(seeds, options, conversation)


def _run(seeds: range, options: argparse.Namespace, conversation: kubernetes.Conversation | None) -> int:
    tally, begin = Tally(), time.monotonic()
    print(f"seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    for seed, verdict in verdicts(_in_time(seeds, options.minutes), conversation, _maker(options)):
        tally.add(verdict)
        for objection in verdict.objections:
            print(f"seed {seed}: {objection}", flush=True)
        if verdict.objections:
            small, objection = smallest(seed, verdict, conversation)
            path = write(small, seed, objection, options.cases)
            print(f"seed {seed}: shrunk to {path}: {objection}", flush=True)
        if tally.fates.total() % EACH == 0 or tally.failed >= options.most:
            print(f"up to seed {seed}, {time.monotonic() - begin:.0f} s: {tally}", flush=True)
        if tally.failed >= options.most:
            break
    print(tally)
    return 1 if tally.failed else 0


def _maker(options: argparse.Namespace) -> Callable[[int], Sample]:
    return mutated if options.mutate else sample


def _in_time(seeds: range, minutes: float | None) -> Iterator[int]:
    end = time.monotonic() + 60 * minutes if minutes else None
    for seed in seeds:
        if end and time.monotonic() > end:
            return
        yield seed


if __name__ == "__main__":
    sys.exit(main())
