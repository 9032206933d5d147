"""Fixtures that several test modules use, and what keeps tests apart and together."""

import gc
from collections.abc import Callable, Iterator

import containers
import control_plane as control_planes
import pytest
from api_server import ControlPlane

from krmfn.splice import parsing

ONE_OF_EACH = {
    "images": "podman and its store",
    "chrome": "a browser",
    "archive": "made from wheels of the package index",
    "built": "wheel and sdist, made with tools of the package index",
    "pre_commit": "a cache with krmfn installed in it",
    "runner": "krmfn installed by the action",
    "evaluate": "a server at a port that was free a moment before",
}
"""Fixtures that stand only once, with the reason: a process that runs tests has all that ask for the same one."""
TOLD = "told"
"""The property of a test's report with a line for the end of the output."""


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Keep tests together that share what `ONE_OF_EACH` lists."""
    for item in items:
        for name in ONE_OF_EACH.keys() & item.fixturenames:
            item.add_marker(pytest.mark.xdist_group(name))


def pytest_runtest_teardown() -> None:
    """What `krmfn.cli.main` does for its process has to end with the test that calls it."""
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have told by `tell`, from whatever process they ran in."""
    told = sorted(
        str(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in report.user_properties
        if name == TOLD
    )
    if told:
        terminalreporter.section("what tests have counted")
        terminalreporter.write_line("\n".join(told))


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line that stands at the end of the output."""
    return lambda line: record_property(TOLD, line)


@pytest.fixture(params=["c", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with libyaml and once with PyYAML's own parser."""
    name = str(request.param)
    if name == "c" and parsing.CParser is None:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(parsing, "parser_class", parsing.CParser if name == "c" else parsing.PureParser)
    return name


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def buffering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with Python's buffers, and once without those for output."""
    monkeypatch.setenv("PYTHONUNBUFFERED", str(request.param))
    return str(request.param)


@pytest.fixture(scope="session")
def images() -> containers.Images:
    """The images, built from these sources."""
    return containers.build()


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A Kubernetes control plane that all tests share: each takes namespaces of its own."""
    with control_planes.running() as plane:
        yield plane
