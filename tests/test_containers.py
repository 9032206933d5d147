"""The images as they are built and run: by themselves in all restrictions, and by the hosts that run containers."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import containers
import helm
import hosts
import pytest
import yaml
from containers import Images
from hosts import Workplace

from krmfn import run

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

from bench.inputs import deployments, resource_lists

EXAMPLES = hosts.REPOSITORY / "examples"
LITTLE = ("--memory=16m", "--memory-swap=16m")
"""Less than krmfn needs for what is below. Without the second flag it gets as much again where the machine swaps."""
RESOURCES = resource_lists.IMAGE_PULL + "items:\n" + "".join(deployments.deployments(500))
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx}]}\n"
MISSPELT = POD.replace("image: nginx", "image: nginx, imagePullPolicy: Allways")
SAYS = "spec.containers[0].imagePullPolicy: imagePullPolicy 'Allways' is not one of Always, IfNotPresent, Never"
PULLED = POD.replace("image: nginx", "image: nginx, imagePullPolicy: Always")
SIDECAR = yaml.safe_load((EXAMPLES / "argocd-plugin" / "sidecar.yaml").read_text())["spec"]["template"]["spec"]
# Python says of each module where its code came from.
VERBOSE = ("--env", "PYTHONVERBOSE=1")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def resource_list(item: str) -> str:
    """A ResourceList of one item in flow style, with settings."""
    settings = (
        "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {imagePullSecrets: regcred}}"
    )
    head = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{settings}\nitems:\n"
    return head + "- " + "  ".join(item.splitlines(keepends=True))


def config(images: Images, image: str) -> dict[str, Any]:
    """What the hosts learn from the image itself."""
    inspected = subprocess.run(
        ["podman", "image", "inspect", getattr(images, image)],
        env={"PATH": hosts.SEARCH_PATH, "HOME": str(Path.home()), **containers.ENVIRONMENT},
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(inspected.stdout)[0]["Config"]
    return found


# The image by itself


@pytest.mark.parametrize("user", ["nobody", "999"])
def test_500_resources_come_out_as_from_the_library(images: Images, workplace: Workplace, user: str) -> None:
    finished = containers.run(workplace, images.function, options=["--user", user], stdin=RESOURCES)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == run(RESOURCES.encode()).output.decode()
    assert finished.stdout.count("imagePullPolicy: ") == 1000
    assert finished.stdout.count("\n        imagePullSecrets:\n        - name: regcred\n") == 500


def test_error_exits_with_1_and_a_resource_list_that_is_as_it_was(images: Images, workplace: Workplace) -> None:
    finished = containers.run(workplace, images.function, stdin=resource_list(MISSPELT))
    assert finished.returncode == 1
    assert finished.stdout.startswith(resource_list(MISSPELT))
    assert yaml.safe_load(finished.stdout)["results"][0]["severity"] == "error"
    assert finished.stderr.startswith(f"error: Pod web: {SAYS}")


def test_input_that_is_no_yaml_exits_with_1_and_a_message(images: Images, workplace: Workplace) -> None:
    finished = containers.run(workplace, images.function, stdin="kind: [")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith("error: ")


@pytest.mark.parametrize(("image", "user"), [("function", "65534:65534"), ("argocd", "999:999")])
def test_config_of_the_image(images: Images, image: str, user: str) -> None:
    """Porch runs the entry point without a shell; `runAsNonRoot` needs the user as a number."""
    found = config(images, image)
    assert found["Entrypoint"] == ["/opt/krmfn/bin/krmfn"]
    assert not found.get("Cmd")
    assert found["User"] == user
    labels = found["Labels"]
    assert labels["org.opencontainers.image.title"] == "krmfn"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == "dev"
    assert labels["org.opencontainers.image.description"]
    assert labels.get("dev.krmfn.kustomize") == ("localhost/krmfn-kustomize:dev" if image == "argocd" else None)


def test_what_pip_was_told_to_reach_its_index_is_in_no_layer(images: Images, workplace: Workplace) -> None:
    look = "import os; print([p for p in ('/etc/pip.conf', '/run/secrets') if os.path.exists(p)], *os.environ)"
    finished = containers.run(workplace, images.argocd, "-c", look, options=["--entrypoint", "python3"])
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("[] ")
    assert "PIP_" not in finished.stdout


def test_version_says_that_it_is_in_a_container(images: Images, workplace: Workplace) -> None:
    finished = containers.run(workplace, images.function, "--version")
    assert (finished.returncode, finished.stdout) == (0, f"krmfn {version('krmfn')} (container)\n"), finished.stderr


def test_no_shell_is_needed(images: Images, workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    shells = [f"--volume={tmp_path}/empty:/usr/bin/{shell}:ro" for shell in ("dash", "bash")]
    without = containers.run(workplace, images.function, "-c", ":", options=[*shells, "--entrypoint", "/bin/sh"])
    assert without.returncode != 0
    finished = containers.run(workplace, images.function, options=shells, stdin=POD)
    assert (finished.returncode, finished.stdout) == (0, PULLED), finished.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        pytest.param((), RESOURCES, id="resource-list"),
        pytest.param(("--secret", "regcred"), POD, id="stream"),
        pytest.param((), MISSPELT, id="error"),
        pytest.param(("check",), POD, id="check"),
        pytest.param(("cmp", "generate", "--", "cat", "/app/report.yaml"), "", id="cmp-generate"),
        pytest.param(("cmp", "parameters"), "", id="cmp-parameters"),
        pytest.param(("kinds",), "", id="kinds"),
        pytest.param(("--help",), "", id="help"),
        pytest.param(("--version",), "", id="version"),
    ],
)
def test_nothing_is_compiled_at_the_start(
    images: Images, workplace: Workplace, arguments: tuple[str, ...], stdin: str
) -> None:
    app = f"--volume={EXAMPLES}/argocd-plugin/app:/app:ro"
    finished = containers.run(workplace, images.function, *arguments, options=[*VERBOSE, app], stdin=stdin)
    loaded = [line for line in finished.stderr.splitlines() if line.startswith("# code object from ")]
    assert [line for line in loaded if "/cli.cpython-" in line]
    assert [line for line in loaded if ".pyc" not in line] == []


def test_killed_container_is_no_success(images: Images, workplace: Workplace) -> None:
    finished = containers.run(workplace, images.function, options=LITTLE, stdin=RESOURCES)
    assert (finished.returncode, finished.stdout) == (137, "")


# The sidecar


def sidecar(images: Images, workplace: Workplace, *command: str) -> hosts.Finished:
    """A command in the sidecar of the example: as its user, on its variables, with a temporary folder and the app."""
    [container] = SIDECAR["containers"]
    variables = [f"--env={variable['name']}={variable['value']}" for variable in container["env"]]
    user = f"--user={container['securityContext']['runAsUser']}"
    options = [user, *variables, "--tmpfs=/tmp", f"--volume={EXAMPLES}/argocd-plugin/app:/app:ro", "--workdir=/app"]
    return containers.run(workplace, images.argocd, *command[1:], options=[*options, f"--entrypoint={command[0]}"])


def test_sidecar_for_helm_renders_a_chart_and_a_kustomization_with_one(images: Images, workplace: Workplace) -> None:
    hosts.require(helm.HELM_3)
    example = EXAMPLES / "argocd-helm"
    [container] = yaml.safe_load((example / "sidecar.yaml").read_text())["spec"]["template"]["spec"]["containers"]
    variables = [f"--env={variable['name']}={variable['value']}" for variable in container["env"]]
    command = yaml.safe_load((example / "plugin.yaml").read_text())["spec"]["generate"]
    # Without kustomize's function: the sidecar's krmfn is what makes the image pulls explicit.
    kustomization = workplace.folder / "kustomization"
    shutil.copytree(EXAMPLES / "kustomize-helm", kustomization)
    file = kustomization / "kustomization.yaml"
    file.write_text(file.read_text().replace("transformers:\n- image-pull.yaml\n", ""))

    def rendered(folder: Path, *line: str) -> list[dict[str, Any]]:
        volume = (f"--volume={folder}:/app:ro", "--workdir=/app", "--tmpfs=/tmp")
        more = (*volume, *variables, "--env=ARGOCD_APP_NAME=shop", "--user=999", f"--entrypoint={line[0]}")
        finished = containers.run(workplace, images.argocd_helm, *line[1:], options=more)
        assert finished.returncode == 0, finished.stderr
        return list(yaml.safe_load_all(finished.stdout))

    chart = rendered(example / "app", *command["command"], *command["args"])
    assert [manifest["metadata"]["name"] for manifest in chart] == ["shop-web", "shop-migrate"]
    build = ("kustomize", "build", "--enable-helm", ".")
    built = rendered(kustomization, "krmfn", "cmp", "generate", "--secret=regcred", "--", *build)
    assert built == list(yaml.safe_load_all((EXAMPLES / "kustomize-helm" / ".expected" / "output.yaml").read_text()))


def test_sidecar_renders_the_app_of_the_example(images: Images, workplace: Workplace) -> None:
    command = ("krmfn", "cmp", "generate", "--secret", "regcred", "--", "kustomize", "build", ".")
    finished = sidecar(images, workplace, *command)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == (EXAMPLES / "argocd-plugin" / ".expected" / "output.yaml").read_text()


def test_sidecar_fails_when_kustomize_does(images: Images, workplace: Workplace) -> None:
    finished = sidecar(images, workplace, "krmfn", "cmp", "generate", "--", "kustomize", "build", "nowhere")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "nowhere" in finished.stderr
    assert "Traceback" not in finished.stderr


# The hosts


PODS = "---\n".join(POD.replace("name: web}", f"name: web-{number}}}") for number in range(2000))
KUSTOMIZE = [
    pytest.param(("kustomize", "build", "--enable-alpha-plugins", "."), id="kustomize"),
    pytest.param(("kubectl", "kustomize", "--enable-alpha-plugins", "."), id="kubectl"),
]


def kustomization(images: Images, pod: str) -> dict[str, str]:
    annotation = f"{{config.kubernetes.io/function: 'container: {{image: {images.function}}}'}}"
    return {
        "kustomization.yaml": "resources: [pod.yaml]\ntransformers: [pull.yaml]\n",
        "pod.yaml": pod,
        "pull.yaml": "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\n"
        f"metadata: {{name: image-pull, annotations: {annotation}}}\nspec: {{pullSecrets: [{{name: regcred}}]}}\n",
    }


@pytest.mark.parametrize("command", KUSTOMIZE)
def test_kustomize_builds_with_the_image_what_it_builds_with_the_program(
    images: Images, workplace: Workplace, command: tuple[str, ...]
) -> None:
    hosts.require(command[0])
    example = EXAMPLES / "kustomize-exec"
    shutil.copytree(example, workplace.folder, dirs_exist_ok=True)
    file = workplace.folder / "prod" / "image-pull.yaml"
    file.write_text(file.read_text().replace("exec: {path: krmfn}", f"container: {{image: {images.function}}}"))
    finished = workplace.run(*command[:-1], "prod", **containers.docker(workplace))
    assert (finished.returncode, finished.stdout) == (0, (example / ".expected" / "output.yaml").read_text())


@pytest.mark.parametrize("command", KUSTOMIZE)
def test_kustomize_fails_on_an_error_and_shows_it(
    images: Images, workplace: Workplace, command: tuple[str, ...]
) -> None:
    hosts.require(command[0])
    workplace.write(kustomization(images, MISSPELT))
    finished = workplace.run(*command, **containers.docker(workplace))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert f"error: Pod web: {SAYS}" in finished.stderr


@pytest.mark.parametrize("command", KUSTOMIZE)
def test_kustomize_fails_when_the_container_is_killed(
    images: Images, workplace: Workplace, command: tuple[str, ...]
) -> None:
    hosts.require(command[0])
    workplace.write(kustomization(images, PODS))
    finished = workplace.run(*command, **containers.docker(workplace, *LITTLE))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "exit status 137" in finished.stderr


def evaluate(images: Images, workplace: Workplace, *options: str) -> hosts.Finished:
    """Have kpt run the image on a folder with one file."""
    hosts.require("kpt")
    workplace.commit()
    command = ("kpt", "fn", "eval", "--image", images.function, "--image-pull-policy", "never")
    return workplace.run(*command, "--", "imagePullSecrets=regcred", **containers.docker(workplace, *options))


def test_kpt_evaluates_with_the_image_as_with_the_program(images: Images, workplace: Workplace) -> None:
    workplace.write({"pod.yaml": POD})
    finished = evaluate(images, workplace)
    assert finished.returncode == 0, finished.stderr
    by_image = workplace.read()
    workplace.write({"pod.yaml": POD})
    workplace.run("kpt", "fn", "eval", "--exec", "krmfn", "--", "imagePullSecrets=regcred").check_returncode()
    assert by_image == workplace.read()
    assert "imagePullPolicy: Always" in by_image["pod.yaml"]


@pytest.mark.parametrize(
    ("pod", "options", "says"),
    [
        pytest.param(MISSPELT, (), f"Pod web: {SAYS}", id="error"),
        pytest.param(PODS, LITTLE, "Exit code: 137", id="killed"),
    ],
)
def test_kpt_fails_and_leaves_the_file_as_it_was(
    images: Images, workplace: Workplace, pod: str, options: tuple[str, ...], says: str
) -> None:
    workplace.write({"pod.yaml": pod})
    finished = evaluate(images, workplace, *options)
    assert finished.returncode == 1
    assert says in finished.stderr
    assert workplace.read()["pod.yaml"] == pod
