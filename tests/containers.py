"""The images of the Dockerfile, and podman, which runs them here as the hosts have it run."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hosts

RESTRICTED = (
    *("--network", "none", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"),
    *("--security-opt", "no-new-privileges", "--memory", "128m", "--pids-limit", "20"),
)
"""All that a cautious cluster takes from a container."""
# Where podman keeps images and settings; the rest of a developer's environment stays outside.
ENVIRONMENT = {
    "XDG_DATA_HOME": str(Path.home() / ".local" / "share"),
    **{
        name: os.environ[name]
        for name in ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
        if name in os.environ
    },
    # kpt's names for the runtime, before and after 1.0.0-beta.59.
    "KPT_FN_RUNTIME": "podman",
    "KRM_FN_RUNTIME": "podman",
}


@dataclass(frozen=True)
class Images:
    """What the images are called in podman's store."""

    function: str
    argocd: str
    argocd_helm: str = ""
    """Empty where no Helm is on PATH."""


def build() -> Images:
    """Build the images from these sources, and see that podman can run them."""
    for program in ("podman", "kustomize", "mmdebstrap"):
        hosts.require(program)
    environment = {**os.environ, "PATH": hosts.SEARCH_PATH}
    command = [sys.executable, str(hosts.REPOSITORY / "tools" / "images.py")]
    built = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert built.returncode == 0, built.stderr
    named = (line.split(": ") for line in built.stdout.splitlines())
    images = Images(**{target.replace("-", "_"): image for target, image in named})
    command = ["podman", "run", "--rm", "--network", "none", "--entrypoint", "/bin/true", images.function]
    tried = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if tried.returncode:
        hosts.absent(f"podman cannot run containers ({tried.stderr.strip()}; see .ci/containers.conf)")
    return images


def run(
    workplace: hosts.Workplace, image: str, *arguments: str, options: Sequence[str] = (), stdin: str = ""
) -> hosts.Finished:
    """Run an image in all restrictions and the further options."""
    command = ("podman", "run", "--rm", "--interactive", *RESTRICTED, *options, image, *arguments)
    return workplace.run(*command, stdin=stdin, **ENVIRONMENT)


def docker(workplace: hosts.Workplace, *options: str) -> dict[str, str]:
    """An environment in which `docker`, and `podman` too, is podman that gives each container these further options."""
    folder = workplace.folder.parent / "docker"
    folder.mkdir()
    podman = f"exec {hosts.find('podman')}"
    script = f'#!/bin/sh\nif [ "$1" = run ]; then shift; {podman} run {" ".join(options)} "$@"; fi\n{podman} "$@"\n'
    for name in ("docker", "podman"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return {**ENVIRONMENT, "PATH": os.pathsep.join([str(folder), workplace.environment["PATH"]])}
