"""What pyproject.toml says of the project, and that all else says the same."""

import re
import tomllib
from datetime import date
from typing import Any

import hosts
import pytest
import yaml


def file(name: str) -> str:
    return (hosts.REPOSITORY / name).read_text(encoding="utf-8")


FILE: dict[str, Any] = tomllib.loads(file("pyproject.toml"))
PROJECT: dict[str, Any] = FILE["project"]
VERSION: str = PROJECT["version"]
URLS: dict[str, str] = PROJECT["urls"]
SOURCE = URLS["Source"]


def test_addresses_are_those_of_one_repository() -> None:
    assert re.fullmatch(r"https://github\.com/[\w-]+/krmfn", SOURCE)
    assert {
        "Documentation": f"{SOURCE}/tree/main/docs",
        "Source": SOURCE,
        "Changelog": f"{SOURCE}/blob/main/CHANGELOG.md",
        "Issues": f"{SOURCE}/issues",
        "Security": f"{SOURCE}/security/policy",
    } == URLS


@pytest.mark.parametrize(
    "name",
    ["pyproject.toml", "CHANGELOG.md", "examples/ci-github/image-pulls.yaml", ".github/ISSUE_TEMPLATE/config.yml"],
)
def test_no_other_repository_is_named(name: str) -> None:
    owner = SOURCE.split("/")[-2]
    owners = re.findall(r"(?:github\.com/|githubusercontent\.com/|uses: )([\w-]+)/krmfn\b", file(name))
    assert set(owners) == {owner}


def test_changelog_has_the_version_with_a_day_below_what_is_not_released() -> None:
    heads = re.findall(r"^## (.*)$", file("CHANGELOG.md"), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    version, _, day = heads[1].partition(" - ")
    assert version == f"[{VERSION}]"
    assert date.fromisoformat(day) >= date(2026, 11, 27)


def test_changelog_links_each_of_its_versions() -> None:
    text = file("CHANGELOG.md")
    versions = re.findall(r"^## \[(.*?)\]", text, re.MULTILINE)
    links = dict(re.findall(r"^\[(.*?)\]: (.*)$", text, re.MULTILINE))
    tags = {version: f"{SOURCE}/releases/tag/v{version}" for version in versions[1:]}
    assert links == {"Unreleased": f"{SOURCE}/compare/v{versions[1]}...HEAD", **tags}


def test_plugin_of_helm_has_the_version() -> None:
    assert yaml.safe_load(file("plugin.yaml"))["version"] == VERSION


def test_classifiers_name_the_pythons_and_systems_of_the_checks() -> None:
    classifiers: list[str] = PROJECT["classifiers"]
    pythons = [
        name for text in classifiers for name in re.findall(r"^Programming Language :: Python :: (3\.\d+)$", text)
    ]
    assert f">={pythons[0]}" == PROJECT["requires-python"]
    assert pythons == [f"3.{minor}" for minor in range(11, 11 + len(pythons))]
    systems = yaml.safe_load(file(".github/workflows/checks.yaml"))["jobs"]["test"]["strategy"]["matrix"]["os"]
    named = {"ubuntu-latest": "Operating System :: POSIX :: Linux", "macos-latest": "Operating System :: MacOS"}
    wanted = {named[system] for system in systems}
    assert {text for text in classifiers if text.startswith("Operating System")} == wanted
    assert not [text for text in classifiers if text.startswith("License")]  # the expression says it


def test_lines_of_pyproject_are_read_without_scrolling() -> None:
    comments = [line for line in file("pyproject.toml").splitlines() if line.startswith("#")]
    assert [line for line in comments if len(line) > 120] == []
