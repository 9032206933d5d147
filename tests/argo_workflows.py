"""Argo's own code asked: questions to `argo-judge`, which stands in `tests/servers/argo`."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import hosts

JUDGE = "argo-judge"


@dataclass(frozen=True)
class Question:
    """Texts in YAML.

    Attributes:
        workflow: a Workflow, a CronWorkflow, or a WorkflowTemplate, which is submitted then.
        template: the WorkflowTemplate that its `workflowTemplateRef` refers to; may be empty.
        config_map: that of the controller; may be empty.
    """

    workflow: str
    template: str = ""
    config_map: str = ""


@dataclass(frozen=True)
class Container:
    """A container of a pod; without a policy it gets that of Kubernetes."""

    name: str
    image: str
    policy: str


@dataclass(frozen=True)
class Pod:
    """A pod that the controller makes.

    Attributes:
        template: the name of the template; empty where the pod is not of one.
        role: `template`, `agent` or `artifactGC`.
        secrets: the names in its `imagePullSecrets`.
        containers: its init containers, and its containers.
        lookups: the images that the controller asks their registries about.
    """

    template: str
    role: str
    secrets: tuple[str, ...]
    containers: tuple[Container, ...]
    lookups: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The pods of a Workflow, or why there are none."""

    pods: Sequence[Pod] = ()
    error: str = ""


def pods(questions: Iterable[Question]) -> list[Sequence[Pod]]:
    """The pods of each Workflow, by Argo's code. Skips the test without the program."""
    answers = ask(questions)
    assert not [answer for answer in answers if answer.error]
    return [answer.pods for answer in answers]


def ask(questions: Iterable[Question]) -> list[Answer]:
    """The same for Workflows that Argo may refuse."""
    hosts.require(JUDGE)
    asked = ({"workflow": q.workflow, "template": q.template, "configMap": q.config_map} for q in questions)
    finished = subprocess.run(
        [str(hosts.find(JUDGE))],
        input="".join(json.dumps(question) + "\n" for question in asked),
        capture_output=True,
        encoding="utf-8",
        timeout=hosts.PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    answers = (json.loads(line) for line in finished.stdout.split("\n") if line)
    return [Answer([_pod(pod) for pod in answer["pods"] or ()], answer.get("error", "")) for answer in answers]


def _pod(pod: dict[str, Any]) -> Pod:
    containers = (*pod["initContainers"], *pod["containers"])
    return Pod(
        pod["template"],
        pod["role"],
        tuple(pod["imagePullSecrets"]),
        tuple(Container(one["name"], one["image"], one["imagePullPolicy"]) for one in containers),
        tuple(pod["lookups"]),
    )
