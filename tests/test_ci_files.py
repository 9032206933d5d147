"""What runs krmfn in other people's repositories: hooks for pre-commit, an action for GitHub, a job for GitLab."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import hosts
import pytest
import yaml

ROOT = hosts.REPOSITORY
EXAMPLES = ROOT / "examples"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a   # the only one
    image: b
"""
FIXED = POD.replace("    image: b\n", "    image: b\n    imagePullPolicy: Always\n")
VALUES = "image: b\n"


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


def pip_settings() -> dict[str, str]:
    """Where pip finds packages on this machine; a work place has another home."""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    own = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name in names}
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.partition(".")
        if section in ("global", "install"):
            own.setdefault(f"PIP_{option.upper().replace('-', '_')}", value.strip("'"))
    return own


@cache
def sources() -> tuple[Path, ...]:
    """What is needed to install krmfn from its repository, and what others read in it."""
    return tuple(
        ROOT / name
        for name in ("krmfn", "locks", "tools", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    )


def copy_repository(folder: Path) -> Path:
    folder.mkdir()
    for path in sources():
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder)
    return folder


def schema_errors(kind: str, file: Path, *flags: str) -> str:
    """What the schema that check-jsonschema brings has against a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}", *flags, str(file)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    return finished.stdout + finished.stderr if finished.returncode else ""


# pre-commit


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A repository with krmfn and its hooks, and the environment of pre-commit."""
    if not importlib.util.find_spec("pre_commit"):
        hosts.absent("pre-commit is not installed: it is in the extra `dev`")
    hosts.require("git")
    folder = tmp_path_factory.mktemp("pre-commit")
    workplace = hosts.Workplace(folder)
    workplace.folder.rmdir()
    copy_repository(workplace.folder)
    workplace.commit()
    commit = workplace.run("git", "rev-parse", "HEAD").stdout.strip()
    hooks = [{"id": hook["id"]} for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"repos": [{"repo": str(workplace.folder), "rev": commit, "hooks": hooks}]}))
    return {"CONFIG": str(config), "PRE_COMMIT_HOME": str(folder / "cache"), **pip_settings()}


def run_hook(workplace: hosts.Workplace, environment: Mapping[str, str], hook: str) -> hosts.Finished:
    arguments = ("run", "--color=never", "--config", environment["CONFIG"], hook, "--all-files", "--verbose")
    return workplace.run(sys.executable, "-m", "pre_commit", *arguments, **environment)


def test_hooks_fix_and_check(workplace: hosts.Workplace, pre_commit: dict[str, str]) -> None:
    workplace.write({"pod.yaml": POD, "a b/pod.yaml": POD, "values.yaml": VALUES, "notes.md": POD})
    workplace.commit()
    before = workplace.read()

    checked = run_hook(workplace, pre_commit, "krmfn-check")
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "pod.yaml:6:5: change: Pod a: spec.containers[0].imagePullPolicy: should be Always" in checked.stdout
    assert "a b/pod.yaml:6:5: change: " in checked.stdout
    assert workplace.read() == before

    fixed = run_hook(workplace, pre_commit, "krmfn-fix")
    assert fixed.returncode == 1, fixed.stdout + fixed.stderr
    assert "files were modified by this hook" in fixed.stdout
    assert workplace.read() == {**before, "pod.yaml": FIXED, "a b/pod.yaml": FIXED}

    workplace.run("git", "add", "--all").check_returncode()
    for hook in ("krmfn-fix", "krmfn-check"):
        again = run_hook(workplace, pre_commit, hook)
        assert again.returncode == 0, again.stdout + again.stderr


def test_hooks_are_valid_to_pre_commit(pre_commit: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    environment = {**os.environ, "PRE_COMMIT_HOME": pre_commit["PRE_COMMIT_HOME"]}
    assert subprocess.run(command, env=environment, check=False).returncode == 0


def test_the_page_shows_a_config_with_hooks_that_are_there() -> None:
    page = (ROOT / "docs" / "hosts" / "ci.md").read_text(encoding="utf-8")
    block = page.partition("# .pre-commit-config.yaml\n")[2].partition("```")[0]
    ((repository,),) = yaml.safe_load(block).values()
    ids = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in repository["hooks"]} <= ids


# Azure Pipelines


def test_azure_takes_what_the_page_shows(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "hosts" / "ci.md").read_text(encoding="utf-8")
    shown = tmp_path / "azure-pipelines.yml"
    shown.write_text(page.partition("# azure-pipelines.yml\n")[2].partition("```")[0], encoding="utf-8")
    assert schema_errors("azure-pipelines", shown) == ""
    assert [step["script"] for step in load(shown)["steps"] if "script" in step] == [
        "krmfn check --format azure .",
        "krmfn check --format junit --output krmfn.xml .",
    ]


# GitHub


def load(path: Path) -> dict[str, Any]:
    """A file of texts only: `on` is a word here and no boolean."""
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return loaded


def test_github_takes_the_files() -> None:
    assert schema_errors("github-actions", ROOT / "action.yml") == ""
    assert schema_errors("github-workflows", EXAMPLES / "ci-github" / "image-pulls.yaml") == ""


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    workflow, action = load(EXAMPLES / "ci-github" / "image-pulls.yaml"), load(ROOT / "action.yml")
    (job,) = workflow["jobs"].values()
    (step,) = [step for step in job["steps"] if "/krmfn@" in step["uses"]]
    assert step["with"].keys() <= action["inputs"].keys()


class Runner:
    """Runs steps of the action as GitHub's runner does: a script each, with inputs in its environment."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "krmfn" / "bin"
        self._folder = folder
        self._summary = folder / "summary.md"
        self._action = copy_repository(folder / "action")

    def run(self, name: str, workplace: hosts.Workplace, **inputs: str) -> hosts.Finished:
        """Run the step of this name, in the folder with the checkout of the user."""
        action = load(ROOT / "action.yml")
        values = {name: inputs.pop(name, given["default"]) for name, given in action["inputs"].items()}
        assert not inputs
        (step,) = [step for step in action["runs"]["steps"] if step["name"] == name]
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        environment = {key: self._filled(text, values) for key, text in step.get("env", {}).items()}
        return workplace.run(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"], **self._environment(environment)
        )

    @property
    def summary(self) -> str:
        return self._summary.read_text(encoding="utf-8") if self._summary.exists() else ""

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {
            "RUNNER_TEMP": str(self._folder),
            "GITHUB_ACTION_PATH": str(self._action),
            "GITHUB_STEP_SUMMARY": str(self._summary),
            **pip_settings(),
            **own,
        }

    @staticmethod
    def _filled(text: str, values: Mapping[str, str]) -> str:
        for name, value in values.items():
            text = text.replace(f"${{{{ inputs.{name} }}}}", value)
        assert "${{" not in text
        return text


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the action has installed krmfn."""
    made = Runner(tmp_path_factory.mktemp("runner"))
    finished = made.run("Install krmfn", hosts.Workplace(tmp_path_factory.mktemp("checkout")))
    assert finished.returncode == 0, finished.stderr
    return made


def test_the_action_has_the_steps_that_are_tried() -> None:
    assert [step["name"] for step in load(ROOT / "action.yml")["runs"]["steps"]] == ["Install krmfn", "Check"]


def test_the_action_annotates_and_shows_the_diff(workplace: hosts.Workplace, runner: Runner) -> None:
    workplace.write({"deploy/pod.yaml": POD, "more/pod.yaml": POD, "other/pod.yaml": POD})
    workplace.commit()
    before = runner.summary
    finished = runner.run("Check", workplace, paths="deploy\nmore", flags="--secret regcred")
    assert finished.returncode == 1, finished.stderr
    assert "\n::error file=deploy/pod.yaml,line=6,col=5,title=krmfn image-pull-policy::" in finished.stdout
    assert "file=more/pod.yaml,line=6" in finished.stdout
    assert "other/pod.yaml" not in finished.stdout
    summary = runner.summary
    diff = summary.removeprefix(before).partition("```diff\n")[2].partition("```")[0]
    assert "+++ b/deploy/pod.yaml" in diff
    assert "+  - name: regcred\n" in diff

    (workplace.folder / "fix.patch").write_text(diff, encoding="utf-8")
    workplace.run("git", "apply", "fix.patch").check_returncode()
    again = runner.run("Check", workplace, paths="deploy\nmore", flags="--secret regcred")
    assert (again.returncode, runner.summary) == (0, summary)
    assert "::error" not in again.stdout


def test_no_manifest_ends_the_diff_in_the_summary(workplace: hosts.Workplace, runner: Runner) -> None:
    workplace.write({"pod.yaml": POD.replace("  - name", "  # ````\n  # ``` and `````\n  - name")})
    before = runner.summary
    assert runner.run("Check", workplace).returncode == 1
    added = runner.summary.removeprefix(before)
    fence = added.partition("\n\n")[2].partition("diff\n")[0]
    assert fence == "`" * 8
    assert added.count(fence) == 2
    assert added.endswith(f"\n{fence}\n")


def test_the_action_fails_without_a_diff_where_nothing_can_be_changed(
    workplace: hosts.Workplace, runner: Runner
) -> None:
    workplace.write({"broken.yaml": f"{POD}  - [\n"})
    before = runner.summary
    finished = runner.run("Check", workplace)
    assert (finished.returncode, runner.summary) == (1, before)
    assert finished.stdout.startswith("::error file=broken.yaml")


@pytest.mark.parametrize(
    "file",
    [
        ROOT / "action.yml",
        *sorted((ROOT / ".github" / "workflows").iterdir()),
        EXAMPLES / "ci-github" / "image-pulls.yaml",
        ROOT / "krmfn" / "commands" / "new" / "templates" / "common" / "checks.yaml.txt",
    ],
    ids=lambda file: file.name,
)
def test_actions_are_named_by_their_commits(file: Path) -> None:
    """A tag can be moved; krmfn's own name in the example stands for any."""
    named = re.findall(r"uses: *(\S+)(.*)", file.read_text(encoding="utf-8"))
    for action, comment in named:
        if not action.startswith(("example/krmfn@", "./")):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"the version of {action} is for people"


# GitLab


def test_gitlab_takes_the_job() -> None:
    file = EXAMPLES / "ci-gitlab" / "image-pulls.gitlab-ci.yml"
    assert schema_errors("gitlab-ci", file, "--data-transform", "gitlab-ci") == ""


def test_the_job_reports_and_makes_a_patch(workplace: hosts.Workplace, tmp_path: Path, runner: Runner) -> None:
    (job,) = load(EXAMPLES / "ci-gitlab" / "image-pulls.gitlab-ci.yml").values()
    name = Path(job["variables"]["KRMFN"]).name
    copy = copy_repository(tmp_path / name.removesuffix(".tar.gz"))
    archive = shutil.make_archive(str(copy), "gztar", copy.parent, copy.name)
    assert Path(archive).name == name, "an archive: the image has no git"
    git = tmp_path / "programs" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\necho git: not found >&2\nexit 127\n")
    git.chmod(0o755)
    environment = {
        **pip_settings(),
        # A Python with pip, and krmfn's libraries to be quicker.
        "PATH": os.pathsep.join([str(git.parent), str(runner.programs), hosts.SEARCH_PATH]),
        "KRMFN": archive,
    }
    workplace.write({"deploy/pod.yaml": POD})
    workplace.commit()

    def run_script(*lines: str) -> hosts.Finished:
        return workplace.run("bash", "-eo", "pipefail", "-c", "\n".join(lines), **environment)

    finished = run_script(*job["before_script"], *job["script"])
    assert finished.returncode == 1, finished.stderr
    (patch,), report = job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]
    root = ET.parse(workplace.folder / report).getroot()
    assert root.get("failures") == "1"
    (entry,) = json.loads((workplace.folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert (entry["location"]["path"], entry["severity"]) == ("deploy/pod.yaml", "major")
    assert "git: not found" not in finished.stderr
    workplace.run("git", "apply", patch).check_returncode()
    assert workplace.read()["deploy/pod.yaml"] == FIXED
    assert run_script(*job["script"]).returncode == 0
