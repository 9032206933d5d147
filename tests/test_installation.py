"""What `krmfn --version` says: the version, the commit that was built, and how it came to the machine."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from zipfile import ZipFile

import hosts
import pytest

from krmfn import installation
from krmfn.files import repository

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import commit_hook

COMMIT = "1a2b3c4d" + "5" * 32
OTHER = "f" * 40
CHECKOUT = {"url": "file:///src/krmfn", "dir_info": {"editable": True}}
FROM_GIT = {"url": "https://git.example.com/krmfn", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}

Installed = Callable[..., str]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """What krmfn says when tools have left such files: name of the installer, commit, origin, one file beside."""

    def described(installer: str = "pip", built: str = COMMIT, origin: object = None, beside: str = "") -> str:
        package, metadata = tmp_path / "krmfn", tmp_path / "krmfn-1.2.3.dist-info"
        for folder in (package, metadata):
            folder.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: krmfn\nVersion: 1.2.3\n")
        (metadata / "INSTALLER").write_text(f"{installer}\n")
        (package / "commit.txt").write_text(f"{built}\n")
        if origin:
            (metadata / "direct_url.json").write_text(json.dumps(origin))
        if beside:
            (tmp_path / beside).touch()
        monkeypatch.setattr(installation, "distribution", lambda _: Distribution.at(metadata))
        monkeypatch.setattr(installation, "__file__", str(package / "installation.py"))
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        monkeypatch.setattr(sys, "argv", [str(tmp_path / "krmfn.pyz")])
        return installation.described()

    return described


@pytest.mark.parametrize(
    ("installer", "beside", "says"),
    [
        ("pip", "", "installed by pip"),
        ("uv", "", "installed by uv"),
        ("brew", "", "installed by brew"),
        ("pip", "pipx_metadata.json", "installed by pipx"),
        ("uv", "uv-receipt.toml", "installed by uv tool"),
        ("one-file archive", "", "one-file archive"),
        ("one-file archive", "plugin.yaml", "Helm plugin"),
        ("pip", "plugin.yaml", "installed by pip"),
        ("container", "", "container"),
    ],
)
def test_the_way_of_installation(installed: Installed, installer: str, beside: str, says: str) -> None:
    assert installed(installer, beside=beside) == f"1.2.3 (commit 1a2b3c4d, {says})"


@pytest.mark.parametrize(
    ("built", "origin", "says"),
    [
        (COMMIT, None, "commit 1a2b3c4d, installed by pip"),
        (f"{COMMIT} with changes", None, "commit 1a2b3c4d with changes, installed by pip"),
        ("$Format:%H$", None, "installed by pip"),
        (OTHER, FROM_GIT, "commit 1a2b3c4d, installed by pip"),
        ("$Format:%H$", FROM_GIT, "commit 1a2b3c4d, installed by pip"),
        (OTHER, {"url": "file:///src/krmfn", "dir_info": {}}, "commit ffffffff, installed by pip"),
        (COMMIT, CHECKOUT, "editable checkout"),
    ],
)
def test_the_commit_is_what_pip_knows_or_else_what_the_build_wrote(
    installed: Installed, built: str, origin: object, says: str
) -> None:
    assert installed(built=built, origin=origin) == f"1.2.3 ({says})"


def test_of_what_nothing_is_known_the_version_is_left(installed: Installed) -> None:
    assert installed(installer="", built="$Format:%H$") == "1.2.3"


def test_sources_that_are_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installation, "distribution", missing)
    assert installation.described() == "unknown (not installed)"


def git(folder: Path, *arguments: str) -> str:
    """Run Git without anybody's settings."""
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    nobody = {f"GIT_{name}": "nobody@example.com" for name in names}
    environment = {"PATH": hosts.SEARCH_PATH, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **nobody}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A repository with sources and one commit."""
    hosts.require("git")
    root = tmp_path / "sources"
    (root / "krmfn").mkdir(parents=True)
    (root / commit_hook.FILE).write_text("$Format:%H$\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=first")
    return root


def test_checkout_of_a_branch(installed: Installed, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = git(sources, "rev-parse", "HEAD")
    monkeypatch.setattr(repository, "commit_of", lambda root, real=repository.commit_of: real(root / "sources"))
    assert installed(origin=CHECKOUT, built=OTHER) == f"1.2.3 (commit {head[:8]}, editable checkout)"


def test_the_commit_of_a_checkout_is_read_without_git(sources: Path, tmp_path: Path) -> None:
    head = git(sources, "rev-parse", "HEAD")
    assert repository.commit_of(sources) == head
    git(sources, "worktree", "add", "--quiet", str(tmp_path / "worktree"), "-b", "other")
    assert repository.commit_of(tmp_path / "worktree") == head
    git(sources, "pack-refs", "--all")
    assert repository.commit_of(sources) == repository.commit_of(tmp_path / "worktree") == head
    git(sources, "checkout", "--quiet", "--detach")
    assert repository.commit_of(sources) == head
    git(sources, "checkout", "--quiet", "--orphan", "empty")
    assert repository.commit_of(sources) == ""
    assert repository.commit_of(tmp_path) == ""


# What the build writes


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(commit_hook.VARIABLE, raising=False)


@pytest.mark.usefixtures("unnamed")
def test_the_build_asks_git(sources: Path) -> None:
    head = git(sources, "rev-parse", "HEAD")
    assert commit_hook.commit_of(sources) == head
    (sources / "notes").touch()  # nothing is built of it
    assert commit_hook.commit_of(sources) == head
    (sources / "krmfn" / "new.py").touch()
    assert commit_hook.commit_of(sources) == f"{head} with changes"


@pytest.mark.usefixtures("unnamed")
def test_the_commit_of_another_repository_is_not_taken(sources: Path) -> None:
    inside = sources / "unpacked"
    (inside / "krmfn").mkdir(parents=True)
    (inside / commit_hook.FILE).write_text("$Format:%H$\n")
    assert commit_hook.commit_of(inside) == ""


@pytest.mark.usefixtures("unnamed")
def test_without_git_nobody_knows_the_commit(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(sources))
    assert commit_hook.commit_of(sources) == ""


@pytest.mark.parametrize("written", [COMMIT, f"{COMMIT} with changes"])
def test_sources_that_say_their_commit_are_believed(
    sources: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv(commit_hook.VARIABLE, OTHER)
    (sources / commit_hook.FILE).write_text(f"{written}\n")
    assert commit_hook.commit_of(sources) == written


def test_the_variable_names_the_commit_where_git_does_not(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(commit_hook.VARIABLE, COMMIT)
    assert commit_hook.commit_of(sources) == COMMIT
    monkeypatch.setenv(commit_hook.VARIABLE, "v0.1.0")
    with pytest.raises(ValueError, match=r"KRMFN_COMMIT: 'v0\.1\.0' is not the whole hash"):
        commit_hook.commit_of(sources)


def test_an_archive_by_git_says_its_commit(sources: Path) -> None:
    (sources / ".gitattributes").write_text((hosts.REPOSITORY / ".gitattributes").read_text(encoding="utf-8"))
    git(sources, "add", ".")
    git(sources, "commit", "--quiet", "--message=second")
    head = git(sources, "rev-parse", "HEAD")
    git(sources, "archive", "--output=archive.zip", "HEAD", commit_hook.FILE)
    with ZipFile(sources / "archive.zip") as archive:
        assert archive.read(commit_hook.FILE).decode().strip() == head


def test_the_file_in_this_repository_names_no_commit() -> None:
    """A build would believe it."""
    assert (hosts.REPOSITORY / commit_hook.FILE).read_text(encoding="utf-8") == "$Format:%H$\n"
