"""Write the files for other package managers into `dist`, with the hashes of the files there.

Run `python tools/packages.py` after `make sdist archive`. A release also has these files:

    kubectl-krmfn-<version>.tar.gz   the one-file archive as a plugin for kubectl, with its licence
    krew.yaml                        the manifest of that plugin for krew; in a krew index it is named krmfn.yaml
    aqua-registry.yaml               a registry for aqua, with the archive
    mise.toml                        the archive for mise on Linux; on macOS mise builds the tag with pipx or uv
    krmfn.rb                         a formula for a tap of Homebrew, which installs the sdist and the locked packages
    SHA256SUMS                       the hashes of all files

The archive is for Linux, so krew and aqua have no krmfn for other systems. pip, pipx and uv need no file: they install
the wheel from its URL. The same files give the same bytes.
"""

import argparse
import hashlib
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml
from building import ROOT
from lock import PROJECT
from packing import packed

NAME = "krmfn"
ARCHIVE = "krmfn.pyz"
SUMS = "SHA256SUMS"
PLUGIN = "kubectl-krmfn"
"""kubectl runs a program of this name for `kubectl krmfn`."""
PYTHON = "3.13"
"""Homebrew's Python for krmfn."""
ARCHITECTURES = ("amd64", "arm64")
"""The architectures of Linux that the archive supports."""
WORKFLOW = ".github/workflows/release.yaml"
"""The workflow that signs a release."""


def main() -> None:
    """Write the files and print their names."""
    parser = argparse.ArgumentParser(description="Write the files for krew, aqua, mise and Homebrew.")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="DIR", help="what was built; default: dist")
    folder: Path = parser.parse_args().dist
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    release = Release(project, folder)
    for name in (ARCHIVE, release.sdist):
        if not (folder / name).exists():
            sys.exit(f"{folder / name} is missing: run `make sdist archive` first")
    files = {release.plugin: kubectl_plugin(folder)}
    (folder / release.plugin).write_bytes(files[release.plugin])  # the manifest has its hash
    files["krew.yaml"] = krew(release)
    files["aqua-registry.yaml"] = aqua(release)
    files["mise.toml"] = mise(release)
    files["krmfn.rb"] = homebrew(release)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    sums = (
        f"{release.digest(path.name)}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != SUMS
    )
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")
    print(*files, SUMS, sep="\n")


class Release:
    """The facts about a release that the files contain.

    Attributes:
        version: without the `v` of the tag.
        source: the URL of the repository.
        summary: one line.
        license: by its SPDX identifier.
        plugin: the file with the plugin for kubectl.
        sdist: the file with the sources.
    """

    def __init__(self, project: dict[str, Any], folder: Path) -> None:
        self.version: str = project["version"]
        self.source: str = project["urls"]["Source"]
        self.summary: str = project["description"].partition(":")[0].removeprefix("A ")
        self.license: str = project["license"]
        self.plugin = f"{PLUGIN}-{self.version}.tar.gz"
        self.sdist = f"{NAME}-{self.version}.tar.gz"
        self._folder = folder

    def address(self, name: str) -> str:
        """The URL of a file of the release."""
        return f"{self.source}/releases/download/v{self.version}/{name}"

    def digest(self, name: str) -> str:
        """The SHA-256 of a file of the release."""
        return hashlib.sha256((self._folder / name).read_bytes()).hexdigest()


def kubectl_plugin(folder: Path) -> bytes:
    """The archive, named so that kubectl finds it."""
    return packed({PLUGIN: (folder / ARCHIVE).read_bytes(), "LICENSE": (ROOT / "LICENSE").read_bytes()})


def krew(release: Release) -> bytes:
    """A manifest by krew's developer guide."""
    matching = [
        {"key": "os", "operator": "In", "values": ["linux"]},
        {"key": "arch", "operator": "In", "values": [*ARCHITECTURES]},
    ]
    platform = {
        "selector": {"matchExpressions": matching},
        "uri": release.address(release.plugin),
        "sha256": release.digest(release.plugin),
        "bin": PLUGIN,
    }
    description = (
        "Writes the imagePullPolicy that Kubernetes would default, and appends imagePullSecrets, into manifests. "
        "Nothing else in the text changes. `kubectl krmfn diff .` shows what it would do."
    )
    return dumped(
        {
            "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
            "kind": "Plugin",
            "metadata": {"name": NAME},
            "spec": {
                "version": f"v{release.version}",
                "homepage": release.source,
                "shortDescription": "Make image pulls explicit in manifests",
                "description": description,
                "caveats": "It needs Python 3.11 or later as `python3` on PATH, and glibc.",
                "platforms": [platform],
            },
        }
    )


def aqua(release: Release) -> bytes:
    """A registry with one package. aqua reads the hash from the release, and verifies GitHub's attestation."""
    owner, repository = release.source.split("/")[-2:]
    package = {
        "type": "github_release",
        "repo_owner": owner,
        "repo_name": repository,
        "description": release.summary,
        "asset": ARCHIVE,
        "format": "raw",
        "files": [{"name": NAME}],
        "supported_envs": [f"linux/{architecture}" for architecture in ARCHITECTURES],
        "checksum": {"type": "github_release", "asset": SUMS, "algorithm": "sha256"},
        "github_artifact_attestations": {"signer_workflow": f"{owner}/{repository}/{WORKFLOW}"},
    }
    return dumped({"packages": [package]})


def dumped(value: object) -> bytes:
    """The value as YAML, in the given order."""
    text: str = yaml.safe_dump(value, sort_keys=False, width=1000)
    return text.encode()


def mise(release: Release) -> bytes:
    """Tools for a `mise.toml`."""
    return f"""\
# On Linux the one-file archive, which needs Python 3.11 or later.
[tools."http:{NAME}"]
version = "{release.version}"
os = ["linux"]
url = "{release.address(ARCHIVE)}"
checksum = "sha256:{release.digest(ARCHIVE)}"
bin = "{NAME}"

# On macOS pipx or uv installs the sources of the tag.
[tools."pipx:{release.source}/archive/refs/tags/v{release.version}.zip"]
version = "latest"
os = ["macos"]
""".encode()


def homebrew(release: Release) -> bytes:
    """A formula that builds krmfn from the sdist, with the packages and hashes of its locks."""
    return f"""\
class Krmfn < Formula
  desc "{release.summary}"
  homepage "{release.source}"
  url "{release.address(release.sdist)}"
  sha256 "{release.digest(release.sdist)}"
  license "{release.license}"

  depends_on "python@{PYTHON}"

  def install
    python = "python{PYTHON}"
    system python, "-m", "venv", buildpath/"build-tools"
    pip = buildpath/"build-tools/bin/pip"
    system pip, "install", "--require-hashes", "--requirement", "locks/build.txt"
    system pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheel", "."

    system python, "-m", "venv", "--without-pip", libexec
    into_libexec = [pip, "--python", libexec/"bin/python", "install"]
    system(*into_libexec, "--require-hashes", "--requirement", "locks/run.txt")
    system(*into_libexec, "--no-deps", Dir["wheel/*.whl"].first)

    bin.install_symlink libexec/"bin/{NAME}"
    generate_completions_from_executable(bin/"{NAME}", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_equal "{NAME} #{{version}}", shell_output("#{{bin}}/{NAME} --version").split.first(2).join(" ")
    pod = "apiVersion: v1\\nkind: Pod\\nspec: {{containers: [{{name: web, image: nginx}}]}}\\n"
    assert_match "imagePullPolicy: Always", pipe_output("#{{bin}}/{NAME}", pod, 0)
  end
end
""".encode()


if __name__ == "__main__":
    main()
