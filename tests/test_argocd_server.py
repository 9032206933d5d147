"""krmfn as a plugin of the real Argo CD: its plugin server runs krmfn, and its repo server's code asks for manifests.

`tests/servers/argocd` is both. What `krmfn cmp` does by itself, and in more cases, stands in `test_cmp.py`.
"""

import copy
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import argocd
import helm
import hosts
import pytest
import yaml

EXAMPLE = hosts.REPOSITORY / "examples" / "argocd-plugin"
APPLICATION = yaml.safe_load((EXAMPLE / "application.yaml").read_text())
PLUGIN = yaml.safe_load((EXAMPLE / "plugin.yaml").read_text())
SERVER = "argocd-cmp-server"
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
DISCOVER = {"find": {"command": ["krmfn", "cmp", "discover", "kustomize"]}}


class ArgoCD:
    """A sidecar with a plugin, and the repository of the example's Application."""

    def __init__(self, folder: Path, config: Path, which_helm: str | None) -> None:
        self.workplace = hosts.Workplace(folder)
        self.app = self.workplace.folder / APPLICATION["spec"]["source"]["path"]
        # Not below the folder: the path of a socket may have 107 characters.
        self._sockets = tempfile.TemporaryDirectory(prefix="argocd-")
        self._environment = {
            **self.workplace.environment,
            **(helm.as_helm(self.workplace, which_helm) if which_helm else {}),
            "ARGOCD_PLUGINSOCKFILEPATH": self._sockets.name,
            "ARGOCD_CMP_WORKDIR": str(folder / "tmp"),
            "ARGOCD_CMP_SERVER_LOGFORMAT": "text",
        }
        self._log = folder / "server.log"
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                [self._program, "--config-dir-path", config], env=self._environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + hosts.PATIENCE
        while not any(Path(self._sockets.name).iterdir()):
            assert self._server.poll() is None, self.log
            assert time.monotonic() < deadline
            time.sleep(0.01)

    @property
    def _program(self) -> str:
        program = shutil.which(SERVER, path=hosts.SEARCH_PATH)
        assert program
        return program

    @property
    def log(self) -> str:
        """What the sidecar has logged."""
        return self._log.read_text(encoding="utf-8")

    def ask(self, what: str, *, timeout: str = "60s", **plugin: object) -> hosts.Finished:
        """What the repo server makes of the Application with these keys in `source.plugin`, or without a plugin."""
        application = copy.deepcopy(APPLICATION)
        application["spec"]["source"]["plugin"] = plugin or None
        path = self.workplace.folder.parent / "application.json"
        path.write_text(json.dumps(application))
        return subprocess.run(
            [self._program, what, path, self.workplace.folder, "--timeout", timeout],
            env=self._environment,
            capture_output=True,
            encoding="utf-8",
            timeout=hosts.PATIENCE,
            check=False,
        )

    def stop(self) -> None:
        self._server.kill()
        self._server.wait()
        self._sockets.cleanup()


Start = Callable[..., ArgoCD]
Render = Callable[..., hosts.Finished]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a sidecar with a folder that has a plugin.yaml, or with the keys of a plugin's `spec`; and with a Helm."""
    hosts.require(SERVER)
    running: list[ArgoCD] = []

    def run(config: Path | None = None, which_helm: str | None = None, **spec: object) -> ArgoCD:
        if config is None:
            config = tmp_path / "config"
            config.mkdir()
            plugin = {**PLUGIN, "spec": PLUGIN["spec"] | spec}
            (config / "plugin.yaml").write_text(yaml.safe_dump(plugin))
        running.append(ArgoCD(tmp_path, config, which_helm))
        return running[0]

    yield run
    for sidecar in running:
        sidecar.stop()


@pytest.fixture
def render(start: Start) -> Render:
    """Renders the Application with a plugin that runs this command through `krmfn cmp generate`."""

    def run(
        *command: str, files: Mapping[str, str] | None = None, timeout: str = "60s", **plugin: object
    ) -> hosts.Finished:
        sidecar = start(generate={"command": ["krmfn", "cmp", "generate", *command]})
        sidecar.workplace.write({f"app/{name}": text for name, text in (files or {"a.yaml": POD}).items()})
        return sidecar.ask("render", timeout=timeout, **({"name": "krmfn-kustomize"} | plugin))

    return run


def prints(text: str) -> list[str]:
    return ["--", "printf", "%s", text]


def manifests(finished: hosts.Finished) -> list[dict[str, Any]]:
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = json.loads(finished.stdout)
    return found


def shown(finished: hosts.Finished) -> str:
    """The message that Argo CD shows behind the command that it ran."""
    assert finished.returncode == 1
    assert finished.stdout == ""
    intro, _, message = finished.stderr.partition("` failed ")
    assert 'CMP processing failed for application "shop"' in intro
    assert message, finished.stderr
    return message.partition("\nError: ")[0].strip()


# The example, as it stands


def test_example_is_rendered_as_it_says(start: Start) -> None:
    hosts.require("kustomize")
    sidecar = start(EXAMPLE)
    shutil.copytree(EXAMPLE / "app", sidecar.app)
    finished = sidecar.ask("render", **APPLICATION["spec"]["source"]["plugin"])
    expected = list(yaml.safe_load_all((EXAMPLE / ".expected" / "output.yaml").read_text()))
    assert manifests(finished) == expected


def test_example_announces_its_parameters_and_takes_them_back(start: Start) -> None:
    hosts.require("kustomize")
    sidecar = start(EXAMPLE)
    shutil.copytree(EXAMPLE / "app", sidecar.app)
    announced = manifests(sidecar.ask("parameters", name="krmfn-kustomize"))
    assert [(parameter["name"], parameter["itemType"], parameter["collectionType"]) for parameter in announced] == [
        ("imagePullSecrets", "string", "array"),
        ("imagePullPolicy", "string", "string"),
        ("overwrite", "string", "string"),
        ("renamedSecrets", "string", "string"),
    ]
    assert all(parameter["title"] and parameter["tooltip"] for parameter in announced)
    # As the UI sends a form that nobody has filled in.
    values = [{key: p[key] for key in ("name", "string", "array") if key in p} for p in announced]
    unset = sidecar.ask("render", name="krmfn-kustomize")
    assert manifests(sidecar.ask("render", name="krmfn-kustomize", parameters=values)) == manifests(unset)


def test_variables_and_parameters_of_the_application_arrive(render: Render) -> None:
    finished = render(
        *("--secret", "one", *prints(POD)),
        parameters=[{"name": "imagePullSecrets", "array": ["two"]}],
        env=[{"name": "KRMFN_IMAGE_PULL_POLICY", "value": "Never"}],
    )
    (pod,) = manifests(finished)
    assert pod["spec"]["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Never"


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"name": "imagePullSecret", "string": "x"}, "unknown parameter `imagePullSecret`, did you mean `imagePullS"),
        ({"name": "imagePullPolicy", "string": "Alwys"}, "parameter `imagePullPolicy` is 'Alwys', did you mean `Alw"),
        ({"name": "overwrite", "map": {"hunter2": "x"}}, "parameter `overwrite` must be a string"),
    ],
    ids=["unknown", "wrong", "of-another-type"],
)
def test_wrong_parameter_is_named(render: Render, parameter: dict[str, object], message: str) -> None:
    said = shown(render(*prints(POD), parameters=[parameter]))
    assert said.startswith(f"exit status 1: error: {message}")
    assert "hunter2" not in said


def test_example_for_helm_is_rendered_with_the_values_of_its_application(start: Start) -> None:
    example = EXAMPLE.parent / "argocd-helm"
    application = yaml.safe_load((example / "application.yaml").read_text())
    sidecar = start(example, helm.HELM_3)
    shutil.copytree(example / "app", sidecar.app)
    plugin = application["spec"]["source"]["plugin"]
    deployment, job = manifests(sidecar.ask("render", **plugin))
    assert deployment["metadata"] == {"name": "shop-web", "namespace": "shop"}
    pods = [manifest["spec"]["template"]["spec"] for manifest in (deployment, job)]
    assert [pod["imagePullSecrets"] for pod in pods] == [[{"name": "regcred"}]] * 2
    # The value of the Application wins over its value file, and that over the chart's own.
    assert [c["image"].rpartition("/")[2] for pod in pods for c in pod["containers"]] == [
        *("web:3.0", "cache", "migrate:3.0"),
    ]
    files_only = [parameter for parameter in plugin["parameters"] if parameter["name"] != "helm-parameters"]
    (container, _) = manifests(sidecar.ask("render", name="krmfn-helm", parameters=files_only))[0]["spec"]["template"][
        "spec"
    ]["containers"]
    assert container["image"].endswith("/web:2.9")


def test_example_for_helm_announces_its_parameters_and_takes_them_back(start: Start) -> None:
    example = EXAMPLE.parent / "argocd-helm"
    sidecar = start(example, helm.HELM_3)
    shutil.copytree(example / "app", sidecar.app)
    announced = manifests(sidecar.ask("parameters", name="krmfn-helm"))
    assert [(parameter["name"], parameter["collectionType"]) for parameter in announced[-2:]] == [
        ("values-files", "array"),
        ("helm-parameters", "map"),
    ]
    values = [{key: p[key] for key in ("name", "string", "array", "map") if key in p} for p in announced]
    unset = sidecar.ask("render", name="krmfn-helm")
    assert manifests(sidecar.ask("render", name="krmfn-helm", parameters=values)) == manifests(unset)


def test_value_file_out_of_the_repository_is_refused(start: Start) -> None:
    sidecar = start(EXAMPLE.parent / "argocd-helm")
    shutil.copytree(EXAMPLE.parent / "argocd-helm" / "app", sidecar.app)
    sidecar.workplace.write({"values/shop.yaml": "web: {tag: '4'}\n"})
    for file in ("/etc/passwd", "../../outside.yaml", "https://example.com/values.yaml"):
        parameters = [{"name": "values-files", "array": [file]}]
        said = shown(sidecar.ask("render", name="krmfn-helm", parameters=parameters))
        assert said.startswith(
            f"exit status 1: error: parameter `values-files`: {file} must be a file in the repository"
        )


def test_parameter_of_another_tool_beside_ours_is_no_error(render: Render) -> None:
    parameters = [{"name": "values-files", "array": ["a"]}, {"name": "imagePullSecrets", "array": ["regcred"]}]
    (pod,) = manifests(render(*prints(POD), parameters=parameters))
    assert pod["spec"]["imagePullSecrets"] == [{"name": "regcred"}]


# What the command prints


def test_list_of_the_command_is_unpacked_with_image_pulls(render: Render) -> None:
    item = "- " + POD.replace("\n", "\n  ").rstrip() + "\n"
    found = manifests(render(*prints(f"apiVersion: v1\nkind: List\nitems:\n{item}{item}")))
    assert [pod["spec"]["containers"][0]["imagePullPolicy"] for pod in found] == ["Always"] * 2


def test_internal_annotations_do_not_reach_argo_cd(render: Render) -> None:
    annotations = "  annotations: {config.kubernetes.io/index: '0', internal.config.kubernetes.io/path: a.yaml}\n"
    (pod,) = manifests(render(*prints(POD.replace("  name: a\n", "  name: a\n" + annotations, 1))))
    assert pod["metadata"] == {"name": "a"}


def test_package_of_kpt_reaches_argo_cd_without_what_is_for_kpt_only(render: Render) -> None:
    hosts.require("kpt")
    local = "metadata:\n  name: {}\n  annotations:\n    config.kubernetes.io/local-config: 'true'\n"
    kptfile = "apiVersion: kpt.dev/v1\nkind: Kptfile\n" + local.format("shop")
    settings = "apiVersion: v1\nkind: ConfigMap\n" + local.format("settings") + "data: {a: b}\n"
    files = {"Kptfile": kptfile, "settings.yaml": settings, "pod.yaml": POD}
    (pod,) = manifests(render("--", "kpt", "fn", "render", "-o", "unwrap", files=files))
    assert pod["metadata"] == {"name": "a"}
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def test_tens_of_megabytes_arrive(render: Render) -> None:
    program = f"""
big = 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: c%d\\ndata:\\n  text: ' + 'x' * 1_000_000 + '\\n'
print('---\\n'.join([*(big % i for i in range(30)), {POD!r}]))
"""
    *config_maps, pod = manifests(render("--", sys.executable, "-c", program))
    assert sum(len(config_map["data"]["text"]) for config_map in config_maps) == 30_000_000
    assert pod["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def test_failing_command_shows_its_own_words_and_krmfns(render: Render) -> None:
    script = f"printf %s {shlex.quote(POD)}; echo no such chart >&2; exit 3"
    said = shown(render("--", "sh", "-c", script))
    assert said == "exit status 1: no such chart\nerror: sh failed with exit code 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cat printed nothing: Argo CD would delete all resources of the application"),
        ("# nothing\n---\n", "the output of cat has no manifests: Argo CD would delete all resources of the"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "the output of cat has no manifests: Argo CD would"),
        ("panic: [hunter2", "the output of cat: not YAML: "),
        (f"{POD}---\nhunter2\n", "the output of cat: expected an object with apiVersion and kind here (document 2"),
        (f"{SECRET}  x: [", "the output of cat: not YAML: "),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []", "the output of cat: a ResourceList"),
    ],
    ids=["nothing", "only-comments", "empty-list", "panic", "text-behind-manifests", "half-a-secret", "resource-list"],
)
def test_output_that_is_no_manifests_fails_and_is_not_quoted(render: Render, text: str, message: str) -> None:
    said = shown(render("--", "cat", "out.txt", files={"out.txt": text}))
    assert said.startswith(f"exit status 1: error: {message}")
    assert "\n" not in said
    assert "hunter2" not in said


# How it is run


def test_files_of_the_repository_are_not_executable_and_no_shell_reads_the_arguments(start: Start) -> None:
    sidecar = start(generate={"command": ["krmfn", "cmp", "generate"], "args": ["--", "./render.sh", "$HOME; exit 7"]})
    sidecar.workplace.write({"app/render.sh": f"#!/bin/sh\nprintf %s {shlex.quote(POD)}\n"})
    (sidecar.app / "render.sh").chmod(0o755)
    said = shown(sidecar.ask("render", name="krmfn-kustomize"))
    assert said == "exit status 1: error: ./render.sh cannot be run: Permission denied"


def test_timeout_ends_the_command_with_all_that_it_started(render: Render, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"exec 2>/dev/null; sleep 3600 & echo $! $$ >{shlex.quote(str(pids))}; printf %s {shlex.quote(POD)}; wait"
    finished = render("--", "sh", "-c", script, timeout="2s")
    assert finished.returncode == 1
    assert finished.stdout == ""
    found = [int(pid) for pid in pids.read_text().split()]
    assert len(found) == 2
    assert all(argocd.ends(pid) for pid in found)


def test_warnings_go_to_the_log_of_the_sidecar(start: Start) -> None:
    sidecar = start(generate={"command": ["krmfn", "cmp", "generate", "--secret", "regcred"]})
    sidecar.workplace.write({"app/a.yaml": POD + "  serviceAccountName: builder\n"})
    assert manifests(sidecar.ask("render", name="krmfn-kustomize"))
    assert "warning: the folder: Pod a: spec: ServiceAccount builder is not in the input" in sidecar.log


# Discovery


def test_kustomization_is_discovered_where_no_application_names_the_plugin(start: Start) -> None:
    hosts.require("kustomize")
    sidecar = start(discover=DISCOVER)
    shutil.copytree(EXAMPLE / "app", sidecar.app)
    deployment, _ = manifests(sidecar.ask("render"))
    assert deployment["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] == "Always"
    assert "krmfn cmp discover kustomize" in sidecar.log


def test_folder_without_a_kustomization_is_left_to_argo_cd(start: Start) -> None:
    sidecar = start(discover=DISCOVER)
    sidecar.workplace.write({"app/a.yaml": POD})
    (pod,) = manifests(sidecar.ask("render"))
    assert "imagePullPolicy" not in pod["spec"]["containers"][0]
    assert "krmfn cmp discover kustomize" in sidecar.log
