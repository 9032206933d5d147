"""The README: what `test_docs` does not see in it, and its length."""

import re
import sys
from pathlib import Path

import hosts

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def test_it_is_short() -> None:
    assert 120 <= len(TEXT.splitlines()) <= 150


def test_the_function_of_ones_own_does_what_it_says(tmp_path: Path) -> None:
    section = TEXT.partition("## Write your own\n")[2].partition("\n## ")[0]
    code = "".join(line[4:] + "\n" for line in section.splitlines() if line.startswith("    ") or not line)
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"own.py": code})
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web} # mine\nspec: {replicas: 1}\n"
    finished = workplace.run(sys.executable, "own.py", "--replicas", "3", stdin=text, PYTHONPATH=str(hosts.SOURCES))
    assert finished.stdout == text.replace("1}", "3}"), finished.stderr


def test_make_targets_it_names_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", TEXT, re.MULTILINE):
        assert f"\n{target}:" in makefile
