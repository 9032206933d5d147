"""Kubernetes' own code asked: questions to `kubernetes-judge`, which stands in `tests/servers/kubernetes`."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import hosts

JUDGE = "kubernetes-judge"
API_SERVER = "sigs.k8s.io/yaml"
PRINTED = "sigs.k8s.io/kustomize/kyaml, printed"
"""What the API server reads of what kustomize makes of a text. kyaml writes an empty value in braces as `''`."""

Reading = Mapping[str, Any]
"""A `value`, or an `error`."""


def read_yaml(texts: Iterable[str]) -> list[dict[str, Reading]]:
    """What each parser reads from each of the texts, of their first documents. Skips the test without the program."""
    return [dict(answer) for answer in _ask("yaml", texts)]


def _ask(subject: str, questions: Iterable[Any]) -> list[Any]:
    hosts.require(JUDGE)
    finished = subprocess.run(
        [str(hosts.find(JUDGE)), subject],
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True,
        encoding="utf-8",
        timeout=hosts.PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.split("\n") if line]
