"""What people type who come from other tools, and what krmfn makes of it."""

import os
import pty
import subprocess
from pathlib import Path

import pytest
from hosts import Finished, Workplace

POD = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec:\n  containers: [{name: a, image: a}]\n"
SET = POD.replace("image: a", "image: a, imagePullPolicy: Never")


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    made.write({"a.yaml": POD})
    return made


def krmfn(place: Workplace, *arguments: str, stdin: str = "") -> Finished:
    return place.run(place.krmfn, *arguments, stdin=stdin)


def on_a_terminal(place: Workplace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With a terminal for stdin, and pipes for the output."""
    leader, follower = pty.openpty()
    try:
        return subprocess.run(
            [place.krmfn, *arguments],
            cwd=place.folder,
            env=place.environment,
            stdin=follower,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(leader)
        os.close(follower)


@pytest.mark.parametrize("command", ["diff", "check", "explain", "fix"])
def test_on_a_terminal_the_current_folder_is_the_path(place: Workplace, command: str) -> None:
    found = on_a_terminal(place, command)
    expected = krmfn(place, command, ".") if command != "fix" else found
    assert (found.stdout, found.stderr) == (expected.stdout, expected.stderr)
    assert "1 file" in found.stderr or "a.yaml" in found.stdout
    assert ("imagePullPolicy: Always" in place.read()["a.yaml"]) == (command == "fix")


@pytest.mark.parametrize("command", ["diff", "fix"])
def test_without_a_terminal_a_path_has_to_be_named(place: Workplace, command: str) -> None:
    refused = krmfn(place, command, stdin=POD)
    assert refused.returncode == 2
    assert "the following arguments are required: PATH" in refused.stderr
    assert place.read() == {"a.yaml": POD}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["check", "--fix", "."], "`krmfn fix PATH` changes files in place"),
        (["--dry-run"], "`krmfn diff PATH` prints what would change, `krmfn check PATH` fails if anything would"),
        (["fix", "--diff", "."], "`krmfn diff PATH` prints what would change"),
        (["lint", "."], "did you mean `check`?"),
        (["validate"], "did you mean `check`?"),
    ],
)
def test_flags_and_commands_of_other_tools(place: Workplace, arguments: list[str], hint: str) -> None:
    refused = krmfn(place, *arguments)
    assert refused.returncode == 2
    assert hint in refused.stderr


def test_a_manifest_in_the_place_of_a_config(place: Workplace) -> None:
    refused = krmfn(place, "a.yaml", stdin=POD)
    assert refused.returncode == 1
    assert "If it is a manifest: `krmfn fix FILE` changes it in place" in refused.stderr


def test_flags_for_secrets_and_for_what_is_set(place: Workplace) -> None:
    assert krmfn(place, "--pull-secret", "b", stdin=POD).stdout == krmfn(place, "--secret", "b", stdin=POD).stdout
    assert "imagePullPolicy: Never" in krmfn(place, stdin=SET).stdout
    for value in ("true", "TRUE", "stale", "StaleLatest"):
        assert "imagePullPolicy: Always" in krmfn(place, "--overwrite", value, stdin=SET).stdout, value
    assert "imagePullPolicy: Never" in krmfn(place, "--overwrite", "StalePinned", stdin=SET).stdout
    assert (
        "imagePullPolicy: Always"
        in krmfn(place, "--policy", "always", stdin=POD.replace("image: a", "image: a:1")).stdout
    )
    assert krmfn(place, "-V").stdout == krmfn(place, "--version").stdout


def test_findings_may_leave_the_exit_code_alone(place: Workplace) -> None:
    for stdin, arguments in (("", ["."]), (POD, [])):
        assert krmfn(place, "check", *arguments, stdin=stdin).returncode == 1
        zero = krmfn(place, "check", "--exit-zero", *arguments, stdin=stdin)
        assert (zero.returncode, zero.stdout) == (0, krmfn(place, "check", *arguments, stdin=stdin).stdout)


@pytest.mark.parametrize("which", ["deployment", "Deployment", "APPS/deployment"])
def test_a_kind_is_found_by_its_name_in_any_case(place: Workplace, which: str) -> None:
    assert "apps/Deployment  podSpecs  spec.template.spec  built-in\n" in krmfn(place, "kinds", which).stdout
