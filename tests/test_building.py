"""What is built: the same bytes from the same sources, whoever builds it and where; and what PyPI takes and shows."""

import email
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import checkouts
import hosts
import pytest
from readme_renderer import markdown
from test_metadata import PROJECT, SOURCE, VERSION

README = (hosts.REPOSITORY / "README.md").read_text(encoding="utf-8")
FILES = re.compile(
    rf"{re.escape(SOURCE)}/blob/v{VERSION}/([^)\s]+)"
    rf"|https://raw\.githubusercontent\.com/{re.escape(SOURCE.removeprefix('https://github.com/'))}/v{VERSION}/([^)\s]+)"
)
"""The address of a file of this version; the second form is what a picture needs."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders with the wheel and the sdist of two checkouts, and with the wheel that is made of the sdist."""
    folder = tmp_path_factory.mktemp("built")
    for number, checkout in enumerate((checkouts.copy(folder / "here"), checkouts.elsewhere(folder))):
        checkout.run("building.py", "wheel", "sdist", "--output", folder / str(number))
    (sdist,) = (folder / "0").glob("*.tar.gz")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    unpacked = checkouts.Checkout(folder / sdist.name.removesuffix(".tar.gz"))
    unpacked.run("building.py", "wheel", "--output", folder / "2")
    return [folder / str(number) for number in range(3)]


@pytest.fixture(scope="module")
def description(built: list[Path]) -> str:
    """What PyPI shows of krmfn, as Markdown."""
    (wheel,) = built[0].glob("*.whl")
    with ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_string(file.read(name).decode())
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload()
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("suffix", [".whl", ".tar.gz"])
def test_the_same_sources_give_the_same_bytes(built: list[Path], suffix: str) -> None:
    here, elsewhere = ([path for path in folder.iterdir() if path.name.endswith(suffix)] for folder in built[:2])
    assert [path.name for path in here] == [path.name for path in elsewhere]
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in elsewhere]


def test_the_sdist_gives_the_same_wheel(built: list[Path]) -> None:
    (here,), (again,) = (list(folder.glob("*.whl")) for folder in (built[0], built[2]))
    assert here.read_bytes() == again.read_bytes()


def test_the_wheel_says_its_commit(built: list[Path]) -> None:
    (wheel,) = built[0].glob("*.whl")
    with ZipFile(wheel) as file:
        assert file.read("krmfn/commit.txt").decode() == f"{checkouts.COMMIT}\n"
        assert file.namelist().count("krmfn/commit.txt") == 1


def test_pypi_would_take_both(built: list[Path]) -> None:
    files = [str(path) for path in built[0].iterdir()]
    assert len(files) == 2
    command = [sys.executable, "-m", "twine", "check", "--strict", *files]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.count("PASSED") == 2


def test_wheel_and_sdist_have_the_same_metadata(built: list[Path]) -> None:
    (wheel,), (sdist,) = (list(built[0].glob(pattern)) for pattern in ("*.whl", "*.tar.gz"))
    root = f"{PROJECT['name']}-{VERSION}"
    with ZipFile(wheel) as file, tarfile.open(sdist) as tar:
        packed = tar.extractfile(f"{root}/PKG-INFO")
        assert packed
        assert file.read(f"{root}.dist-info/METADATA") == packed.read()


def astray(text: str) -> list[str]:
    """Where links in Markdown lead that are of no use on PyPI, or to a file that is not there."""
    html = markdown.render(text)
    assert html
    marks = set(re.findall(r' id="([^"]+)"', html))
    found = []
    for target in re.findall(r' (?:href|src)="([^"]*)"', html):
        if target.startswith("#"):
            good = target.removeprefix("#") in marks
        elif match := FILES.fullmatch(target):
            good = Path(hosts.REPOSITORY, (match[1] or match[2]).partition("#")[0]).exists()
        else:
            good = target.startswith("https://")
        if not good:
            found.append(target)
    return found


def test_links_lead_somewhere_on_pypi(description: str) -> None:
    assert FILES.search(description)
    assert astray(description) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/tools.md)",
        "![a](docs/speed.svg)",
        "[a][b]\n\n[b]: docs/tools.md",
        '<img src="docs/speed.svg">',
        "[a](#nowhere)",
        f"[a]({SOURCE}/blob/v{VERSION}/nowhere.md)",
    ],
)
def test_link_that_leads_nowhere_would_be_noticed(text: str) -> None:
    assert len(astray(text)) == 1


def test_nothing_but_links_is_changed_for_pypi(description: str) -> None:
    assert FILES.sub(lambda match: match[1] or match[2], description).strip() == README.strip()
