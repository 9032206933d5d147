"""Build the images of the Dockerfile without a registry: `make images`, with podman.

A Debian made by mmdebstrap replaces the Dockerfile's base image, and images with the kustomize and the Helm on PATH
replace those of kustomize and Helm; without Helm, the target with Helm is skipped. They stay in podman's store, so the
next build is incremental. With a registry, use `docker build .` instead. `podman image prune` removes the images of
earlier builds.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITH_HELM = "argocd-helm"
IMAGES = {
    "function": "localhost/krmfn:dev",
    "argocd": "localhost/krmfn:dev-argocd",
    WITH_HELM: "localhost/krmfn:dev-argocd-helm",
}
"""The targets of the Dockerfile, and the names of their images."""
SUITE = "bookworm"
BASE = f"localhost/krmfn-base:{SUITE}"
# As in Python's published images: no bytecode of the standard library, and a command that the entry point replaces.
NO_BYTECODE = "--customize-hook=find \"$1\"/usr/lib/python3* -name '*.pyc' -delete"
COMMAND = 'CMD ["python3"]'


def main() -> None:
    """Build the images and print their names."""
    parser = argparse.ArgumentParser(description="Build the images without a registry.")
    parser.add_argument("--base", metavar="IMAGE", help="build on this image instead of a Debian from mmdebstrap")
    parser.add_argument("--sizes", action="store_true", help="print how large the layers are, compressed")
    arguments = parser.parse_args()
    base = arguments.base or stand_in_for_python()
    with tempfile.TemporaryDirectory() as folder:
        options = ["--build-arg", f"BASE={base}", *package_index(Path(folder))]
        build("function", options)
        options += stand_in("kustomize", shutil.which("kustomize"))
        build("argocd", options)
        if program := shutil.which("helm3") or shutil.which("helm"):
            build(WITH_HELM, [*options, *stand_in("helm", program)])
    for target, image in IMAGES.items():
        if target == WITH_HELM and not program:
            continue
        print(f"{target}: {image}")
        if arguments.sizes:
            print_sizes(image, base)


def stand_in_for_python() -> str:
    """An image with Python and its venv module, made on first use."""
    if subprocess.run(["podman", "image", "exists", BASE], check=False).returncode:
        with tempfile.TemporaryDirectory() as folder:
            tar = f"{folder}/base.tar"
            run("mmdebstrap", "--variant=essential", "--include=python3-venv", NO_BYTECODE, SUITE, tar)
            run("podman", "import", "--change", COMMAND, tar, BASE)
    return BASE


def stand_in(program: str, path: str | None) -> list[str]:
    """Build options that name an image with a program; it must run on Debian: built there, or statically linked."""
    if not path:
        sys.exit(f"{program} is not on PATH; a target is made with it")
    image = f"localhost/krmfn-{program}:dev"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy2(path, Path(folder, program))
        Path(folder, "Dockerfile").write_text(f"FROM scratch\nCOPY {program} /\n")
        run("podman", "build", "--layers", "--tag", image, folder)
    name = program.upper()
    return ["--build-arg", f"{name}={image}", "--build-arg", f"{name}_PATH=/{program}"]


def package_index(folder: Path) -> list[str]:
    """Build options that give pip in the build the settings of pip on this machine, for the package index.

    They are mounted while pip runs and not stored in a layer. Folders of this machine are left out.
    """
    settings = pip_settings()
    lines = [f"{name} = {value}" for name, value in settings.items() if not value.startswith(os.sep)]
    options = []
    if certificates := settings.get("cert") or os.environ.get("SSL_CERT_FILE"):
        lines.append("cert = /run/secrets/ca")
        options = ["--secret", f"id=ca,src={certificates}"]
    config = folder / "pip.conf"
    config.touch(mode=0o600)
    config.write_text("\n".join(["[global]", *lines, ""]))
    return [*options, "--secret", f"id=pip,src={config}"]


def pip_settings() -> dict[str, str]:
    """The settings in pip's files and environment variables; variables win, as in pip."""
    listed = dict(line.split("=", 1) for line in run(sys.executable, "-m", "pip", "config", "list").splitlines())
    return {
        name.removeprefix(scope).removeprefix("default-"): ast.literal_eval(text).replace("\n", "\n  ")
        for scope in ("global.", ":env:.")
        for name, text in listed.items()
        if name.startswith(scope)
    }


def build(target: str, options: Sequence[str]) -> None:
    """Build one target, isolated by chroot only: CI builds its own code, and its machine may allow no more."""
    isolation = ("--isolation=chroot", "--layers")
    run("podman", "build", *isolation, "--target", target, "--tag", IMAGES[target], *options, ROOT)


def print_sizes(image: str, base: str) -> None:
    """Print the layers that the Dockerfile adds, with their compressed sizes."""
    below = len(json.loads(run("podman", "image", "inspect", base))[0]["RootFS"]["Layers"])
    with tempfile.TemporaryDirectory() as folder:
        run("podman", "push", "--compress", image, f"dir:{folder}")
        layers = json.loads(Path(folder, "manifest.json").read_text())["layers"]
    history = json.loads(run("podman", "image", "inspect", image))[0]["History"]
    made = [step["created_by"] for step in history if not step.get("empty_layer")]
    for layer, command in list(zip(layers, made, strict=True))[below:]:
        print(f"  {layer['size'] / 1e6:6.2f} MB  {command[:100]}")
    print(f"  {sum(layer['size'] for layer in layers[below:]) / 1e6:6.2f} MB over the base")


def run(*command: str | Path) -> str:
    """The output of a program; prints all its output if it fails."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\n{command[0]} failed with exit code {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
