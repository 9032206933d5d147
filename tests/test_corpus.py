"""The laws on real manifests, which stand beside the repository in development and are not part of it.

An oracle of a few lines, which knows no tables, says where containers are: nothing may be passed over in silence.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import laws
import pytest
from shared import CORPUS, needs_shared

from krmfn import Outcome, Settings, run

SECRETS = Settings.from_function_config(
    {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": {"pullSecrets": [{"name": "regcred"}]}}
)
CONFIG = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: krmfn.dev/v1alpha1
  kind: ImagePull
  spec:
    pullSecrets:
    - name: regcred
items:
"""
FOLDERS = ("argo-workflows", "kubernetes-examples")
CONTAINER_FIELDS = {"container", "containers", "script", "initContainers", "sidecars", "ephemeralContainers"}
UNRESOLVABLE = "no imagePullPolicy is written"

pytestmark = needs_shared


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (CORPUS / folder).rglob("*.yaml"))


def name(path: Path) -> str:
    return str(path.relative_to(CORPUS))


def is_resource(root: laws.Value) -> bool:
    return isinstance(root, laws.Keys) and root.get("apiVersion") is not None and root.get("kind") is not None


def containers(value: laws.Value, field: str = "") -> Iterator[tuple[laws.Keys, str]]:
    """Every mapping under a field that holds containers, with its image; `status` is not looked at."""
    if isinstance(value, laws.Items):
        for item in value.items:
            yield from containers(item, field)
    elif isinstance(value, laws.Keys):
        image = value.get("image")
        if field in CONTAINER_FIELDS and isinstance(image, laws.Text):
            yield value, image.text
        for key, item in (*value.own, *value.merged):
            if isinstance(key, laws.Text) and key.text != "status":
                yield from containers(item, key.text)


def pod_specs(value: laws.Value) -> Iterator[laws.Keys]:
    """Every mapping with a list of containers under a `spec`."""
    if isinstance(value, laws.Items):
        for item in value.items:
            yield from pod_specs(item)
    elif isinstance(value, laws.Keys):
        spec = value.get("spec")
        if isinstance(spec, laws.Keys) and isinstance(spec.get("containers"), laws.Items):
            yield spec
        for _, item in value.own:
            yield from pod_specs(item)


def workflow_specs(root: laws.Value) -> Iterator[laws.Keys]:
    """The spec of a workflow, unless that of a template stands for it."""
    kind = root.get("kind") if isinstance(root, laws.Keys) else None
    spec = root.get("spec") if isinstance(root, laws.Keys) else None
    if (
        isinstance(kind, laws.Text)
        and isinstance(spec, laws.Keys)
        and kind.text.endswith(("Workflow", "WorkflowTemplate"))
    ):
        spec = spec.get("workflowSpec") or spec
        if isinstance(spec, laws.Keys) and spec.get("workflowTemplateRef") is None:
            yield spec


def check(data: bytes, settings: Settings | None) -> Outcome:
    """Run, hold against the laws, and against the oracle."""
    outcome = run(data, settings)
    laws.check(data, outcome, lambda output: run(output, settings))
    assert outcome.exit_code == 0, [str(result) for result in outcome.results[:3]]
    roots = laws.parse(outcome.output)
    no_resources = [root for root in roots if not is_resource(root) and root != laws.Text("null", "")]
    assert sum("not a Kubernetes resource" in result.message for result in outcome.results) == len(no_resources)
    results = [result.as_data() for result in outcome.results]
    unresolvable = {result["field"]["currentValue"] for result in results if UNRESOLVABLE in result["message"]}
    for root in roots:
        for container, image in containers(root):
            assert container.get("imagePullPolicy") is not None or image in unresolvable, f"{image} was passed over"
        for spec in (*pod_specs(root), *workflow_specs(root)):
            secrets = spec.get("imagePullSecrets")
            assert isinstance(secrets, laws.Items)
            assert laws.Text("str", "regcred") in [
                item.get("name") for item in secrets.items if isinstance(item, laws.Keys)
            ]
    return outcome


def counts(outcome: Outcome) -> Counter[str]:
    """What a run on one file did."""
    roots = laws.parse(outcome.output)
    messages = [result.message for result in outcome.results]
    return Counter(
        {
            "documents": len(roots),
            "containers": sum(1 for root in roots for _ in containers(root)),
            "policies written": sum(isinstance(change.proposed, str) for change in outcome.changes),
            "secrets appended": sum(not isinstance(change.proposed, str) for change in outcome.changes),
            "refused by name": sum("cannot be edited" in message for message in messages),
            "unresolvable images": sum(UNRESOLVABLE in message for message in messages),
            "no resources": sum("not a Kubernetes resource" in message for message in messages),
        }
    )


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("path", files(*FOLDERS), ids=name)
def test_each_file_obeys_the_laws(path: Path) -> None:
    check(path.read_bytes(), SECRETS)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("folder", FOLDERS)
def test_all_files_as_one_stream_obey_the_laws(folder: str) -> None:
    texts = [path.read_text().rstrip("\n") for path in files(folder)]
    outcome = check("\n---\n".join(texts).encode(), SECRETS)
    alone = [change for path in files(folder) for change in run(path.read_bytes(), SECRETS).changes]
    assert [(change.path, change.proposed) for change in outcome.changes] == [
        (change.path, change.proposed) for change in alone
    ]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("indent", ["", "  "], ids=["not indented", "indented"])
def test_all_resources_as_one_resource_list_obey_the_laws(folder: str, indent: str) -> None:
    items = [indent + item.replace("\n", "\n" + indent) for path in files(folder) for item in list_items(path)]
    data = re.sub(r"(?m)^ +$", "", CONFIG + "\n".join(items) + "\n").encode()
    outcome = check(data, None)
    assert len({change.document for change in outcome.changes}) > 100


def list_items(path: Path) -> Iterator[str]:
    """The resources of a file as items of a block list, by indenting their lines."""
    for text in re.split(r"(?m)^---(?=\s)", "\n" + path.read_text().replace("\r\n", "\n")):
        if any(is_resource(root) for root in laws.parse(text.encode())):
            lines = text.strip("\n").split("\n")
            yield "- " + "\n  ".join(lines)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("path", files("no-edit", "crds"), ids=name)
def test_what_is_not_ours_comes_back_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    outcome = run(data, SECRETS)
    assert outcome.output is data
    assert outcome.results == ()


def test_what_was_done_to_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in FOLDERS:
        total: Counter[str] = Counter()
        for path in files(folder):
            total.update(counts(run(path.read_bytes(), SECRETS)))
        assert total["refused by name"] == 0
        assert total["policies written"] > 100
        with capsys.disabled():
            print(f"\n{folder}: " + ", ".join(f"{count} {what}" for what, count in total.items()))  # noqa: T201
