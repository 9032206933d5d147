"""Change krmfn's code in small ways, one at a time, and count the changes that no test notices.

`python tools/mutants.py splice [krmfn/splice/verify.py ...]` mutates a layer, or some files of it, with mutmut. The
quick tests of the layer run for each mutant; the slower tests run for those that survive. All these tests run once more
for survivors in functions that run at import, in a process for each: mutmut imports krmfn before it makes a mutant. The
output is a line for each file, and the surviving mutants that are not in `tests/mutants_argued.tsv`.

`--sample 300` tests only so many of the mutants, chosen at random: an estimate for a layer in minutes instead of hours.
`--seed` makes another choice.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SCRATCH = ROOT / ".mutants"
ARGUED = ROOT / "tests" / "mutants_argued.tsv"
FLOOR = 90.0
"""Per cent of the mutants of a layer that tests must detect, without argued mutants."""
QUICK = {
    "splice": ("nodes", "removal", "splicing", "verify"),
    "krm": (
        "config_schema",
        "documents",
        "frame",
        "globs",
        "json_values",
        "opening",
        "settings",
        "templating",
        "typemeta",
        "verify",
        "visible",
    ),
    "imagepull": (
        "called_in_vain",
        "docker_config",
        "image_triggers",
        "images",
        "kinds",
        "schemas",
        "settings",
        "siblings",
        "stale_policy",
        "staleness",
        "third_rule",
    ),
}
"""The test modules that run for each mutant of a layer: a second or two for all."""
_WHOLE_RUNS = ("cases", "fifth_function", "inner_texts", "json", "presence", "sdk", "wishes")
SLOW = {
    "splice": _WHOLE_RUNS,
    "krm": (*_WHOLE_RUNS, "called_in_vain", "envelope", "explain", "schema"),
    "imagepull": (
        *_WHOLE_RUNS,
        "catalogue",
        "effective_secrets",
        "explain",
        "overlays",
        "overlooked",
        "pull_defects",
        "schema",
        "unused_settings",
    ),
}
"""The test modules that run for mutants that survive `QUICK`. Tests that start krmfn as a program are of no use here:
the program is not mutated."""
COPIED = ("krmfn", "tests", "tools", "examples", "README.md", "Makefile", "locks")
# Only libyaml's loader: every case runs under both loaders, with the same mutants. No processes that tests start: they
# do not have the mutant.
OPTIONS = ("-n", "0", "-p", "no:cacheprovider", "-p", "tools.uncached", "-k", "not pure and not several_processes")
SETTINGS = """
[tool.mutmut]
source_paths = ["krmfn"]
only_mutate = {files}
do_not_mutate = ["krmfn/krm/streams.py"]
also_copy = {copied}
use_setproctitle = false
use_git_change_detection = false
timeout_constant = 2.0
timeout_multiplier = 4.0
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
"""
IMPORTED = """
import importlib, pkgutil
import krmfn
from mutmut.state import state

for module in pkgutil.walk_packages(krmfn.__path__, "krmfn."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*state()._stats, sep="\\n")
"""
"""A program that imports all modules of krmfn, and prints the functions in which mutmut has counted calls."""
SURVIVED, WITHOUT_TESTS = 0, 33
"""mutmut's exit codes for a mutant; any other code means that a test has failed, or took too long."""
_STRICT = re.compile(r", (strict=\w+)?(?=\))")
"""The `strict` of a `zip`: mutants that change only this count as argued, because the lengths are always equal."""


class Mutant(NamedTuple):
    """A change of one line: the old and the new line, without indents."""

    file: str
    before: str
    after: str


def main() -> int:
    """Mutate, test and print; return 1 if too many mutants survive."""
    parser = argparse.ArgumentParser(description="Count the small changes to krmfn that no test notices.")
    parser.add_argument("layer", choices=QUICK)
    parser.add_argument("files", nargs="*", help="only these files, such as krmfn/splice/verify.py")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=int, metavar="N", help="test only N of the mutants, chosen at random")
    parser.add_argument("--seed", type=int, default=0, help="another number makes another sample")
    arguments = parser.parse_args()
    layer, processes = arguments.layer, arguments.processes
    files = arguments.files or [f"krmfn/{layer}/*"]  # this matches files in folders of the layer, too
    quick = prepared(f"{layer}-quick", files, QUICK[layer])
    names = made(quick, processes)
    if arguments.sample is not None:
        whole, names = len(names), sample(names, arguments.sample, arguments.seed)
        print(f"A sample of {len(names)} of {whole} mutants (--seed {arguments.seed}):")
    mutate(quick, names, processes)
    codes = {name: exit_codes(quick)[name] for name in names}
    if left := [name for name, code in codes.items() if is_alive(code)]:
        slow = prepared(f"{layer}-slow", files, (*QUICK[layer], *SLOW[layer]))
        mutate(slow, left, processes)
        codes |= {name: exit_codes(slow)[name] for name in left}
        imported = run_at_import(slow)
        for name in left:
            if is_alive(codes[name]) and name.rpartition("__mutmut_")[0] in imported:
                codes[name] = tested_anew(slow, name, (*QUICK[layer], *SLOW[layer]))
    return report(quick, codes)


def is_alive(code: int | None) -> bool:
    """Whether an exit code means that no test has noticed the mutant."""
    return code in {SURVIVED, WITHOUT_TESTS, None}


def prepared(name: str, files: Sequence[str], tests: Iterable[str]) -> Path:
    """A new folder with copies of all files that the tests need, and mutmut's settings."""
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in COPIED:
        source = ROOT / path
        shutil.copytree(source, folder / path) if source.is_dir() else shutil.copy(source, folder / path)
    copied = [path for path in COPIED if path not in {"krmfn", "tests"}]
    settings = SETTINGS.format(
        files=json.dumps(files),
        copied=json.dumps(copied),
        tests=json.dumps(paths_of(tests)),
        options=json.dumps(OPTIONS),
    )
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(project + settings, encoding="utf-8")
    return folder


def made(folder: Path, processes: int) -> list[str]:
    """Make all mutants in a folder, find out which tests reach them, and return the mutants' names."""
    run_mutmut(folder, ["no mutant"], processes)  # it fails, but only when it looks for a mutant of that name
    return sorted(exit_codes(folder))


def sample(names: Sequence[str], count: int, seed: int) -> list[str]:
    """So many of the names, or all if there are fewer; the same ones for the same seed."""
    return sorted(random.Random(seed).sample(names, min(count, len(names))))


def mutate(folder: Path, names: Sequence[str], processes: int) -> None:
    """Run tests in a folder for some mutants."""
    if run_mutmut(folder, names, processes):
        raise SystemExit(f"mutmut failed; {folder / 'mutmut.log'} says why")


def run_at_import(folder: Path) -> set[str]:
    """The functions that run when krmfn is imported, by mutmut's names for them."""
    run = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        cwd=folder / "mutants",
        env=environment() | {"MUTANT_UNDER_TEST": "stats"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


def tested_anew(folder: Path, name: str, tests: Iterable[str]) -> int:
    """The exit code of tests in a new process, which has the mutant from the first import."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", *OPTIONS, *paths_of(tests)]
    env = environment() | {"MUTANT_UNDER_TEST": name}
    with (folder / "anew.log").open("wb") as log:
        return subprocess.run(command, cwd=folder / "mutants", env=env, stdout=log, stderr=log, check=False).returncode


def paths_of(tests: Iterable[str]) -> list[str]:
    """The paths of test modules."""
    return [f"tests/test_{test}.py" for test in tests]


def run_mutmut(folder: Path, names: Sequence[str], processes: int) -> int:
    """Run mutmut in a folder for mutants of these names; its output goes to a file there."""
    with (folder / "mutmut.log").open("wb") as log:
        command = [*mutmut("run"), "--max-children", str(processes), *names]
        return subprocess.run(command, cwd=folder, env=environment(), stdout=log, stderr=log, check=False).returncode


def mutmut(*arguments: str) -> list[str]:
    """The command line of mutmut in the virtual environment that runs this."""
    return [str(Path(sys.executable).parent / "mutmut"), *arguments]


def environment() -> dict[str, str]:
    """The environment without hosts, because tests that start programs are skipped for mutants."""
    return {**os.environ, "KRMFN_HOSTS": "none"}


def exit_codes(folder: Path) -> dict[str, int | None]:
    """The exit code of the tests by the name of the mutant; None if none were run."""
    codes: dict[str, int | None] = {}
    for path in sorted(folder.glob("mutants/krmfn/**/*.meta")):
        codes |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def report(folder: Path, codes: dict[str, int | None]) -> int:
    """Print the score and the mutants to review; return 1 if the score is below the floor."""
    argued = set(read_argued())
    totals: dict[str, Counter[str]] = {}
    open_ones = []
    for name, code in codes.items():
        verdict = "survived" if is_alive(code) else "killed"
        mutant = shown(folder, name) if verdict == "survived" else None
        if mutant and (mutant in argued or is_strictness(mutant)):
            verdict = "argued"
        elif mutant:
            open_ones.append((name, mutant))
        totals.setdefault(file_of(name), Counter())[verdict] += 1
    whole = sum(totals.values(), Counter[str]())
    for file, total in [*sorted(totals.items()), ("all", whole)]:
        counts = ", ".join(f"{total[verdict]} {verdict}" for verdict in ("killed", "survived", "argued"))
        print(f"{file}: {score(total):.1f} % of {total.total()} mutants ({counts})")
    for name, mutant in open_ones:
        print(f"{name}\n- {mutant.before}\n+ {mutant.after}")
    return int(score(whole) < FLOOR)


def file_of(name: str) -> str:
    """The file that a mutant of this name changes."""
    module = re.sub(r"\.(x_|xǁ).*", "", name).replace(".", "/")
    return f"{module}/__init__.py" if (ROOT / module).is_dir() else f"{module}.py"


def score(total: Counter[str]) -> float:
    """The killed mutants in per cent of those that are not argued."""
    return 100 * total["killed"] / max(1, total["killed"] + total["survived"])


def is_strictness(mutant: Mutant) -> bool:
    """Whether a mutant changes only the `strict` of a `zip`."""
    return "strict=" in mutant.before and _STRICT.sub("", mutant.before) == _STRICT.sub("", mutant.after)


def shown(folder: Path, name: str) -> Mutant:
    """The change of a mutant."""
    run = subprocess.run(mutmut("show", name), cwd=folder, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    file = next(line[4:] for line in lines if line.startswith("--- "))
    before, after = (
        " ".join(line[1:].strip() for line in lines if re.match(rf"\{sign}(?!{re.escape(sign * 2)})", line))
        for sign in "-+"
    )
    return Mutant(file.strip(), before, after)


def read_argued() -> Iterator[Mutant]:
    """The mutants that no test can detect; the file has a reason for each."""
    for line in ARGUED.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            file, before, after, reason = line.split("\t")
            if not reason.strip():
                raise ValueError(f"{file}: {after!r} has no reason")
            yield Mutant(file, before, after)


if __name__ == "__main__":
    sys.exit(main())
