"""Change krmfn's code in small ways, one at a time, and count the changes that no test notices.

`python tools/mutants.py splice [krmfn/splice/verify.py ...]` mutates a layer, or some files of it, with mutmut. The
quick tests of the layer run for each mutant; the slower tests run for those that survive. It prints a line for each
file, and the surviving mutants that are not in `tests/mutants_argued.tsv`.
"""

import argparse
import json
import os
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
    "splice": ("verify", "removal", "splicing", "nodes"),
    "krm": ("globs", "opening", "typemeta", "settings", "visible", "verify"),
    "imagepull": ("docker_config", "images", "settings", "third_rule", "siblings"),
}
"""The test modules that run for each mutant of a layer: unit tests, about a second for all."""
SLOW = ("cases", "presence", "json", "effective_secrets")
"""The test modules that run for mutants that survive `QUICK`; they call krmfn in their own process too."""
COPIED = ("krmfn", "tests", "tools", "examples", "README.md", "Makefile", "locks")
# Only libyaml's loader: every case runs under both loaders, with the same mutants.
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
pytest_add_cli_args = ["-n", "0", "-p", "no:cacheprovider", "-k", "not pure"]
pytest_add_cli_args_test_selection = {tests}
"""
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
    arguments = parser.parse_args()
    files = arguments.files or [f"krmfn/{arguments.layer}/*"]
    quick = prepared(f"{arguments.layer}-quick", files, QUICK[arguments.layer])
    mutate(quick, (), arguments.processes)
    codes = exit_codes(quick)
    if left := [name for name, code in codes.items() if code in {SURVIVED, WITHOUT_TESTS, None}]:
        slow = prepared(f"{arguments.layer}-slow", files, (*QUICK[arguments.layer], *SLOW))
        mutate(slow, left, arguments.processes)
        codes |= {name: code for name, code in exit_codes(slow).items() if code is not None}
    return report(quick, codes)


def prepared(name: str, files: Sequence[str], tests: Iterable[str]) -> Path:
    """A new folder with copies of all files that the tests need, and mutmut's settings."""
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in COPIED:
        source = ROOT / path
        shutil.copytree(source, folder / path) if source.is_dir() else shutil.copy(source, folder / path)
    present = [path for test in tests if (ROOT / (path := f"tests/test_{test}.py")).exists()]
    copied = [path for path in COPIED if path not in {"krmfn", "tests"}]
    settings = SETTINGS.format(files=json.dumps(files), copied=json.dumps(copied), tests=json.dumps(present))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(project + settings, encoding="utf-8")
    return folder


def mutate(folder: Path, names: Sequence[str], processes: int) -> None:
    """Run mutmut in a folder, for some or all mutants; its output goes to a file there."""
    with (folder / "mutmut.log").open("wb") as log:
        command = [*mutmut("run"), "--max-children", str(processes), *names]
        subprocess.run(command, cwd=folder, env=environment(), stdout=log, stderr=log, check=True)


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
        verdict = "killed" if code not in {SURVIVED, WITHOUT_TESTS, None} else "survived"
        mutant = shown(folder, name) if verdict == "survived" else None
        if mutant and (mutant in argued or is_strictness(mutant)):
            verdict = "argued"
        elif mutant:
            open_ones.append((name, mutant))
        file = re.sub(r"\.(x_|xǁ).*", "", name).replace(".", "/") + ".py"
        totals.setdefault(file, Counter())[verdict] += 1
    whole = sum(totals.values(), Counter[str]())
    for file, total in [*sorted(totals.items()), ("all", whole)]:
        counts = ", ".join(f"{total[verdict]} {verdict}" for verdict in ("killed", "survived", "argued"))
        print(f"{file}: {score(total):.1f} % of {total.total()} mutants ({counts})")
    for name, mutant in open_ones:
        print(f"{name}\n- {mutant.before}\n+ {mutant.after}")
    return int(score(whole) < FLOOR)


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
