"""The commands of examples/shards, run as they stand there, each pod a process; and the manifests against schemas."""

import json
import subprocess
from pathlib import Path
from typing import Any

import hosts
import jsonschema
import pytest
import shared
import yaml

from krmfn import run

EXAMPLE = hosts.REPOSITORY / "examples" / "shards"
CASES = Path(__file__).parent / "cases"


class Cluster:
    """Folders for what pods mount, and processes for containers."""

    def __init__(self, workplace: hosts.Workplace) -> None:
        self._workplace = workplace
        self.repository = workplace.folder / "repository"
        self.reports = workplace.folder / "reports"
        self.reports.mkdir()

    def run(self, container: dict[str, Any], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a container's command with its mounts in our folders."""
        command = [*container["command"], *map(self._here, container["args"])]
        return subprocess.run(
            command,
            cwd=self._here(container.get("workingDir", "/reports")),
            env={**self._workplace.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def _here(self, text: str) -> str:
        for path, folder in {"/repository": self.repository, "/reports": self.reports}.items():
            text = text.replace(path, str(folder))
        return text

    def single_run(self) -> subprocess.CompletedProcess[str]:
        """What one machine says of the same files."""
        return self.run({"command": ["krmfn"], "args": ["check", "."], "workingDir": "/repository"})


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    cluster = Cluster(hosts.Workplace(tmp_path))
    for case in sorted(CASES.glob("*/*.yaml"))[::8]:
        path = cluster.repository / case.relative_to(CASES)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.read_bytes())
    return cluster


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((EXAMPLE / name).read_text(encoding="utf-8")))


def test_the_jobs_say_what_one_machine_says(cluster: Cluster) -> None:
    shards, merge = documents("job.yaml")
    (container,) = shards["spec"]["template"]["spec"]["containers"]
    for index in range(shards["spec"]["completions"]):
        assert cluster.run(container, JOB_COMPLETION_INDEX=str(index)).returncode == 0
    assert_says_the_same(cluster, merge["spec"]["template"]["spec"]["containers"][0])


def test_the_workflow_says_what_one_machine_says(cluster: Cluster) -> None:
    (workflow,) = documents("workflow.yaml")
    main, shard, merge = workflow["spec"]["templates"]
    values = {parameter["name"]: parameter["value"] for parameter in workflow["spec"]["arguments"]["parameters"]}
    sequence = main["steps"][0][0]["withSequence"]
    for item in range(int(sequence["start"]), int(filled(sequence["end"], values, 0)) + 1):
        (script,) = shard["container"]["args"]
        (artifact,) = shard["outputs"]["artifacts"]
        report = f"/reports/{item}.json"
        container = {
            **shard["container"],
            "args": [filled(script, values, item).replace(artifact["path"], report)],
        }
        assert cluster.run(container).returncode == 0
        assert artifact["s3"]["key"].startswith(merge["inputs"]["artifacts"][0]["s3"]["key"])
    assert_says_the_same(cluster, merge["container"])


def filled(text: str, values: dict[str, str], item: int) -> str:
    """The text as Argo fills it in."""
    for name, value in values.items():
        text = text.replace(f"{{{{workflow.parameters.{name}}}}}", value)
    text = text.replace("{{inputs.parameters.shard}}", str(item))
    assert "{{" not in text
    return text


def assert_says_the_same(cluster: Cluster, merge: dict[str, Any]) -> None:
    merged, single = cluster.run(merge), cluster.single_run()
    assert merged.stdout == single.stdout
    assert merged.stderr == single.stderr
    assert merged.returncode == single.returncode == 1
    (cluster.reports / "2.json").unlink()
    without = cluster.run(merge)
    assert without.returncode == 1
    assert without.stderr.startswith("error: the report of shard 2/4 is missing: `krmfn check --shard 2/4 ")


@pytest.mark.parametrize("name", ["job.yaml", "workflow.yaml"])
def test_krmfn_has_nothing_to_change(name: str) -> None:
    outcome = run((EXAMPLE / name).read_bytes())
    assert (outcome.exit_code, outcome.changes) == (0, ())


@shared.needs_shared
def test_the_workflow_is_one_to_the_definition_of_argo() -> None:
    (workflow,) = documents("workflow.yaml")
    text = (shared.CORPUS / "crds" / "argoproj.io_workflows.yaml").read_text(encoding="utf-8")
    (version,) = yaml.safe_load(text)["spec"]["versions"]
    schema = json.loads(json.dumps(version["schema"]["openAPIV3Schema"]))
    jsonschema.Draft202012Validator(strict(schema)).validate(workflow)


def strict(schema: Any) -> Any:
    """A schema that takes no field it does not name, as the API server prunes those; `metadata` is not described."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return closed
