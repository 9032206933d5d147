"""Helm 3 and Helm 4, as `.ci/run` builds them, and how each of them gets krmfn."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import hosts

HELM_3, HELM_4 = "helm3", "helm4"
_NONE: Mapping[str, str] = {}


def as_helm(workplace: hosts.Workplace, program: str) -> dict[str, str]:
    """An environment in which `helm` is this program; the test is skipped when there is none."""
    hosts.require(program)
    folder = workplace.folder.parent / program
    folder.mkdir(exist_ok=True)
    link = folder / "helm"
    if not link.is_symlink():
        link.symlink_to(str(hosts.find(program)))
    return {"PATH": os.pathsep.join([str(folder), workplace.environment["PATH"]])}


@dataclass(frozen=True)
class Helm:
    """One version of Helm, with krmfn as its post-renderer."""

    workplace: hosts.Workplace
    program: str

    def run(self, *arguments: str | Path, **environment: str) -> hosts.Finished:
        """Run Helm in the workplace."""
        return self.workplace.run("helm", *arguments, **{**as_helm(self.workplace, self.program), **environment})

    def install_plugin(self, source: Path = hosts.REPOSITORY) -> None:
        """Install the plugin where this version needs one; by default this repository."""
        if self.program == HELM_4:
            self.run("plugin", "install", "--verify=false", source).check_returncode()

    def with_krmfn(
        self,
        *arguments: str | Path,
        krmfn: tuple[str, ...] = ("--secret=regcred",),
        environment: Mapping[str, str] = _NONE,
    ) -> hosts.Finished:
        """Run Helm with krmfn as post-renderer, which gets these arguments."""
        flags = [f"--post-renderer-args={argument}" for argument in krmfn]
        return self.run(*arguments, "--post-renderer=krmfn", *flags, **environment)


def write_chart(workplace: hosts.Workplace, files: Mapping[str, str], name: str = "chart") -> Path:
    """Write a chart with these files, named by their path in it."""
    described = f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n"
    workplace.write({f"{name}/{path}": text for path, text in {"Chart.yaml": described, **files}.items()})
    return workplace.folder / name
