"""`make catalogue` says what schemas have and the catalogue has not, and the other way round."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import hosts
import pytest
import yaml

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))
from schema_survey import creatable

TOOL = Path(__file__).parents[1] / "tools" / "catalogue.py"
STRING = {"type": "string"}
NAMES = {"type": "array", "items": {"type": "object", "properties": {"name": STRING}}}
CONTAINER = {
    "image": STRING,
    "imagePullPolicy": STRING,
    "command": {"type": "array", "items": STRING},
    "volumeMounts": {"type": "array", "items": {"type": "object"}},
}
POD = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def has(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def definition(group: str, kind: str, **versions: dict[str, Any]) -> dict[str, Any]:
    """A CustomResourceDefinition whose versions have these fields below `spec`."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": group,
            "names": {"kind": kind},
            "versions": [
                {"name": version, "schema": {"openAPIV3Schema": has(spec=spec)}} for version, spec in versions.items()
            ],
        },
    }


def report(folder: Path, *args: str) -> list[str]:
    command = [sys.executable, str(TOOL), str(folder), *args]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def written(folder: Path, *definitions: dict[str, Any]) -> Path:
    (folder / "crds.yaml").write_text(yaml.safe_dump_all(definitions))
    return folder


def test_a_new_kind_is_a_line_and_what_needs_judging(tmp_path: Path) -> None:
    spec = has(
        sidecars={"type": "array", "items": has(**CONTAINER)},
        image=STRING,
        rbd=has(image=STRING),
        imagePullSecrets=NAMES,
        imageRegistrySecret=STRING,
        podTemplate=POD,
    ) | {"x-kubernetes-validations": [{"rule": "self == oldSelf"}]}
    *lines, numbers = report(written(tmp_path, definition("example.org", "Widget", v1=spec)))
    word, _, row = lines[0].partition(" ")
    assert (word, json.loads(row)) == (
        "added",
        {
            "group": "example.org",
            "kind": "Widget",
            "containers": ["spec.sidecars[]"],
            "pullSecrets": ["spec.imagePullSecrets"],
        },
    )
    assert [line.strip() for line in lines[1:]] == [
        "? are these passed on as they are? Where a controller sets a policy of its own first, they are `images`",
        "? immutable? spec: self == oldSelf",
        "? an image without a policy? spec.image",
        "? pull secrets of another form? spec.imageRegistrySecret",
        "? a pod that the schema leaves open? spec.podTemplate",
    ]
    assert numbers.startswith("1 added, ")


def test_versions_that_differ_are_two_lines(tmp_path: Path) -> None:
    one = definition("example.org", "Widget", v1=has(pullSecret=STRING), v2=has(imagePullSecrets=NAMES))
    rows = [json.loads(line) for line in report(written(tmp_path, one), "--rows")]
    assert [row["versions"] for row in rows] == [["v1"], ["v2"]]


def test_a_json_schema_gets_the_name_that_a_definition_has(tmp_path: Path) -> None:
    (tmp_path / "example.org").mkdir()
    (tmp_path / "example.org" / "widget_v1.json").write_text(json.dumps(has(spec=has(imagePullSecrets=NAMES))))
    assert json.loads(report(tmp_path, "--rows")[0])["kind"] == "widget"
    written(tmp_path, definition("example.org", "Widget", v2=has(imagePullSecrets=NAMES)))
    assert [json.loads(line)["kind"] for line in report(tmp_path, "--rows")] == ["Widget"]


@pytest.mark.parametrize(
    ("spec", "lines"),
    [
        pytest.param(has(podTemplate=has(spec=POD)), [], id="unchanged, where the schema leaves open what is there"),
        pytest.param(
            has(podTemplate=has(spec=POD), imagePullSecrets=NAMES),
            ["changed  agents.x-k8s.io Sandbox", '+ pullSecrets "spec.imagePullSecrets" (v1)'],
            id="changed",
        ),
        pytest.param(
            has(replicas=STRING),
            ["removed  agents.x-k8s.io Sandbox", "- spec.podTemplate.spec (v1 lacks it)"],
            id="removed",
        ),
    ],
)
def test_a_known_kind_is_compared(tmp_path: Path, spec: dict[str, Any], lines: list[str]) -> None:
    *found, numbers = report(written(tmp_path, definition("agents.x-k8s.io", "Sandbox", v1=spec)))
    assert [line.strip() for line in found if "?" not in line] == lines
    assert (lines or ["unchanged"])[0].split()[0] in numbers


def test_kinds_in_code_and_those_left_out_are_only_counted(tmp_path: Path) -> None:
    known = definition("argoproj.io", "Rollout", v1alpha1=has(pullSecret=STRING))
    never = definition("kyverno.io", "Policy", v1=has(pullSecret=STRING))
    left_out = definition("core.oam.dev", "Application", v1beta1=has(pullSecret=STRING))
    numbers = report(written(tmp_path, known, never, left_out))
    assert len(numbers) == 1
    assert numbers[0].startswith("3 left out or built in, ")


def test_definitions_in_a_list_count(tmp_path: Path) -> None:
    one = definition("example.org", "Widget", v1=has(pullSecret=STRING))
    (tmp_path / "all.yaml").write_text(yaml.safe_dump({"kind": "List", "items": [one]}))
    assert len(report(tmp_path, "--rows")) == 1


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("{{ if .Values.crds }}\na: b\n")
    command = [sys.executable, str(TOOL), str(tmp_path)]
    assert "template.yaml" in subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), str(tmp_path / "none")]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, "no such folder" in outcome.stderr) == (2, True)


BOTH = ["spec.pods", "spec.pods.spec"]
LISTS = {"containers": {"type": "array", "items": has()}}


@pytest.mark.parametrize(
    ("pods", "created"),
    [
        pytest.param(has(spec=has(secrets=NAMES)), BOTH, id="plain"),
        pytest.param(has(spec=has(secrets=NAMES)) | {"required": ["spec"]}, BOTH, id="required on the way"),
        pytest.param(
            has(spec=has(secrets=NAMES, **LISTS) | {"required": ["containers"]}),
            ["spec.pods", {"path": "spec.pods.spec", "lists": ["containers"]}],
            id="a list is required",
        ),
        pytest.param(
            has(spec=has(secrets=NAMES, containers={"type": "array", "minItems": 1}) | {"required": ["containers"]}),
            None,
            id="an item is required",
        ),
        pytest.param(has(spec=has(secrets=NAMES, a=STRING) | {"required": ["a"]}), None, id="text is required"),
        pytest.param(has(spec=has(secrets=NAMES), a=STRING) | {"required": ["a"]}, ["spec.pods.spec"], id="around"),
        pytest.param(has(spec=has(secrets=NAMES) | {"nullable": True}), None, id="null means something"),
        pytest.param(has(spec=has(secrets=NAMES) | {"default": {"a": 1}}), None, id="a default would be lost"),
        pytest.param(has(spec=has(secrets=NAMES) | {"oneOf": [{}]}), None, id="alternatives"),
        pytest.param(has(spec=has(secrets=NAMES) | {"x-kubernetes-validations": [{}]}), None, id="rules"),
        pytest.param({"type": "array", "items": has(secrets=NAMES)}, None, id="items of a list"),
    ],
)
def test_what_a_schema_lets_create(pods: dict[str, Any], created: list[Any] | None) -> None:
    step, below = ("pods[]", "") if pods["type"] == "array" else ("pods", ".spec")
    assert creatable(has(spec=has(pods=pods)), f"spec.{step}{below}.secrets") == created


def test_what_may_be_created_is_asked_until_the_row_has_it(tmp_path: Path) -> None:
    spec = has(podTemplate=has(imagePullSecrets=NAMES), extra=has(imagePullSecrets=NAMES))
    *lines, _ = report(written(tmp_path, definition("tekton.dev", "TaskRun", v1=spec)))
    asked = [line for line in lines if "may these be created" in line]
    assert [line.rpartition("? ")[2] for line in asked] == ['["spec.extra"]']
    left_out = has(template=has(pod=has(imagePullSecrets=NAMES)), imagePullSecret=STRING)
    *lines, _ = report(written(tmp_path, definition("kafka.strimzi.io", "KafkaNodePool", v1=left_out)))
    assert [line.rpartition("? ")[2] for line in lines if "may these be created" in line] == ['["spec.template"]']
