"""What is built from the same sources has the same bytes, whoever builds it, where and when."""

import checkouts
import pytest


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """The wheel and the sdist of two checkouts, by their names."""
    folder = tmp_path_factory.mktemp("built")
    found: dict[str, list[bytes]] = {}
    for number, checkout in enumerate((checkouts.copy(folder / "here"), checkouts.elsewhere(folder))):
        checkout.run("building.py", "wheel", "sdist", "--output", folder / str(number))
        for path in sorted((folder / str(number)).iterdir()):
            found.setdefault(path.name, []).append(path.read_bytes())
    return found


@pytest.mark.parametrize("suffix", [".whl", ".tar.gz"])
def test_the_same_sources_give_the_same_bytes(built: dict[str, list[bytes]], suffix: str) -> None:
    ((here, elsewhere),) = [data for name, data in built.items() if name.endswith(suffix)]
    assert here == elsewhere
