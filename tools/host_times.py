"""Measure a call of each host with krmfn and without, cold and in one run: `.venv/bin/python tools/host_times.py`.

The hosts are kustomize, kubectl and kpt on PATH; podman runs containers, from the image that `make images` has built.
`cat` is a function that does nothing, so it shows the host's own time. Only ratios can be compared between machines.
All ways take turns, so that other load affects each of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import images
from bench.processes import ENVIRONMENT, KRMFN

DEPLOYMENT = (images.ROOT / "examples" / "kustomize-container" / "shop.yaml").read_text()
WITHOUT = "without krmfn"
CONFIG = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata:
  name: image-pull
  annotations: {annotations}
spec:
  pullSecrets:
  - name: regcred
"""
KPTFILE = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: shop
pipeline:
  mutators: {mutators}
"""
IMAGE = images.IMAGES["function"]
FUNCTIONS = {
    "cat": "exec: {path: cat}",
    "exec": f"exec: {{path: {KRMFN}}}",
    "container": f"container: {{image: {IMAGE}}}",
}
MUTATORS = {"cat": "exec: cat", "exec": f"exec: {KRMFN}", "container": f"image: '{IMAGE}'"}
Commands = dict[str, list[str]]


def main() -> None:
    """Measure and print each available host."""
    parser = argparse.ArgumentParser(description="Measure a call of each host with and without krmfn.")
    parser.add_argument("--runs", type=int, default=10, help="runs of each way (default: 10)")
    parser.add_argument("--resources", type=int, default=10, help="Deployments in the input (default: 10)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        resources = "---\n".join(
            DEPLOYMENT.replace("name: shop", f"name: shop-{n}", 1) for n in range(arguments.resources)
        )
        environment = {**ENVIRONMENT, **prepare(root)}
        hosts = {
            "kustomize build": kustomize(root, resources, "kustomize", "build"),
            "kubectl kustomize": kustomize(root, resources, "kubectl", "kustomize"),
            "kpt fn render": kpt(root, resources),
        }
        for name, commands in hosts.items():
            if not shutil.which(name.split()[0]):
                print(f"\n{name}: not on PATH")
                continue
            print(f"\n{name}, {arguments.resources} Deployments")
            report(measure(commands, environment, arguments.runs))


def prepare(root: Path) -> dict[str, str]:
    """Environment variables that make podman the container runtime of every host, and krmfn a plugin of kustomize."""
    podman = shutil.which("podman")
    if not podman:
        sys.exit("podman is not on PATH")
    docker = root / "bin" / "docker"
    plugin = root / "plugins" / "krmfn.dev" / "v1alpha1" / "imagepull" / "ImagePull"
    for link, target in {docker: podman, plugin: KRMFN}.items():
        link.parent.mkdir(parents=True)
        link.symlink_to(target)
    path = os.pathsep.join([str(docker.parent), os.environ["PATH"]])
    runtime = {"KPT_FN_RUNTIME": "podman", "KRM_FN_RUNTIME": "podman"}
    return {"PATH": path, "KUSTOMIZE_PLUGIN_HOME": str(root / "plugins"), **runtime}


def kustomize(root: Path, resources: str, *command: str) -> Commands:
    """The ways in which kustomize can run krmfn; kubectl's kustomize has no exec functions."""
    commands = {}
    for way, function in {WITHOUT: None, "plugin": "", **FUNCTIONS}.items():
        if command[0] == "kubectl" and way in ("cat", "exec"):
            continue
        folder = root / command[0] / way.replace(" ", "-")
        folder.mkdir(parents=True)
        (folder / "resources.yaml").write_text(resources)
        kustomization = "resources: [resources.yaml]\n"
        if function is not None:
            annotations = f'{{config.kubernetes.io/function: "{function}"}}' if function else "{}"
            (folder / "pull.yaml").write_text(CONFIG.format(annotations=annotations))
            kustomization += "transformers: [pull.yaml]\n"
        (folder / "kustomization.yaml").write_text(kustomization)
        flags = ["--enable-alpha-plugins", *["--enable-exec"] * (way in ("cat", "exec"))]
        commands[way] = [*command, *flags, str(folder)]
    return commands


def kpt(root: Path, resources: str) -> Commands:
    """The ways in which kpt can run krmfn. Only the first run changes anything."""
    commands = {}
    for way, mutator in {WITHOUT: None, **MUTATORS}.items():
        folder = root / "kpt" / way.replace(" ", "-")
        folder.mkdir(parents=True)
        (folder / "resources.yaml").write_text(resources)
        mutators = f"[{{{mutator}, configMap: {{imagePullSecrets: regcred}}}}]" if mutator else "[]"
        (folder / "Kptfile").write_text(KPTFILE.format(mutators=mutators))
        commands[way] = ["kpt", "fn", "render", "--allow-exec", "--image-pull-policy", "never", str(folder)]
    return commands


def measure(commands: Commands, environment: dict[str, str], runs: int) -> dict[str, float]:
    """The median seconds of each way."""
    for command in commands.values():
        seconds(command, environment)  # fills the caches of the file system
    turns = [{way: seconds(command, environment) for way, command in commands.items()} for _ in range(runs)]
    return {way: median(turn[way] for turn in turns) for way in commands}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """The duration of a command."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return took


def report(medians: dict[str, float]) -> None:
    """Print the ways of one host."""
    for way, took in medians.items():
        more = "" if way == WITHOUT else f"  {took - medians[WITHOUT]:+.3f} s, {took / medians[WITHOUT]:.1f} times"
        print(f"  {way:<14} {took:6.3f} s{more}", flush=True)


if __name__ == "__main__":
    main()
