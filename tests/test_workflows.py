"""The workflows of this repository, as far as they can be held against it without running them."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hosts
import pytest
import yaml

FOLDER = hosts.REPOSITORY / ".github" / "workflows"
PATHS = sorted(FOLDER.iterdir())
EXAMPLE = hosts.REPOSITORY / "examples" / "ci-github" / "image-pulls.yaml"
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
"""An action by its commit, with the release that this is."""
MADE = {"dist/krmfn.pyz": "archive"}
"""Files that a step runs, and the target that makes them."""

each_workflow = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def file(name: str) -> str:
    return (hosts.REPOSITORY / name).read_text(encoding="utf-8")


def load(path: Path) -> dict[str, Any]:
    """A workflow, of texts only: `on` is a word here and no boolean."""
    workflow: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return workflow


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in load(path)["jobs"].values():
        yield from job["steps"]


COMMANDS = [
    pytest.param(step["run"], id=f"{path.stem}: {step.get('name', step['run'])}")
    for path in PATHS
    for step in steps(path)
    if "run" in step
]


def targets(command: str) -> list[str]:
    """What a command has make make."""
    return [target for line in re.findall(r"^\s*make (.*)$", command, re.MULTILINE) for target in line.split()]


@each_workflow
def test_github_takes_it(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_step_runs_is_there(command: str) -> None:
    for target in targets(command):
        assert re.search(rf"^{target}:", file("Makefile"), re.MULTILINE), target
    for path in re.findall(r"(?<![\w./-])(?:\.?/?(?:tools|tests|\.ci)/[\w./-]+|dist/[\w./-]*\w)", command):
        assert path in MADE or Path(hosts.REPOSITORY, path).exists(), path
    for path in re.findall(r"\.venv/bin/([\w-]+)", command):
        assert f"\n{path} = " in file("pyproject.toml"), path


@pytest.mark.parametrize("path", [*PATHS, EXAMPLE], ids=lambda path: path.stem)
def test_actions_are_named_by_commit_with_the_release_in_a_comment(path: Path) -> None:
    uses = re.findall(r"^ *(?:- )?uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    assert [name for name in uses if not PINNED.fullmatch(name) and not name.startswith("example/krmfn@")] == []


def test_an_action_is_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in (*PATHS, EXAMPLE):
        for name, pin in re.findall(r"uses: ([\w/-]+)@(\w{40} # v[\d.]+)", path.read_text(encoding="utf-8")):
            pins.setdefault(name, set()).add(pin)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@each_workflow
def test_jobs_have_no_secret_and_only_rights_of_their_own(path: Path) -> None:
    workflow = load(path)
    assert "secrets." not in path.read_text(encoding="utf-8")
    assert workflow["permissions"] == {}
    assert [name for name, job in workflow["jobs"].items() if "permissions" not in job] == []


@each_workflow
def test_checkouts_leave_no_credentials(path: Path) -> None:
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"] == {"persist-credentials": "false"} for step in checkouts)


# Pull requests

CHECKS = load(FOLDER / "checks.yaml")
PYTHONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', file("pyproject.toml"))


def runs(job: str) -> set[str]:
    """The targets that a job has make make."""
    return {target for step in CHECKS["jobs"][job]["steps"] for target in targets(step.get("run", ""))}


def test_pull_requests_start_the_checks_and_code_of_others_gets_no_more_than_reading() -> None:
    assert set(CHECKS["on"]) == {"pull_request", "push"}  # and not pull_request_target, which has the rights of main
    assert {right for job in CHECKS["jobs"].values() for right in job["permissions"].items()} == {("contents", "read")}


def test_pull_requests_pass_what_a_commit_has_to_pass() -> None:
    wanted = re.search(r"^check: (.*?) ##", file("Makefile"), re.MULTILINE)
    assert wanted
    assert set(wanted[1].split()) <= {target for job in CHECKS["jobs"] for target in runs(job)}


def test_tests_run_on_the_lowest_and_the_highest_python_on_linux_and_macos() -> None:
    lowest = re.search(r'requires-python = ">=(.*)"', file("pyproject.toml"))
    assert lowest
    assert lowest[1] == PYTHONS[0]
    strategy = CHECKS["jobs"]["test"]["strategy"]
    assert strategy["matrix"] == {"os": ["ubuntu-latest", "macos-latest"], "python": [PYTHONS[0], PYTHONS[-1]]}
    assert strategy["fail-fast"] == "false"
    assert runs("test") == {"test"}
    (setup,) = [step["with"] for step in CHECKS["jobs"]["test"]["steps"] if "setup-python" in step.get("uses", "")]
    assert setup == {"python-version": "${{ matrix.python }}"}
