"""Fixtures that several test modules use."""

from collections.abc import Iterator

import containers
import control_plane as control_planes
import pytest
from api_server import ControlPlane

from krmfn import parsing


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
