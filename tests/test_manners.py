"""What people type who come from other tools, and what krmfn makes of it."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from hosts import Finished, Workplace

from krmfn.krm import streams

POD = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec:\n  containers: [{name: a, image: a}]\n"
SET = POD.replace("image: a", "image: a, imagePullPolicy: Never")
CONFIG = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: regcred}\n"
OTHER = CONFIG.replace("{pullSecrets: regcred}", "{}")


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


# Files that are named


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "Dear all,\n", "a.txt:1:1: error: not YAML but text: no `key: value`, and no list"),
        ("a.yaml", "a: [b\n", "a.yaml:1:6: error: not YAML: "),
        ("a", "a: b\n\tc: d\n", "a:2:1: error: not YAML: "),
        ("a.yaml", "a: \udcff\n", "a.yaml: error: line 1, column 4: byte 0xff is not UTF-8"),
    ],
    ids=["prose", "unfinished", "tab", "bytes"],
)
def test_a_named_file_that_is_no_yaml_is_an_error(place: Workplace, name: str, text: str, said: str) -> None:
    (place.folder / "a.yaml").unlink()
    (place.folder / name).write_bytes(os.fsencode(text))
    found = krmfn(place, "fix", name)
    assert (found.returncode, found.stderr[: len(said)]) == (1, said)
    assert found.stderr.endswith("0 files changed, 1 of 1 has errors\n")
    assert krmfn(place, "fix", ".").returncode == 0, "below a folder it is passed over"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tsconfig.json", '// with comments\n{"a": 1,}\n'),
        (".babelrc", '{"a": 1} // a\n'),
        ("cookiecutter.yaml", "{% if a %}\na: {{ b }}\n"),
        ("vault.yaml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
        ("values.yaml", "a: [b\n"),
        ("plain.txt", "a: b\n"),
        ("empty.txt", "\n"),
    ],
)
def test_a_named_file_that_is_something_else_is_passed_over(place: Workplace, name: str, text: str) -> None:
    place.write({name: text})
    found = krmfn(place, "fix", name)  # as hooks do, which name all YAML and JSON
    assert (found.returncode, found.stderr.partition(" (")[0]) == (0, "0 files changed, 0 looked at, 1 skipped")


@pytest.mark.parametrize("command", ["fix", "diff", "check", "explain"])
def test_a_missing_path_does_not_stop_the_others(place: Workplace, command: str) -> None:
    found = krmfn(place, command, "absent/b.yaml", "a.yaml")
    assert found.returncode == 1
    assert "absent/b.yaml: error: there is no such file or folder\n" in found.stdout + found.stderr
    if command == "fix":
        assert "imagePullPolicy: Always" in place.read()["a.yaml"]
    else:
        assert "a.yaml" in found.stdout
    alone = krmfn(place, command, "absent")
    assert (alone.returncode, "no file is selected" in alone.stderr) == (1, False)


def test_a_missing_path_is_in_the_report_of_one_shard(place: Workplace) -> None:
    files = []
    for number in (1, 2):
        report = krmfn(place, "check", "--shard", f"{number}/2", "--format", "json", "absent", ".").stdout
        place.write({f"{number}.txt": report})
        files += [file["path"] for file in json.loads(report)["files"]]
    assert sorted(files) == ["a.yaml", "absent"]


# --exclude


def test_what_is_excluded_is_left_out(place: Workplace) -> None:
    place.write(
        {"vendor/b.yaml": POD, "deploy/vendor/c.yaml": POD, "deploy/d.yaml": POD, "deploy/.krmignore": "!d.yaml\n"}
    )
    before = place.read()

    def changed(*arguments: str) -> set[str]:
        found = krmfn(place, "diff", *arguments)
        assert found.returncode == 0
        return set(re.findall(r"^\+\+\+ b/(.*)$", found.stdout, re.MULTILINE))

    assert changed("--exclude", "vendor", ".") == {"a.yaml", "deploy/d.yaml"}
    assert changed("--exclude", "/vendor/", "--exclude", "./a.yaml", ".") == {"deploy/vendor/c.yaml", "deploy/d.yaml"}
    assert changed("--exclude", "d.yaml", "deploy") == {"deploy/vendor/c.yaml"}, "a .krmignore does not take it back"
    assert changed("--exclude", "vendor", "vendor/b.yaml", "a.yaml") == {"a.yaml"}, "what is named too"
    assert changed("--exclude", "", ".") == {*before} - {"deploy/.krmignore"}
    assert (
        "vendor/b.yaml: skipped: ignored by --exclude"
        in krmfn(place, "fix", "-v", "--exclude", "*", "vendor/b.yaml").stderr
    )
    assert place.read() == before


def test_patterns_count_from_a_folder_elsewhere(place: Workplace) -> None:
    place.write({"in/x.yaml": "", "out/deep/b.yaml": POD, "out/c.yaml": POD})
    inside = Workplace.__new__(Workplace)
    vars(inside).update(vars(place), folder=place.folder / "in")
    found = krmfn(inside, "check", "--exclude", "deep/b.yaml", "../out")
    assert "../out/c.yaml:" in found.stdout
    assert "b.yaml" not in found.stdout


def test_a_pattern_that_is_a_path_matches_what_is_there(place: Workplace) -> None:
    place.write({"in/x.yaml": POD, "in/y.yaml": POD, "out/deep/b.yaml": POD, "out/in/x.yaml": POD})
    inside = Workplace.__new__(Workplace)
    vars(inside).update(vars(place), folder=place.folder / "in")

    def checked(*arguments: str) -> set[str]:
        return {
            line.partition(":")[0] for line in krmfn(inside, "check", *arguments, ".", "../out").stdout.splitlines()
        }

    beyond = {"../out/deep/b.yaml", "../out/in/x.yaml"}
    assert checked("--exclude", str(place.folder / "in" / "x.yaml")) == {"y.yaml", *beyond}
    assert checked("--exclude", "../out/deep/") == {"x.yaml", "y.yaml", "../out/in/x.yaml"}
    assert checked("--exclude", "/x.yaml") == {"y.yaml", *beyond}, "it counts from each folder"
    assert checked("--exclude", "../else/b.yaml") == {"x.yaml", "y.yaml", *beyond}


def test_a_pattern_can_be_the_path_of_a_whole_folder_or_lead_up_and_down(place: Workplace) -> None:
    place.write({"in/x.yaml": POD, "in/deep/y.yaml": POD, "out/a.yaml": POD, "old/b.yaml": POD, "old/c/c.yaml": POD})
    (place.folder / "link").symlink_to("old")
    inside = Workplace.__new__(Workplace)
    vars(inside).update(vars(place), folder=place.folder / "in")

    def checked(*arguments: str) -> set[str]:
        run = krmfn(inside, "check", *arguments)
        assert "error" not in run.stderr
        return {line.partition(":")[0] for line in run.stdout.splitlines() if " would " in line or "image" in line}

    old, out, own = {"../old/b.yaml", "../old/c/c.yaml"}, {"../out/a.yaml"}, {"x.yaml", "deep/y.yaml"}
    assert checked("../out", "../old") == {*old, *out}
    for whole in ("../old", "../old/", str(place.folder / "old"), "../link", "../o[l]d", "../in/../old"):
        assert checked("--exclude", whole, "../out", "../old") == out, whole
    assert checked("--exclude", "../old", "../out", "../old/b.yaml") == out
    assert checked("--exclude", "../old", "../out", "../old/c") == out, "what is above a PATH"
    assert checked("--exclude", "../*/b.yaml", "../out", "../old") == {*out, "../old/c/c.yaml"}
    assert checked("--exclude", "deep/../x.yaml", ".") == {"deep/y.yaml"}
    assert checked("--exclude", "..", ".", "../old") == set()
    assert checked("--exclude", str(inside.folder), ".") == own, "it may also count from the current folder"
    for back in ("x.yaml", "./x.yaml", "../in/x.yaml", str(inside.folder / "x.yaml")):
        assert checked("--exclude", "*.yaml", "--exclude", f"!{back}", ".") == {"x.yaml"}, back


def test_what_is_excluded_tells_its_neighbours_nothing(place: Workplace) -> None:
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: [{name: own}]\n"
    place.write({"account.yaml": account})
    assert "own" in krmfn(place, "diff", "--secret", "b", "a.yaml").stdout
    assert "own" not in krmfn(place, "diff", "--secret", "b", "--exclude", "account.yaml", "a.yaml").stdout


# -q


WRONG = POD.replace("image: a", "image: a, imagePullPolicy: Nevr")
STRANGE = POD.replace("spec:", "spec:\n  imagePullSecret: b")
"""With a warning."""


@pytest.mark.parametrize("command", ["fix", "diff", "check", "explain"])
def test_quietly_only_what_is_wrong_is_said(place: Workplace, command: str) -> None:
    place.write({"wrong.yaml": WRONG, "strange.yaml": STRANGE, "krmfn.yaml": CONFIG})
    place.write({"in/krmfn.yaml": OTHER, "in/a.yaml": SET})
    loud, quiet = (krmfn(place, command, *flags, ".") for flags in ([], ["-q"]))
    assert (quiet.returncode, quiet.stdout) == (loud.returncode, loud.stdout) or command == "fix"
    said = quiet.stderr.splitlines()
    assert all(re.match(r"(wrong|strange)\.yaml:\d+:\d+: (error|warning): ", line) for line in said)
    assert len(said) == (0 if command == "check" else 2)
    assert len(loud.stderr.splitlines()) > len(said)
    fine = krmfn(place, command, "--quiet", "in")
    assert fine.stderr == ""
    assert krmfn(place, command, "-q", "-v", "in").returncode == 2


def test_quietly_a_config_that_is_not_read_is_not_spoken_of(place: Workplace) -> None:
    place.write({"krmfn.yaml": CONFIG})
    for command in ("check", "explain"):
        assert "is not read for stdin" in krmfn(place, command, stdin=SET).stderr
        assert krmfn(place, command, "--quiet", stdin=SET).stderr == ""


def test_quietly_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: True))
    items = iter(())
    assert streams.progress(items, 0, is_quiet=True) is items


# --color


@pytest.mark.parametrize("command", ["check", "diff"])
def test_colours_as_they_are_asked_for(place: Workplace, command: str) -> None:
    plain = krmfn(place, command, ".").stdout
    assert plain
    assert "\033" not in plain
    colored = krmfn(place, command, "--color", "always", ".").stdout
    assert krmfn(place, command, "--color", "always", "--output", "out", ".").stdout == ""
    assert place.read()["out"] == colored
    assert re.sub(r"\033\[\d*m", "", colored) == plain != colored
    _, shown = place.on_a_terminal(place.krmfn, command, ".")
    _, without = place.on_a_terminal(place.krmfn, command, "--color", "never", ".")
    _, forced = place.on_a_terminal(place.krmfn, command, "--color=always", ".", NO_COLOR="1")
    assert (b"\033[" in shown, b"\033[" in without, b"\033[" in forced) == (True, False, True)
    _, no_color = place.on_a_terminal(place.krmfn, command, ".", NO_COLOR="1")
    assert b"\033[" not in no_color
    place.on_a_terminal(place.krmfn, command, "--output", "file", ".")
    assert place.read()["file"] == plain, "a file is no terminal"


def test_a_patch_has_the_colours_of_git(place: Workplace) -> None:
    place.write({"a.yaml": "--- # a\n" + SET, "b.yaml": SET})
    assert krmfn(place, "diff", "--color", "always", "b.yaml").stdout == ""
    lines = krmfn(place, "diff", "--color", "always", "--overwrite", "true", ".").stdout.splitlines()
    head = ("diff --git a/a.yaml b/a.yaml", "--- a/a.yaml", "+++ b/a.yaml")
    assert lines[:3] == [f"\033[1m{line}\033[0m" for line in head]
    assert lines[3].startswith("\033[36m@@ ")
    assert lines[4] == " kind: Pod", "what stays is plain"
    ways = (("31", "-", "Never"), ("32", "+", "Always"))
    changed = [
        f"\033[{code}m{sign}  containers: [{{name: a, image: a, imagePullPolicy: {to}}}]\033[0m"
        for code, sign, to in ways
    ]
    assert [line for line in lines if line.startswith(("\033[31m", "\033[32m"))] == changed * 2


# --output


PRINTED = {
    "check": ["check", "--format", "json", "."],
    "check on stdin": ["check"],
    "check --explain": ["check", "--explain", "secret-type"],
    "diff": ["diff", "."],
    "explain": ["explain", "."],
    "kinds": ["kinds", "Pod"],
    "patches": ["patches", "-"],
    "schema": ["schema"],
}


@pytest.mark.parametrize("arguments", PRINTED.values(), ids=PRINTED)
def test_what_is_printed_goes_to_a_file(place: Workplace, arguments: list[str]) -> None:
    printed = krmfn(place, *arguments, stdin=POD)
    assert printed.stdout
    assert krmfn(place, *arguments, "--output", "-", stdin=POD).stdout.replace(" --output -", "") == printed.stdout
    (place.folder / "out").write_text("old")
    (place.folder / "out").chmod(0o640)
    (place.folder / "link").symlink_to("out")
    for name in ("out", "link", "new.txt"):
        written = krmfn(place, *arguments, "--output", name, stdin=POD)
        assert (written.returncode, written.stdout, written.stderr) == (printed.returncode, "", printed.stderr)
        assert place.read()[name].replace(f" --output {name}", "") == printed.stdout
    assert (place.folder / "link").is_symlink()
    assert (place.folder / "out").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent/out", "No such file or directory"),
        ("folder", "is there and is no regular file"),
        ("/dev/null", "is there and is no regular file"),
        ("read-only", "is read-only: make it writable, or name another file"),
    ],
)
def test_a_file_that_cannot_be_written_is_an_error(place: Workplace, name: str, why: str) -> None:
    place.write({"folder/a.txt": "", "read-only": "old"})
    (place.folder / "read-only").chmod(0o444)
    before = place.read()
    refused = krmfn(place, "schema", "--output", name)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"error: --output {name}: ")
    assert why in refused.stderr
    assert place.read() == before
    assert Path(os.devnull).is_char_device()


def test_a_page_beside_a_table(place: Workplace) -> None:
    assert krmfn(place, "explain", "--html", "page.html", "--output", "table.txt", ".").stdout == ""
    assert place.read()["table.txt"] == krmfn(place, "explain", "a.yaml").stdout


# Nothing to do, and nothing to read


@pytest.mark.parametrize("stdin", ["", "\n", "# nothing\n", "---\n", "a: b\n"])
def test_a_stream_without_manifests_may_be_allowed(place: Workplace, stdin: str) -> None:
    refused = krmfn(place, "--secret", "a", stdin=stdin)
    assert (refused.returncode, refused.stdout) == (1, "")
    allowed = krmfn(place, "--secret", "a", "--allow-empty", stdin=stdin)
    assert (allowed.returncode, allowed.stdout) == (0, stdin)
    assert "error" not in allowed.stderr
    assert krmfn(place, "--allow-empty", stdin="a: [\n").returncode == 1


@pytest.mark.parametrize("flag", [[], ["--config"]], ids=["argument", "flag"])
def test_a_folder_in_the_place_of_a_config(place: Workplace, flag: list[str]) -> None:
    place.write({"deploy/a.yaml": POD})
    refused = krmfn(place, *flag, "./deploy", stdin=POD)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: ./deploy: Is a directory, not a function config file. ")
    assert "`krmfn fix FOLDER` changes the manifests" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--output", "{}", "."],
        ["schema", "--output", "{}"],
        ["check", "--config", "{}", "."],
        ["--config", "{}"],
        ["--stdin-filename", "{}"],
        ["--stdin-filename", "{}/a.yaml"],
        ["explain", "--html", "{}", "."],
        ["patches", "{}"],
        ["check", "."],
    ],
)
def test_a_name_that_is_too_long_is_an_error_like_others(place: Workplace, arguments: list[str]) -> None:
    name = "a" * 300
    place.write({"krmfn.yaml": CONFIG if "{}" in str(arguments) else CONFIG.replace("regcred", f"b, extends: {name}")})
    found = krmfn(place, *(argument.format(name) for argument in arguments), stdin=POD)
    assert found.returncode == (1 if "." in arguments or arguments[0] != "--stdin-filename" else found.returncode)
    assert "bug" not in found.stderr
    assert found.returncode != 3
    assert sorted(place.read()) == ["a.yaml", "krmfn.yaml"]


@pytest.mark.parametrize("command", ["check", "diff", "explain"])
def test_stdout_by_another_name_is_stdout(place: Workplace, command: str) -> None:
    plain = krmfn(place, command, ".").stdout
    assert plain
    assert krmfn(place, command, "--output", "/dev/stdout", ".").stdout == plain
    log = place.folder / "log"
    log.write_text("before\n")
    with log.open("a") as stream:
        for name in ("/dev/stdout", "log"):
            subprocess.run(
                [place.krmfn, command, "-q", "--output", name, "."],
                cwd=place.folder,
                env=place.environment,
                stdout=stream,
                check=False,
                timeout=60,
            )
    assert log.read_text() == f"before\n{plain}{plain}"


def test_no_open_file_is_replaced(place: Workplace) -> None:
    log = place.folder / "log"
    with log.open("w") as stream:
        number = os.dup(stream.fileno())
        found = subprocess.run(
            [place.krmfn, "check", "--output", f"/dev/fd/{number}", "."],
            cwd=place.folder,
            env=place.environment,
            pass_fds=[number],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        os.close(number)
        assert log.stat().st_ino == os.fstat(stream.fileno()).st_ino
    assert found.returncode == 1
    assert (
        f"--output /dev/fd/{number}: names an open file of this process. Name a file, or `-` for stdout" in found.stderr
    )


def test_output_that_names_nothing_is_an_error(place: Workplace) -> None:
    found = krmfn(place, "check", "--output", "", ".")
    assert found.returncode == 1
    assert "--output is empty" in found.stderr


def test_page_and_output_are_two_files(place: Workplace) -> None:
    (place.folder / "link").symlink_to("page.html")
    found = krmfn(place, "explain", "--html", "page.html", "--output", "./link", ".")
    assert found.returncode == 2
    assert "--html and --output name the same file" in found.stderr
    assert not (place.folder / "page.html").exists()


def test_a_loop_of_links_does_not_stop_the_others(place: Workplace) -> None:
    (place.folder / "loop").symlink_to("loop")
    found = krmfn(place, "check", "loop", "a.yaml")
    assert found.returncode == 1
    assert re.search(r"^loop: error: ", found.stdout, re.MULTILINE)
    assert "a.yaml:5:16: change: " in found.stdout


def test_a_named_template_is_passed_over(place: Workplace) -> None:
    place.write({"notes.txt": "Notes\n{{ if .Values.web }}\n- [\n{{ end }}\n"})
    assert krmfn(place, "check", "-v", "notes.txt").returncode == 0
