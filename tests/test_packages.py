"""The files for other package managers: by their own checkers where there are some, else by their documentation."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import checkouts
import hosts
import pytest
import yaml
from test_metadata import PROJECT, SOURCE, VERSION
from test_workflows import FOLDER, load

RELEASE = f"{SOURCE}/releases/download/v{VERSION}"
OWNER, REPOSITORY = SOURCE.split("/")[-2:]
PROGRAM = "#!/bin/sh\necho krmfn\n"
"""Stands in for the archive."""
MADE = ["aqua-registry.yaml", "krew.yaml", "krmfn.rb", f"kubectl-krmfn-{VERSION}.tar.gz", "mise.toml"]
KREW, VALIDATOR = "kubectl-krew", "validate-krew-manifest"


def make(folder: Path, sdist: bytes = b"sources") -> Path:
    """Make the files from a stand-in for what is built before."""
    folder.mkdir()
    (folder / "krmfn.pyz").write_text(PROGRAM)
    (folder / f"krmfn-{VERSION}.tar.gz").write_bytes(sdist)
    made = checkouts.HERE.run("packages.py", "--dist", folder).split()
    assert sorted(made) == ["SHA256SUMS", *MADE]
    return folder


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("packages") / "dist")


def test_what_is_not_built_yet_is_named(tmp_path: Path) -> None:
    command = [sys.executable, str(hosts.REPOSITORY / "tools" / "packages.py"), "--dist", str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == f"{tmp_path}/krmfn.pyz is missing: run `make sdist archive` first\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_sums_are_of_all_files(dist: Path) -> None:
    others = sorted(path for path in dist.iterdir() if path.name != "SHA256SUMS")
    assert (dist / "SHA256SUMS").read_text() == "".join(f"{digest(path)}  {path.name}\n" for path in others)


def test_the_same_files_give_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again")
    (again / "folder").mkdir()  # no file
    checkouts.HERE.run("packages.py", "--dist", again)
    assert {path.name: path.read_bytes() for path in again.iterdir() if path.is_file()} == {
        path.name: path.read_bytes() for path in dist.iterdir()
    }


# krew


@pytest.fixture
def manifest(dist: Path, tmp_path: Path) -> Path:
    """The manifest under the name that it has in an index."""
    return Path(shutil.copy(dist / "krew.yaml", tmp_path / "krmfn.yaml"))


def install(workplace: hosts.Workplace, manifest: Path, archive: Path, system: str, machine: str) -> hosts.Finished:
    """Have krew install the plugin as on another machine."""
    hosts.require(KREW)
    variables = {"KREW_ROOT": str(workplace.folder / system / machine), "KREW_OS": system, "KREW_ARCH": machine}
    return workplace.run(KREW, "install", f"--manifest={manifest}", f"--archive={archive}", **variables)


def validate(workplace: hosts.Workplace, manifest: Path) -> hosts.Finished:
    """Ask the checker of krew's own index. It cannot download what is not released; `install` takes it from here."""
    hosts.require(VALIDATOR)
    return workplace.run(VALIDATOR, "-skip-install", "-manifest", manifest)


def test_the_index_of_krew_would_take_the_manifest(manifest: Path, tmp_path: Path) -> None:
    finished = validate(hosts.Workplace(tmp_path), manifest)
    assert finished.returncode == 0, finished.stderr


def test_the_index_of_krew_would_refuse_a_wrong_one(manifest: Path, tmp_path: Path) -> None:
    manifest.write_text(manifest.read_text().replace("sha256: ", "sha256: X"))
    assert validate(hosts.Workplace(tmp_path), manifest).returncode != 0


def test_krew_downloads_what_the_release_has(dist: Path, manifest: Path) -> None:
    described = yaml.safe_load(manifest.read_text())
    assert described["spec"]["version"] == f"v{VERSION}"
    (platform,) = described["spec"]["platforms"]
    name = f"kubectl-krmfn-{VERSION}.tar.gz"
    assert (platform["uri"], platform["sha256"]) == (f"{RELEASE}/{name}", digest(dist / name))


def test_krew_installs_the_plugin_on_linux_and_nowhere_else(dist: Path, manifest: Path, tmp_path: Path) -> None:
    workplace = hosts.Workplace(tmp_path)
    (archive,) = dist.glob("kubectl-*.tar.gz")
    for machine in ("amd64", "arm64"):
        finished = install(workplace, manifest, archive, "linux", machine)
        assert finished.returncode == 0, finished.stderr
        root = workplace.folder / "linux" / machine
        assert list(root.glob("store/krmfn/*/LICENSE"))
        assert workplace.run(root / "bin" / "kubectl-krmfn").stdout == "krmfn\n"
    refused = install(workplace, manifest, archive, "darwin", "arm64")
    assert refused.returncode != 0
    assert "does not offer installation for this platform" in refused.stderr


def test_the_plugin_for_kubectl_has_its_licence(dist: Path) -> None:
    with tarfile.open(dist / f"kubectl-krmfn-{VERSION}.tar.gz") as tar:
        assert [(info.name, info.mode) for info in tar.getmembers()] == [("kubectl-krmfn", 0o755), ("LICENSE", 0o644)]


# aqua, whose schema and program cannot be had as packages here


def test_registry_of_aqua_names_what_the_release_has(dist: Path) -> None:
    """As https://aquaproj.github.io/docs/reference/registry-config describes packages of the type `github_release`."""
    (package,) = yaml.safe_load((dist / "aqua-registry.yaml").read_text())["packages"]
    assert package.pop("description")
    assert package == {
        "type": "github_release",
        "repo_owner": OWNER,
        "repo_name": REPOSITORY,
        "asset": "krmfn.pyz",
        "format": "raw",
        "files": [{"name": "krmfn"}],
        "supported_envs": ["linux/amd64", "linux/arm64"],
        "checksum": {"type": "github_release", "asset": "SHA256SUMS", "algorithm": "sha256"},
        "github_artifact_attestations": {"signer_workflow": f"{OWNER}/{REPOSITORY}/.github/workflows/release.yaml"},
    }
    assert (FOLDER / "release.yaml").exists()


# mise, which is no package here either


def test_tools_of_mise_name_what_the_release_has(dist: Path) -> None:
    """As https://mise.jdx.dev/dev-tools/backends describes the backends `http` and `pipx`, and the option `os`."""
    tools: dict[str, dict[str, Any]] = tomllib.loads((dist / "mise.toml").read_text())["tools"]
    assert tools == {
        "http:krmfn": {
            "version": VERSION,
            "os": ["linux"],
            "url": f"{RELEASE}/krmfn.pyz",
            "checksum": f"sha256:{digest(dist / 'krmfn.pyz')}",
            "bin": "krmfn",
        },
        f"pipx:{SOURCE}/archive/refs/tags/v{VERSION}.zip": {"version": "latest", "os": ["macos"]},
    }


# Homebrew, which a stand-in does the work of


def test_formula_is_ruby_and_names_what_the_release_has(dist: Path) -> None:
    hosts.require("ruby")
    command = [str(hosts.find("ruby")), "-c", str(dist / "krmfn.rb")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    text = (dist / "krmfn.rb").read_text()
    name = f"krmfn-{VERSION}.tar.gz"
    for line in (
        "class Krmfn < Formula",
        f'homepage "{SOURCE}"',
        f'url "{RELEASE}/{name}"',
        f'sha256 "{digest(dist / name)}"',
        f'license "{PROJECT["license"]}"',
    ):
        assert line in text
    # As `brew audit` wants it.
    summary = text.partition('desc "')[2].partition('"')[0]
    assert len(summary) < 80
    assert not summary.lower().startswith(("a ", "an ", "the ", "krmfn"))


def test_formula_installs_krmfn_from_the_sdist(tmp_path: Path) -> None:
    hosts.require("ruby")
    checkouts.HERE.run("building.py", "sdist", "--output", tmp_path / "built")
    (sdist,) = (tmp_path / "built").iterdir()
    dist = make(tmp_path / "dist", sdist.read_bytes())
    with tarfile.open(sdist) as tar:
        tar.extractall(tmp_path, filter="data")
    programs = tmp_path / "programs"
    programs.mkdir()
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    formula = (dist / "krmfn.rb").read_text()
    (dist / "krmfn.rb").write_text(formula.replace("python3.13", python))
    assert formula.count('"python3.13"') == 1
    (programs / python).symlink_to(Path(sys.base_prefix, "bin", python))
    path = os.pathsep.join([str(programs), hosts.SEARCH_PATH])
    command = ["ruby", *map(str, (hosts.REPOSITORY / "tests" / "homebrew.rb", dist / "krmfn.rb", tmp_path / "prefix"))]
    checkouts.run(command, {"PATH": path}, tmp_path / sdist.name.removesuffix(".tar.gz"))
    said = subprocess.run([tmp_path / "prefix" / "bin" / "krmfn", "-V"], capture_output=True, text=True, check=True)
    assert said.stdout == f"krmfn {VERSION} (commit {checkouts.COMMIT[:8]}, installed by pip)\n"


# The workflow


def test_a_release_has_them_with_the_hashes_of_all_that_it_has() -> None:
    steps = load(FOLDER / "release.yaml")["jobs"]["build"]["steps"]
    (made,) = [number for number, step in enumerate(steps) if step.get("run") == "make packages"]
    assert [step.get("uses", "").partition("@")[0] for step in steps[made + 1 :]] == ["actions/upload-artifact"]
