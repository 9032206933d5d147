"""The tests themselves: what keeps them together knows what there is."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import conftest
import hosts
import pytest

FOLDER = Path(__file__).parent
ARGUED = FOLDER / "mutants_argued.tsv"


def fixtures() -> set[str]:
    """The names of all fixtures."""
    return {
        node.name
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        if any("pytest.fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def test_what_stands_once_is_a_fixture() -> None:
    assert conftest.ONE_OF_EACH.keys() <= fixtures()


def test_argued_mutants_change_lines_that_are_there_and_have_a_reason() -> None:
    rows = [line.split("\t") for line in ARGUED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len({tuple(row[:3]) for row in rows}) == len(rows)
    for file, before, after, reason in rows:
        lines = {line.strip() for line in (FOLDER.parent / file).read_text(encoding="utf-8").splitlines()}
        assert before in lines, before
        assert after != before
        assert reason.strip()


def test_tests_that_share_it_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """Of those that are run now, which may be all."""
    shared = [
        (name, [mark.args for mark in item.iter_markers("xdist_group")])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        for name in conftest.ONE_OF_EACH.keys() & item.fixturenames
    ]
    assert [(name, groups) for name, groups in shared if groups != [(name,)]] == []


def test_groups_of_tests_are_kept_together(tmp_path: Path) -> None:
    """pytest-xdist and pytest have to fit each other for that; nothing else says so."""
    text = "import os\nimport pytest\n\n@pytest.fixture\ndef chrome(): ...\n\n"
    text += (
        "@pytest.mark.parametrize('number', range(12))\ndef test(chrome, number):\n    open(str(os.getpid()), 'w')\n"
    )
    (tmp_path / "test_shared.py").write_text(text)
    (tmp_path / "conftest.py").write_text((hosts.REPOSITORY / "tests" / "conftest.py").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "test_shared.py"]
    path = os.pathsep.join([str(hosts.SOURCES), str(hosts.REPOSITORY / "tests")])
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    assert len([name for name in tmp_path.iterdir() if name.name.isdecimal()]) == 1
