"""The functions in examples/functions: as their authors test them, under the laws on real manifests, under hosts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import hosts
import laws
import pytest
import yaml
from hosts import Workplace
from shared import CORPUS, needs_shared

from krmfn.sdk import Function

FOLDER = hosts.REPOSITORY / "examples" / "functions"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
SPECS: dict[str, dict[str, Any]] = {
    "default-deny": {"policyTypes": ["Ingress", "Egress"], "exempt": ["default"]},
    "move-registry": {"registry": "m.example.com/hub", "pullSecret": "hub", "pullPolicy": "Always"},
    "require-limits": {"requests": True},
    "set-labels": {"labels": {"team": "a", "on": "yes"}, "selectors": True},
}


@cache
def function(name: str) -> Function[Any]:
    module_name = name.replace("-", "_")
    spec = spec_from_file_location(module_name, FOLDER / name / f"{module_name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    found: Function[Any] = module.function
    return found


def test_each_example_has_settings_here() -> None:
    assert list(SPECS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass(name: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / name, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(hosts.SOURCES)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "-c",
        os.devnull,
        ".",
    ]
    finished = subprocess.run(
        command,
        cwd=tmp_path / name,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=hosts.PATIENCE,
    )
    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_its_readme_has_the_table_of_its_keys(name: str) -> None:
    lines = (FOLDER / name / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    readme = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert function(name).description.with_table(readme) == readme


def inputs() -> Iterator[Path]:
    for folder in ("argo-workflows", "kubernetes-examples", "no-edit"):
        yield from sorted((CORPUS / folder).rglob("*.yaml"))


@needs_shared
@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("name", NAMES)
def test_it_obeys_the_laws_on_real_manifests(name: str) -> None:
    called, spec = function(name), SPECS[name]
    edited = warned = 0
    for path in inputs():
        data = path.read_bytes()
        outcome = called.run(data, spec)
        try:
            laws.check(data, outcome, lambda again: called.run(again, spec))
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from None
        edited += bool(outcome.edits)
        warned += bool(outcome.results)
    assert warned > 10
    assert edited > {"require-limits": -1, "default-deny": 10}.get(name, 100)


DEPLOYMENT = """\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # in front
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
"""


def test_move_registry_leaves_no_image_behind() -> None:
    called = function("move-registry")
    outcome = called.run(DEPLOYMENT, {"registry": "m.example.com", "sources": ["docker.io"], "keepSource": False})
    assert b"image: m.example.com/library/nginx:1.27\n" in outcome.output
    assert (
        called.run(DEPLOYMENT, {"registry": "m.example.com", "sources": ["quay.io", "docker.io/bitnami"]}).edits == ()
    )
    assert "to copy: docker.io/library/nginx:1.27 m.example.com/library/nginx:1.27" in [
        r.message for r in outcome.results
    ]


def test_move_registry_refuses_what_is_no_registry() -> None:
    (error,) = function("move-registry").run(DEPLOYMENT, {"registry": "https://m.example.com"}).results
    assert "`spec.registry` string should match pattern" in error.message


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def executable(workplace: Workplace, name: str) -> str:
    """The function as a program in the workplace, run by this Python."""
    source = (FOLDER / name / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    program = workplace.folder / name
    program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    program.chmod(0o755)
    return f"./{name}"


def config(name: str, path: str, spec: str) -> str:
    kind = function(name).kind
    return f"""\
apiVersion: fn.example.com/v1
kind: {kind}
metadata:
  name: it
  annotations:
    config.kubernetes.io/function: |
      exec: {{path: {path}}}
spec: {spec}
"""


def build(workplace: Workplace, **files: str) -> hosts.Finished:
    hosts.require("kustomize")
    workplace.write({name.replace("_yaml", ".yaml"): text for name, text in files.items()})
    return workplace.run(
        "kustomize", "build", "--enable-alpha-plugins", "--enable-exec", ".", PYTHONPATH=str(hosts.SOURCES)
    )


def test_a_transformer_under_kustomize(workplace: Workplace) -> None:
    path = executable(workplace, "set-labels")
    finished = build(
        workplace,
        kustomization_yaml="resources: [web.yaml]\ntransformers: [labels.yaml]\n",
        web_yaml=DEPLOYMENT,
        labels_yaml=config("set-labels", path, '{labels: {on: "yes"}, templates: true}'),
    )
    assert finished.returncode == 0, finished.stderr
    built = yaml.safe_load(finished.stdout)
    assert built["metadata"]["labels"] == {"on": "yes"}
    assert built["spec"]["template"]["metadata"]["labels"] == {"app": "web", "on": "yes"}


def test_a_generator_under_kustomize(workplace: Workplace) -> None:
    path = executable(workplace, "default-deny")
    finished = build(
        workplace,
        kustomization_yaml="resources: [web.yaml]\nnamespace: shop\ntransformers: [deny.yaml]\n",
        web_yaml=DEPLOYMENT,
        deny_yaml=config("default-deny", path, "{}"),
    )
    assert finished.returncode == 0, finished.stderr
    policies = [found for found in yaml.safe_load_all(finished.stdout) if found["kind"] == "NetworkPolicy"]
    assert [found["metadata"] for found in policies] == [{"name": "default-deny", "namespace": "shop"}]


def test_a_validator_under_kustomize(workplace: Workplace) -> None:
    """Among the transformers: what kustomize calls validators fails whatever it does, even `cat`."""
    path = executable(workplace, "require-limits")
    limits = config("require-limits", path, "{severity: %s}")
    made = {"kustomization_yaml": "resources: [web.yaml]\ntransformers: [limits.yaml]\n", "web_yaml": DEPLOYMENT}
    finished = build(workplace, **made, limits_yaml=limits % "error")
    assert finished.returncode != 0
    assert "container web has no memory in its limits" in finished.stderr
    finished = build(workplace, **made, limits_yaml=limits % "warning")
    assert finished.returncode == 0
    assert "warning: " in finished.stderr
    assert "name: web" in finished.stdout


def test_a_wrong_config_under_kustomize(workplace: Workplace) -> None:
    path = executable(workplace, "set-labels")
    finished = build(
        workplace,
        kustomization_yaml="resources: [web.yaml]\ntransformers: [labels.yaml]\n",
        web_yaml=DEPLOYMENT,
        labels_yaml=config("set-labels", path, "{label: {a: b}}"),
    )
    assert finished.returncode != 0
    assert "unknown key `spec.label`, did you mean `labels`?" in finished.stderr
