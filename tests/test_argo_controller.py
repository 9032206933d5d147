"""What runs after krmfn is what ran before, with the pull secrets: Argo's own code judges generated Workflows."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import argo_workflows
import pytest
import yaml
from argo_workflows import Container, Pod, Question
from shared import CORPUS, needs_shared

from krmfn import Outcome, Settings, run

HOW_MANY = 200
DEFAULTS = {
    "ghcr.io/acme/app": "Always",
    "ghcr.io/acme/app:latest": "Always",
    "ghcr.io/acme/app:1.27": "IfNotPresent",
    "python:3.13": "IfNotPresent",
    "alpine": "Always",
    "localhost:5000/tool:v2": "IfNotPresent",
}
"""Images, with the policy that Kubernetes defaults."""
IMAGES = tuple(DEFAULTS)
POLICIES = ("Always", "IfNotPresent", "Never")
EXECUTORS = {"quay.io/argoproj/argoexec:latest": "Always", "ghcr.io/acme/argoexec:v4": "IfNotPresent"}
SETTINGS = Settings.from_function_config(
    {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ImagePull",
        "spec": {
            "pullSecrets": [
                {"name": "regcred"},
                {"name": "acme", "images": ["ghcr.io/acme/app:*", "ghcr.io/acme/app"]},
                {"name": "executor", "images": ["ghcr.io/acme/argoexec:*"]},
            ]
        },
    }
)
KINDS = ("Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
LOOK_UP = "no `command`: Argo's controller"


@dataclass(frozen=True)
class Sample:
    """A Workflow, or what becomes one; the WorkflowTemplate that it refers to; and the ConfigMap of its controller."""

    workflow: Mapping[str, Any]
    template: Mapping[str, Any] | None
    config_map: Mapping[str, Any] | None

    @property
    def objects(self) -> list[Mapping[str, Any]]:
        return [one for one in (self.config_map, self.template, self.workflow) if one]

    @property
    def text(self) -> bytes:
        return yaml.safe_dump_all(self.objects, sort_keys=False).encode()

    @property
    def written(self) -> set[str]:
        """The images that do not stand in a patch."""
        return set(_images([self.template, self.workflow]))

    def question(self, text: bytes) -> Question:
        """What to ask about the objects of a text, which stand in it in their order."""
        texts = [yaml.safe_dump(one) for one in yaml.safe_load_all(text)]
        config_map = texts.pop(0) if self.config_map else ""
        template = texts.pop(0) if self.template else ""
        return Question(texts.pop(), template, config_map)


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["image"]] if "image" in value else [])
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _images(inner)


class Workflows:
    """Makes samples."""

    def __init__(self, seed: int, *, patches_images: bool) -> None:
        """`patches_images`: a `podSpecPatch` may replace an image and leave its policy open."""
        self._chance = random.Random(seed)
        self._patches_images = patches_images

    def sample(self) -> Sample:
        kind = self._pick("Workflow", "Workflow", "CronWorkflow", "WorkflowTemplate")
        spec = self._spec()
        template = None
        if kind != "WorkflowTemplate" and self._may(0.15):
            template = self._object("WorkflowTemplate", spec)
            spec = {"workflowTemplateRef": {"name": "of"}}
            if self._may(0.4):
                spec["podSpecPatch"] = self._patch()
        wrapped = {"schedules": ["* * * * *"], "workflowSpec": spec} if kind == "CronWorkflow" else spec
        return Sample(self._object(kind, wrapped), template, self._config_map() if self._may(0.5) else None)

    def _object(self, kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        metadata = {"name": "of" if kind == "WorkflowTemplate" else "made", "namespace": "argo"}
        return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}

    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"entrypoint": "t0"}
        if self._may(0.3):
            spec["imagePullSecrets"] = [{"name": name} for name in self._some("own", "regcred", "other")]
        if self._may(0.4):
            spec["templateDefaults"] = self._defaults()
        if self._may(0.3):
            spec["podSpecPatch"] = self._patch()
        if self._may(0.1):
            spec["artifactGC"] = {"strategy": "OnWorkflowDeletion"}
        return spec | {"templates": [self._template(f"t{i}", 2) for i in range(self._chance.randint(1, 4))]}

    def _defaults(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in ("container", "script"):
            if self._may(0.5):
                found[field] = self._container(self._may(0.5))
        if "script" in found:
            found["script"]["source"] = "default"
        if self._may(0.2):
            found["sidecars"] = [self._container(True) | {"name": "s0"}]
        if self._may(0.4):
            own = {"name": "main", "imagePullPolicy": self._pick(*POLICIES)}
            found["containerSet"] = {"containers": [self._container(True) | own]}
        if self._may(0.2):
            found["podSpecPatch"] = self._patch()
        return found

    def _template(self, name: str, depth: int) -> dict[str, Any]:
        template: dict[str, Any] = {"name": name}
        kind = self._pick("container", "container", "script", *["containerSet"] * 2, "resource", "http", "steps", "dag")
        if kind == "container":
            template[kind] = self._container(True)
        elif kind == "script":
            template[kind] = self._container(True) | {"source": "print(1)"}
        elif kind == "containerSet":
            names = ("main", "c1", "c2")[: self._chance.randint(1, 3)]
            template[kind] = {"containers": [self._container(True) | {"name": one} for one in names]}
        elif kind == "resource":
            template[kind] = {"action": "get", "manifest": "kind: Job"}
        elif kind == "http":
            template[kind] = {"url": "http://example.com"}
        elif depth:
            inner = self._template("", depth - 1)
            del inner["name"]
            step = {"name": "inner", "inline": inner}
            template |= {"steps": [[step]]} if kind == "steps" else {"dag": {"tasks": [step]}}
        else:
            template["container"] = self._container(True)
        if {"container", "script", "containerSet"} & template.keys():
            template |= self._beside()
        return template

    def _beside(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in ("initContainers", "sidecars"):
            if self._may(0.25):
                letter = field[0]
                found[field] = [
                    self._container(True) | {"name": f"{letter}{i}"} for i in range(self._chance.randint(1, 2))
                ]
        if self._may(0.25):
            found["podSpecPatch"] = self._patch()
        return found

    def _container(self, has_image: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"image": self._pick(*IMAGES)} if has_image else {}
        if self._may(0.3):
            found["imagePullPolicy"] = self._pick(*POLICIES)
        if self._may(0.7):
            found["command"] = ["run"]
        return found

    def _patch(self) -> str:
        """A patch, in YAML or JSON."""
        patch: dict[str, Any] = {"terminationGracePeriodSeconds": 1}
        if self._may(0.6):
            container = {"name": self._pick("main", "main", "wait")}
            if container["name"] == "main" and self._may(0.5):
                container["image"] = self._pick(*IMAGES)
            if "image" not in container or not self._patches_images or self._may(0.5):
                container["imagePullPolicy"] = self._pick(*POLICIES)
            patch["containers"] = [container]
        if self._may(0.3):
            patch["imagePullSecrets"] = [{"name": "patched"}]
        text: str = self._pick(json.dumps(patch), yaml.safe_dump(patch))
        return text

    def _config_map(self) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if self._may(0.5):
            settings["executor"] = {"image": "ghcr.io/acme/argoexec:v4"}
        if self._may(0.4):
            settings["mainContainer"] = {"imagePullPolicy": self._pick(*POLICIES)}
            if self._may(0.3):
                settings["mainContainer"]["command"] = ["run"]
        if self._may(0.3):
            settings["images"] = {self._pick(*IMAGES): {"entrypoint": ["run"]}}
        if self._may(0.6):
            spec: dict[str, Any] = {}
            if self._may(0.6):
                spec["imagePullSecrets"] = [{"name": name} for name in self._some("default-cred", "regcred")]
            if self._may(0.5):
                # Without an image: what krmfn does not see could not be given a policy.
                spec["templateDefaults"] = {
                    field: self._container(False) for field in self._some("container", "script")
                }
                for field in spec["templateDefaults"]:
                    if field == "script":
                        spec["templateDefaults"][field]["source"] = "default"
            settings["workflowDefaults"] = {"spec": spec}
        if settings and self._may(0.3):
            data = {"config": yaml.safe_dump(settings)}
        else:
            data = {key: self._pick(yaml.safe_dump(value), json.dumps(value)) for key, value in settings.items()}
        metadata = {"name": "workflow-controller-configmap", "namespace": self._pick("argo", "argo-system")}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}

    def _some(self, *of: str) -> list[str]:
        return self._chance.sample(of, self._chance.randint(1, len(of)))

    def _may(self, chance: float) -> bool:
        return self._chance.random() < chance

    def _pick(self, *of: Any) -> Any:
        return self._chance.choice(of)


@dataclass(frozen=True)
class Judged:
    """A sample, what krmfn made of it, and the pods before and after."""

    sample: Sample
    outcome: Outcome
    before: Sequence[Pod]
    after: Sequence[Pod]

    def __str__(self) -> str:
        return f"{self.sample.text.decode()}\n=== becomes\n{self.outcome.output.decode()}"


def judged(*, patches_images: bool, settings: Settings = SETTINGS) -> list[Judged]:
    make = Workflows(17, patches_images=patches_images)
    samples = [make.sample() for _ in range(HOW_MANY)]
    outcomes = [run(sample.text, settings) for sample in samples]
    before = argo_workflows.pods(sample.question(sample.text) for sample in samples)
    after = argo_workflows.pods(
        sample.question(outcome.output) for sample, outcome in zip(samples, outcomes, strict=True)
    )
    assert not [outcome.results for outcome in outcomes if outcome.exit_code]
    return [Judged(*each) for each in zip(samples, outcomes, before, after, strict=True)]


THROUGH_DEFAULTS = SETTINGS.replaced(attach_to=("WorkflowDefaults",))


@pytest.fixture(scope="module")
def workflows() -> list[Judged]:
    """Workflows whose patches leave no policy open."""
    return judged(patches_images=False)


def effective(pod: Pod) -> list[tuple[str, str, str]]:
    """The containers with the policy that Kubernetes gives them."""
    defaults = DEFAULTS | EXECUTORS
    return [(one.name, one.image, one.policy or defaults.get(one.image) or by_tag(one.image)) for one in pod.containers]


def by_tag(image: str) -> str:
    """What Kubernetes defaults for an image without a digest."""
    return "Always" if image.rpartition("/")[2].partition(":")[2] in ("", "latest") else "IfNotPresent"


def is_users(container: Container) -> bool:
    """Whether the image is one of the user."""
    return container.image in DEFAULTS


def with_other_policies(found: Sequence[Judged]) -> list[str]:
    return [str(one) for one in found if [*map(effective, one.before)] != [*map(effective, one.after)]]


def test_every_container_runs_with_the_policy_that_it_had(workflows: list[Judged]) -> None:
    assert not with_other_policies(workflows)


def test_a_container_whose_image_a_patch_replaces_runs_with_the_policy_that_it_had() -> None:
    assert not with_other_policies(judged(patches_images=True))


def test_no_policy_of_a_container_is_left_to_kubernetes(workflows: list[Judged]) -> None:
    for one in workflows:
        if one.sample.template and "podSpecPatch" in str(one.sample.workflow):
            continue  # it takes the place of the template's, for which containers there go without
        left = [container for pod in one.after for container in pod.containers if is_users(container)]
        assert all(container.policy for container in left), one


def test_the_secrets_reach_all_pods_but_those_that_collect_artifacts(workflows: list[Judged]) -> None:
    for one in workflows:
        for before, after in zip(one.before, one.after, strict=True):
            if after.role == "artifactGC":
                assert after.secrets == before.secrets, one
                continue
            assert {*before.secrets, "regcred"} <= {*after.secrets}, one
            images = {container.image for container in after.containers}
            if {"ghcr.io/acme/app", "ghcr.io/acme/app:latest", "ghcr.io/acme/app:1.27"} & images & one.sample.written:
                assert "acme" in after.secrets, one
            if "ghcr.io/acme/argoexec:v4" in images:
                assert "executor" in after.secrets, one


def test_the_secrets_reach_all_pods_through_the_defaults_of_the_controller_or_a_warning_says_why_not() -> None:
    reached = 0
    for one in judged(patches_images=False, settings=THROUGH_DEFAULTS):
        lacking = [pod for pod in one.after if pod.role != "artifactGC" and "regcred" not in pod.secrets]
        messages = (result.message.partition(" not reach the pods of this Workflow") for result in one.outcome.results)
        warned = [names for names, found, _ in messages if found and "regcred" in names]
        # The template that a Workflow refers to may list the secret.
        assert bool(lacking) == bool(warned) or (warned and one.sample.template), one
        spec = yaml.safe_load_all(one.outcome.output)
        reached += not lacking and "regcred" not in str([each for each in spec if each["kind"] != "ConfigMap"])
    assert reached > 10


ODD_TEXTS = {
    "a block mapping in one line": "  workflowDefaults: 'spec: {ttlStrategy: {}}'\n",
    "JSON in one line": "  workflowDefaults: '{\"spec\": {}}'\n",
    "a line without its end": "  workflowDefaults: |-\n    spec: {}\n",
    "lines without the last end": "  workflowDefaults: |-\n    spec:\n      ttlStrategy: {}\n",
    "blank lines around": "  workflowDefaults: |+\n\n    spec: {}\n\n",
    "a document start": "  workflowDefaults: |\n    ---\n    spec: {}\n",
    "a document end": "  workflowDefaults: |\n    spec: {}\n    ...\n",
    "a folded block": "  workflowDefaults: >\n    spec:\n      ttlStrategy: {}\n",
    "CRLF": '  workflowDefaults: "spec:\\r\\n  ttlStrategy: {}\\r\\n"\n',
    "a comment": "  workflowDefaults: |\n    # spec:\n",
    "words": "  workflowDefaults: |\n    no\n    mapping\n",
    "a list": "  workflowDefaults: |\n    - spec: {}\n    - a\n",
    "no spec": "  workflowDefaults: |\n    spec:\n",
    "a merge key": "  workflowDefaults: |\n    spec:\n      <<: {imagePullSecrets: [{name: own}]}\n",
    "all in one text": "  config: |\n    ---\n    workflowDefaults:\n      spec: {}\n",
    "all in one line": "  config: '{workflowDefaults: {spec: {}}}'\n",
    "all but the defaults in one text": "  config: |\n    parallelism: 3\n",
    "another key beside that one": "  config: |\n    workflowDefaults: {spec: {}}\n  parallelism: '3'\n",
    "several documents": "  config: |\n    workflowDefaults: {spec: {}}\n    ---\n    a: b\n",
    "another text that is broken": "  executor: '{'\n  workflowDefaults: |\n    spec: {}\n",
}
OF_ODD_TEXTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap, namespace: argo}
data:
"""
ONE_WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: made, namespace: argo}
spec:
  entrypoint: t0
  templates: [{name: t0, container: {image: alpine, command: [run]}}]
"""


@pytest.mark.parametrize("data", [pytest.param(data, id=title) for title, data in ODD_TEXTS.items()])
def test_the_defaults_in_an_odd_text_reach_the_pods_or_a_warning_says_that_they_do_not(data: str) -> None:
    outcome = run(f"{OF_ODD_TEXTS}{data}---\n{ONE_WORKFLOW}".encode(), THROUGH_DEFAULTS)
    config_map, workflow = (yaml.safe_dump(one) for one in yaml.safe_load_all(outcome.output))
    (answer,) = argo_workflows.ask([Question(workflow, config_map=config_map)])
    reaches = bool(answer.pods) and all("regcred" in pod.secrets for pod in answer.pods)
    warned = [result for result in outcome.results if "regcred does not reach the pods" in result.message]
    assert reaches != bool(warned), answer


def test_a_look_up_by_the_controller_is_reported_once_for_each_workflow(workflows: list[Judged]) -> None:
    for one in workflows:
        reported = [result for result in one.outcome.results if LOOK_UP in result.message]
        assert len(reported) == bool([image for pod in one.after for image in pod.lookups]), one


@needs_shared
def test_real_workflows_run_with_the_policies_that_they_had_and_with_the_secrets() -> None:
    files = sorted((CORPUS / "argo-workflows").rglob("*.yaml"))
    documents = (document for file in files for document in yaml.safe_load_all(file.read_bytes()))
    texts = [yaml.safe_dump(one) for one in documents if isinstance(one, dict) and one.get("kind") in KINDS]
    outcomes = [run(text.encode(), SETTINGS) for text in texts]
    before = argo_workflows.ask(Question(text) for text in texts)
    after = argo_workflows.ask(Question(outcome.output.decode()) for outcome in outcomes)
    judged = [each for each in zip(texts, outcomes, before, after, strict=True) if not each[2].error]
    assert len(judged) > 200
    for text, outcome, old, new in judged:
        assert [*map(effective, old.pods)] == [*map(effective, new.pods)], text
        assert all("regcred" in pod.secrets for pod in new.pods if pod.role != "artifactGC"), text
        is_reported = any(LOOK_UP in result.message for result in outcome.results)
        assert is_reported == any(pod.lookups for pod in new.pods), text


def test_the_workflows_are_of_all_sorts(workflows: list[Judged]) -> None:
    texts = [one.sample.text.decode() for one in workflows]
    words = (
        "containerSet",
        "script",
        "inline",
        "templateDefaults",
        "podSpecPatch",
        "workflowTemplateRef",
        "mainContainer",
    )
    for word in (*words, "workflowDefaults", "executor:", "sidecars", "initContainers", "config: ", "CronWorkflow"):
        assert sum(word in text for text in texts) >= 5, word
    assert any(pod.role == "agent" for one in workflows for pod in one.after)
