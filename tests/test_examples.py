"""Every example does what its README says and gives what its `.expected` folder holds, under the real host.

The folder is laid out as for kpt's own end-to-end tests, and its runner can run them too:

    config.yaml    testType, exitCode, stdErr, allowExec, imagePullPolicy: as there
    exec.sh        the command; without it, `kpt fn render`
    diff.patch     what `git diff` says of the package after the run
    results.yaml   what kpt wrote to its results folder
    output.yaml    ours: the whole of standard output

As there, KPT_E2E_UPDATE_EXPECTED=true writes the last three anew where they exist.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import containers
import helm
import hosts
import pytest
import yaml

from krmfn.commands.kinds.name_references import name_references
from krmfn.imagepull import kinds

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import doc_parts

EXAMPLES = hosts.REPOSITORY / "examples"
IMAGE = "localhost/krmfn:dev"
"""What examples call the image."""
UPDATE = os.environ.get("KPT_E2E_UPDATE_EXPECTED", "").lower() == "true"


@dataclass(frozen=True)
class Example:
    """A folder with its command and what is expected of it."""

    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        return yaml.safe_load(self.expected("config.yaml")) or {}

    @property
    def script(self) -> str:
        return self.expected("exec.sh")

    @property
    def command(self) -> str:
        """What a person types in the folder of the example."""
        return doc_parts.command_of(self.folder / ".expected")

    @property
    def programs(self) -> list[str]:
        """The first word of each line, after variables that are set for it; of `krmfn … -- PROGRAM` that program."""
        return re.findall(r"^(?:\w+=\S* )*(?:krmfn .* -- )?(\w+)", self.command, re.MULTILINE)

    def expected(self, name: str) -> str:
        """The text of a file of `.expected`; empty when there is none."""
        path = self.folder / ".expected" / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def runs_helm(self) -> bool:
        """Whether it needs Helm: as a program, or for kustomize."""
        return "helm" in self.programs or "--enable-helm" in self.command

    @property
    def runs_image(self) -> bool:
        """Whether a function of it runs in a container."""
        files = [*self.folder.glob("*.yaml"), *self.folder.glob("Kptfile")]
        return any(IMAGE in path.read_text(encoding="utf-8") for path in files)

    def run(self, workplace: hosts.Workplace, results: Path, environment: Mapping[str, str]) -> hosts.Finished:
        if self.script:
            return workplace.run("bash", "-e", ".expected/exec.sh", **environment)
        return workplace.run(*self.command.split(), "--results-dir", results, **environment)


def find_examples() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*/.expected")):
        yield Example(path.parent)


def marks(example: Example) -> list[pytest.MarkDecorator]:
    """What runs images waits for the others that do."""
    return [pytest.mark.xdist_group("images")] if example.runs_image else []


each_example = pytest.mark.parametrize(
    "example", [pytest.param(example, id=example.folder.name, marks=marks(example)) for example in find_examples()]
)


@each_example
def test_example(example: Example, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for program in example.programs:
        if program not in ("krmfn", "helm"):
            hosts.require(program)
    workplace = hosts.Workplace(tmp_path)
    environment: Mapping[str, str] = {}
    if example.runs_image:
        assert request.getfixturevalue("images").function == IMAGE
        environment = containers.docker(workplace)
    if example.runs_helm:  # Helm 3: kustomize needs it, and each example does for both what it says
        environment = helm.as_helm(workplace, helm.HELM_3)
    shutil.copytree(example.folder, workplace.folder, dirs_exist_ok=True)
    workplace.commit()
    first = example.run(workplace, tmp_path / "results", environment)
    diff = workplace.diff()
    results = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("results/*"))
    second = example.run(workplace, tmp_path / "second-results", environment)

    assert first.returncode == example.config.get("exitCode", 0), first.stderr
    assert example.config.get("stdErr", "") in first.stderr
    _compare(example, "output.yaml", first.stdout)
    _compare(example, "diff.patch", diff)
    _compare(example, "results.yaml", results)
    # Once more in the same folder: the same output, and files that stay as they are.
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout)
    assert workplace.diff() == diff


def _compare(example: Example, name: str, text: str) -> None:
    path = example.folder / ".expected" / name
    if UPDATE and path.exists():
        path.write_text(text, encoding="utf-8")
    assert text == example.expected(name)


@each_example
def test_readme_shows_the_command(example: Example) -> None:
    readme = (example.folder / "README.md").read_text(encoding="utf-8")
    assert "".join(f"    {line}\n" for line in example.command.splitlines()) in readme


def test_secret_names_for_kustomize_are_those_of_the_catalogue() -> None:
    made = name_references(kinds.rows())
    file = EXAMPLES / "kustomize-name-references" / "secret-names.yaml"
    assert file.read_text() == made, f"run: krmfn kinds --format kustomize > examples/{file.parent.name}/{file.name}"
    [reference] = yaml.safe_load(made)["nameReference"]
    assert {"path": "spec/driver/imagePullSecrets", "group": "nvidia.com", "kind": "ClusterPolicy"} in reference[
        "fieldSpecs"
    ]
    assert not [spec for spec in reference["fieldSpecs"] if "*" in spec["path"] or "[" in spec["path"]]
