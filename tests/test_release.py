"""The release workflow, as far as it can be held against the repository without running it."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hosts
import pytest
from test_metadata import SOURCE
from test_workflows import FOLDER, MADE, file, load, targets

WORKFLOW = load(FOLDER / "release.yaml")
JOBS: dict[str, Any] = WORKFLOW["jobs"]


def test_only_a_tag_starts_it() -> None:
    assert list(WORKFLOW["on"]) == ["push"]
    assert list(WORKFLOW["on"]["push"]) == ["tags"]


def run_step(name: str, variables: Mapping[str, str], folder: Path = hosts.REPOSITORY) -> hosts.Finished:
    """Run a step of the job `build`, as GitHub does."""
    (script,) = [step["run"] for step in JOBS["build"]["steps"] if step.get("name") == name]
    command = ["bash", "--noprofile", "--norc", "-e", "-c", script]
    environment = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("owner", "code"), [("", 0), ("a-fork-of-", 1)])
def test_a_release_of_another_repository_than_the_named_one_stops(owner: str, code: int) -> None:
    server, _, repository = SOURCE.partition("github.com/")
    variables = {"GITHUB_SERVER_URL": f"{server}github.com", "GITHUB_REPOSITORY": owner + repository}
    finished = run_step("The repository is the one that pyproject.toml names", variables)
    assert finished.returncode == code, finished.stdout
    assert ("::error file=pyproject.toml::" in finished.stdout) == bool(code)


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("krmfn 1.2.3 (commit COMMIT, one-file archive)", 0),
        ("krmfn 1.2.3 (commit COMMIT with changes, one-file archive)", 1),
        ("krmfn 1.2.3 (commit 00000000, one-file archive)", 1),
        ("krmfn 1.2.4 (commit COMMIT, one-file archive)", 1),
        ("krmfn 1.2.3 (one-file archive)", 1),
    ],
)
def test_an_archive_of_another_commit_stops_the_release(tmp_path: Path, says: str, code: int) -> None:
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"file": ""})
    workplace.commit()
    commit = workplace.run("git", "rev-parse", "HEAD").stdout
    workplace.write({"dist/krmfn.pyz": f"#!/bin/sh\necho '{says.replace('COMMIT', commit[:8])}'\n"})
    (workplace.folder / "dist" / "krmfn.pyz").chmod(0o755)
    (name,) = [step["name"] for step in JOBS["build"]["steps"] if step.get("name", "").startswith("The archive is of")]
    variables = {"GITHUB_REF_NAME": "v1.2.3", "RUNNER_TEMP": str(tmp_path)}
    assert run_step(name, variables, workplace.folder).returncode == code


def test_images_say_their_commit() -> None:
    (build,) = [step["with"] for step in JOBS["image"]["steps"] if "build-push" in step.get("uses", "")]
    assert "COMMIT=${{ github.sha }}" in build["build-args"].splitlines()


def test_pypi_would_take_what_a_release_has() -> None:
    commands = [step.get("run", "") for step in JOBS["build"]["steps"]]
    made, checked = (
        next(number for number, command in enumerate(commands) if wanted in targets(command))
        for wanted in ("sdist", "check-dist")
    )
    assert made < checked


def test_what_is_run_has_been_made_before() -> None:
    commands = [step.get("run", "") for step in JOBS["build"]["steps"]]
    for path, target in MADE.items():
        users = [number for number, command in enumerate(commands) if re.search(rf"(?<!\S){re.escape(path)}", command)]
        makers = [number for number, command in enumerate(commands) if target in targets(command)]
        assert users
        assert makers
        assert min(makers) < min(users)


def test_images_are_made_of_stages_of_the_dockerfile() -> None:
    stages = re.findall(r"^FROM \S+ AS ([\w-]+)$", file("Dockerfile"), re.MULTILINE)
    wanted = [row["target"] for row in JOBS["image"]["strategy"]["matrix"]["include"]]
    assert wanted == ["function", "argocd", "argocd-helm"]
    assert set(wanted) <= set(stages)
    (build,) = [step["with"] for step in JOBS["image"]["steps"] if "build-push" in step.get("uses", "")]
    for argument in re.findall(r"(\w+)=", build["build-args"]):
        assert re.search(rf"^ARG {argument}\b", file("Dockerfile"), re.MULTILINE), argument
    assert (build["sbom"].partition("=")[0], build["provenance"]) == ("generator", "mode=max")


PINNED_IMAGE = re.compile(r"docker\.io/[\w./-]+:[\w.-]*\d[\w.-]*@sha256:[0-9a-f]{64}")
"""An image by its digest, with the version that this is."""


def test_what_builds_is_pinned() -> None:
    inputs: dict[str, dict[str, str]] = {}
    for job in JOBS.values():
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"])
        for step in job["steps"]:
            if action := step.get("uses", "").partition("@")[0]:
                inputs[action] = step.get("with", {})
    assert re.fullmatch(r"\d+\.\d+\.\d+", inputs["actions/setup-python"]["python-version"])
    assert re.fullmatch(r"v\d+\.\d+\.\d+", inputs["docker/setup-buildx-action"]["version"])
    for image in (
        inputs["docker/setup-qemu-action"]["image"],
        inputs["docker/setup-buildx-action"]["driver-opts"].removeprefix("image="),
        inputs["docker/build-push-action"]["sbom"].removeprefix("generator="),
    ):
        assert PINNED_IMAGE.fullmatch(image), image


TAGS = dict(re.findall(r"^ARG (BASE|KUSTOMIZE|HELM)=(\S+)$", file("Dockerfile"), re.MULTILINE))
DIGESTS = {name: f"sha256:{digit * 64}" for name, digit in (("BASE", "b"), ("KUSTOMIZE", "c"), ("HELM", "d"))}
"""What a registry could answer."""
PINS = {**TAGS, **{f"{name}_DIGEST": digest for name, digest in DIGESTS.items()}}
"""What the step `pins` says then."""


def pin(folder: Path, digests: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Run the step that asks for digests, with a `docker` that answers from a table."""
    [step] = [step for step in JOBS["image"]["steps"] if step.get("id") == "pins"]
    answers = "".join(f"  {image}) echo '\"{digest}\"' ;;\n" for image, digest in digests.items())
    docker = folder / "docker"
    # docker buildx imagetools inspect IMAGE --format …
    docker.write_text(f'#!/bin/sh\ncase "$4" in\n{answers}  *) echo "$4: not found" >&2; exit 1 ;;\nesac\n')
    docker.chmod(0o755)
    output = folder / "output"
    output.touch()
    # As GitHub runs `shell: bash`.
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "GITHUB_OUTPUT": str(output)}
    done = subprocess.run(command, cwd=hosts.REPOSITORY, env=environment, capture_output=True, check=False)
    return done.returncode, dict(line.split("=", 1) for line in output.read_text().splitlines())


def test_images_are_made_on_the_digests_that_the_tags_of_the_dockerfile_have(tmp_path: Path) -> None:
    assert set(TAGS) == set(DIGESTS)
    assert pin(tmp_path, {TAGS[name]: digest for name, digest in DIGESTS.items()}) == (0, PINS)
    (names,) = [step["with"] for step in JOBS["image"]["steps"] if step.get("id") == "names"]
    (build,) = [step["with"] for step in JOBS["image"]["steps"] if "build-push" in step.get("uses", "")]
    arguments = dict(line.split("=", 1) for line in filled(build["build-args"]).splitlines())
    assert {name: arguments[name] for name in TAGS} == {name: f"{TAGS[name]}@{DIGESTS[name]}" for name in TAGS}
    assert dict(line.split("=", 1) for line in filled(names["labels"]).splitlines()) == {
        "org.opencontainers.image.base.name": TAGS["BASE"],
        "org.opencontainers.image.base.digest": DIGESTS["BASE"],
    }
    assert build["labels"] == "${{ steps.names.outputs.labels }}"


def test_helm_of_the_image_is_the_one_that_tests_run() -> None:
    assert f"helm.sh/helm/v3 v{TAGS['HELM'].rpartition(':')[2]} " in file("tests/servers/helm/go.mod")


def filled(text: str) -> str:
    """The text with what the step has found out."""
    return re.sub(r"\$\{\{ steps\.pins\.outputs\.(\w+) \}\}", lambda match: PINS[match[1]], text)


@pytest.mark.parametrize("digest", ["", "Name: python", "sha256:1234"], ids=["none", "text", "short"])
def test_answer_that_is_no_digest_ends_the_release(tmp_path: Path, digest: str) -> None:
    assert pin(tmp_path, {**{TAGS[name]: DIGESTS[name] for name in TAGS}, TAGS["KUSTOMIZE"]: digest})[0] != 0


def test_registry_that_does_not_answer_ends_the_release(tmp_path: Path) -> None:
    assert pin(tmp_path, {})[0] != 0


def test_jobs_have_no_more_rights_than_they_need() -> None:
    may_write = {
        name: sorted(right for right, level in job["permissions"].items() if level == "write")
        for name, job in JOBS.items()
    }
    assert may_write == {
        "build": [],
        "image": ["attestations", "id-token", "packages"],
        "publish": ["attestations", "contents", "id-token"],
    }


@pytest.mark.parametrize("job", ["image", "publish"])
def test_what_leaves_is_signed(job: str) -> None:
    assert any(step.get("uses", "").startswith("actions/attest-build-provenance@") for step in JOBS[job]["steps"])
