"""What Argo CD does with a config-management plugin: reads its file, runs its commands, decodes what they print.

As its plugin server does: the app in a fresh folder with no file executable, no shell, a process group of its own, the
environment of the sidecar and what is added to it.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hosts
import yaml

Command = Sequence[str]
PIPE = subprocess.PIPE
_NONE: Mapping[str, str] = {}
_PLUGIN_KEYS = {"version", "init", "generate", "discover", "parameters", "preserveFileMode", "provideGitCreds"}
_ANNOUNCEMENT_KEYS = {
    *("name", "title", "tooltip", "required", "itemType", "collectionType"),
    *("string", "array", "map"),
}
_INTERNAL = re.compile(r"internal\.config\.kubernetes\.io/.*|config\.kubernetes\.io/(index|path|id)|config\.k8s\.io/id")


def read_plugin(path: Path) -> dict[str, Any]:
    """The spec of a plugin, checked as the plugin server checks it when it starts."""
    plugin = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (plugin["apiVersion"], plugin["kind"]) == ("argoproj.io/v1alpha1", "ConfigManagementPlugin")
    assert plugin["metadata"]["name"]
    spec: dict[str, Any] = plugin["spec"]
    assert set(spec) <= _PLUGIN_KEYS
    assert spec["generate"]["command"]
    return spec


def arguments(command: Mapping[str, Sequence[str]]) -> list[str]:
    return [*command["command"], *command.get("args", ())]


@dataclass(frozen=True)
class App:
    """The folder of an Application in the plugin's sidecar."""

    workplace: hosts.Workplace

    def check_out(self, source: Path) -> None:
        """Take the files of the Application over, as they arrive over the wire."""
        shutil.copytree(source, self.workplace.folder, dirs_exist_ok=True)
        for path in self.workplace.folder.rglob("*"):
            if path.is_file():
                path.chmod(0o644)

    def start(
        self, command: Command, parameters: object = None, variables: Mapping[str, str] = _NONE, stdout: int = PIPE
    ) -> subprocess.Popen[bytes]:
        """Start a command of the plugin, with the parameters and variables that the Application sets."""
        environment = {
            **self.workplace.environment,
            "ARGOCD_APP_NAME": "shop",
            "ARGOCD_APP_NAMESPACE": "demo",
            "ARGOCD_APP_PROJECT_NAME": "default",
            "ARGOCD_APP_REVISION": "0" * 40,
            "ARGOCD_APP_SOURCE_PATH": "app",
            "ARGOCD_APP_SOURCE_REPO_URL": "https://git.example.com/shop.git",
            "ARGOCD_APP_SOURCE_TARGET_REVISION": "main",
            "ARGOCD_APP_PARAMETERS": parameters if isinstance(parameters, str) else json.dumps(parameters),
            "KUBE_VERSION": "1.32",
            "KUBE_API_VERSIONS": "v1,apps/v1",
            **{f"ARGOCD_ENV_{name}": value for name, value in variables.items()},
        }
        return subprocess.Popen(
            command,
            cwd=self.workplace.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def run(self, command: Command, parameters: object = None, variables: Mapping[str, str] = _NONE) -> hosts.Finished:
        """Run a command of the plugin to its end."""
        process = self.start(command, parameters, variables)
        output, said = process.communicate(timeout=hosts.PATIENCE)
        return hosts.Finished(command, process.returncode, output.decode(), said.decode())


def objects(finished: hosts.Finished) -> list[dict[str, Any]]:
    """The objects that Argo CD makes of an output; none of them would make it delete what there is."""
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = []
    for document in yaml.safe_load_all(finished.stdout):
        if document is not None:
            found += document["items"] if isinstance(document.get("items"), list) else [document]
    assert found
    for manifest in found:
        assert manifest["apiVersion"]
        assert manifest["kind"]
        assert manifest["kind"] != "ResourceList"
        assert not [key for key in manifest["metadata"].get("annotations") or {} if _INTERNAL.fullmatch(key)]
    return found


def announcements(finished: hosts.Finished) -> list[dict[str, Any]]:
    """The parameters that a plugin announces to the UI."""
    assert finished.returncode == 0, finished.stderr
    found: list[dict[str, Any]] = json.loads(finished.stdout)
    for parameter in found:
        assert parameter["name"]
        assert set(parameter) <= _ANNOUNCEMENT_KEYS
        assert parameter["itemType"] in {"string", "number", "boolean"}
        assert parameter["collectionType"] in {"string", "array", "map"}
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there and not just waiting to be buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def ends(pid: int) -> bool:
    """Whether a process that has been told to end is gone, or soon will be."""
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)
