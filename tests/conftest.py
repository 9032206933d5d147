"""Fixtures that several test modules use."""

import pytest

from krmfn import nodes


@pytest.fixture(params=["c", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with libyaml and once with PyYAML's own parser."""
    name = str(request.param)
    if name == "c" and nodes.CParser is None:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(nodes, "parser_class", nodes.CParser if name == "c" else nodes.PureParser)
    return name
