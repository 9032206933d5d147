"""The tests themselves: what keeps them together knows what there is."""

import ast
from pathlib import Path

import conftest
import pytest

FOLDER = Path(__file__).parent


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


def test_tests_that_share_it_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """Of those that are run now, which may be all."""
    shared = [
        (name, [mark.args for mark in item.iter_markers("xdist_group")])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        for name in conftest.ONE_OF_EACH.keys() & item.fixturenames
    ]
    assert [(name, groups) for name, groups in shared if groups != [(name,)]] == []
