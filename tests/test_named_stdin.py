"""`--stdin-filename`: what an editor holds is treated as the file would be that it is saved to."""

import json
from pathlib import Path

import pytest
from hosts import Finished, Workplace

POD = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec:\n  containers:\n  - name: a\n    image: a\n"
DONE = POD + "    imagePullPolicy: Always\n"
WRONG = POD + "    imagePullPolicy: Alwys\n"
CONFIG = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullPolicy: {policy: %s}}\n"
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: [{name: own}]\n"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    made.write({".git/HEAD": "", "krmfn.yaml": CONFIG % "Never", "deploy/krmfn.yaml": CONFIG % "Always"})
    return made


def krmfn(place: Workplace, *arguments: str, stdin: str = POD) -> Finished:
    return place.run(place.krmfn, *arguments, stdin=stdin)


@pytest.mark.parametrize(
    ("name", "policy"),
    [("a.yaml", "Never"), ("deploy/a.yaml", "Always"), ("deploy/../b.yaml", "Never"), ("deploy/buffer", "Always")],
)
def test_the_settings_of_its_folder_count(place: Workplace, name: str, policy: str) -> None:
    before = place.read()
    fixed = krmfn(place, "--stdin-filename", name)
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert fixed.stdout == DONE.replace("Always", policy)
    assert krmfn(place, "check", "--stdin-filename", name, stdin=fixed.stdout).returncode == 0
    assert place.read() == before


def test_flags_go_over_them(place: Workplace) -> None:
    place.write({"other.yaml": CONFIG % "IfNotPresent"})
    for flags in (["--policy", "IfNotPresent"], ["--config", "other.yaml"], ["other.yaml"]):
        fixed = krmfn(place, "--stdin-filename", "a.yaml", *flags)
        assert fixed.stdout == DONE.replace("Always", "IfNotPresent")
    assert "name: b" in krmfn(place, "--secret", "b", "--stdin-filename", "a.yaml").stdout


@pytest.mark.parametrize(
    "text", [POD, WRONG, POD + "  x: [\n", DONE + "---\na: b\n"], ids=["pod", "wrong", "no", "other"]
)
def test_it_is_what_the_file_would_be(place: Workplace, text: str) -> None:
    said = krmfn(place, "check", "--format", "json", "--stdin-filename", "deploy/a.yaml", stdin=text)
    place.write({"deploy/a.yaml": text})
    file = krmfn(place, "check", "--format", "json", "deploy/a.yaml")
    assert (said.returncode, said.stdout, said.stderr) == (file.returncode, file.stdout, file.stderr)
    for form in ("human", "github"):
        shown = krmfn(place, "check", "--format", form, "--stdin-filename", "deploy/a.yaml", "-", stdin=text)
        assert shown.stdout == krmfn(place, "check", "--format", form, "deploy/a.yaml").stdout
    images = krmfn(place, "explain", "--format", "json", "--stdin-filename", "deploy/a.yaml", stdin=text)
    assert images.stdout == krmfn(place, "explain", "--format", "json", "deploy/a.yaml").stdout
    fixed = krmfn(place, "--stdin-filename", "deploy/a.yaml", stdin=text)
    written = krmfn(place, "fix", "-q", "deploy/a.yaml")
    assert (fixed.returncode, fixed.stderr) == (written.returncode, written.stderr)
    assert fixed.stdout == (place.read()["deploy/a.yaml"] if fixed.returncode == 0 else "")


def test_what_is_saved_does_not_count_and_its_siblings_do(place: Workplace) -> None:
    place.write({"deploy/a.yaml": "a: [", "deploy/account.yaml": ACCOUNT})
    fixed = krmfn(place, "--secret", "b", "--stdin-filename", "deploy/a.yaml")
    assert fixed.returncode == 0, fixed.stderr
    assert fixed.stdout.index("name: own") < fixed.stdout.index("name: b")
    without = krmfn(place, "explain", "--secret", "b", "--exclude", "account.yaml", "--stdin-filename", "deploy/a.yaml")
    assert "own" not in without.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chart/templates/a.yaml", "Helm template"),
        ("ignored.yaml", "ignored by .krmignore"),
        ("values.yaml", "values file"),
    ],
)
def test_what_is_passed_over_comes_out_as_it_is(place: Workplace, name: str, reason: str) -> None:
    place.write({".krmignore": "ignored.yaml\n", "chart/Chart.yaml": "", "chart/templates/b.yaml": ""})
    text = "a: b\n" if name == "values.yaml" else POD
    left = krmfn(place, "--stdin-filename", name, stdin=text)
    assert (left.returncode, left.stdout, left.stderr) == (0, text, f"{name}: skipped: {reason}\n")
    checked = krmfn(place, "check", "--format", "json", "--stdin-filename", name, stdin=text)
    assert json.loads(checked.stdout)["summary"] == {"skipped": 1}
    excluded = krmfn(place, "check", "-v", "--exclude", "a.yaml", "--stdin-filename", "a.yaml")
    assert "a.yaml: skipped: ignored by --exclude" in excluded.stdout + excluded.stderr


def test_an_empty_file_is_none_too_many(place: Workplace) -> None:
    for command in ([], ["check"], ["explain"]):
        assert krmfn(place, *command, "--stdin-filename", "a.yaml", stdin="").returncode == 0


@pytest.mark.parametrize("name", ["absent/a.yaml", "deploy", "", ".", "krmfn.yaml/a.yaml"])
def test_its_folder_has_to_be_there(place: Workplace, name: str) -> None:
    refused = krmfn(place, "--stdin-filename", name)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "a file in a folder that exists is expected" in refused.stderr


@pytest.mark.parametrize("command", ["check", "explain"])
def test_files_beside_it_are_a_wrong_command_line(place: Workplace, command: str) -> None:
    for more in (["deploy"], ["--shard", "1/2"], *([["--build"], ["--merge", "a"]] if command == "check" else [])):
        refused = krmfn(place, command, "--stdin-filename", "a.yaml", *more)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--stdin-filename needs stdin" in refused.stderr


def test_the_advice_is_about_stdin(place: Workplace) -> None:
    checked = krmfn(place, "check", "--stdin-filename", "a.yaml")
    assert "`krmfn --stdin-filename` with the same file and stdin prints it" in checked.stderr
    assert "krmfn fix" not in checked.stderr
