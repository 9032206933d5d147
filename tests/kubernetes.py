"""Kubernetes' own code asked: questions to `kubernetes-judge`, which stands in `tests/servers/kubernetes`."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Self

import hosts

JUDGE = "kubernetes-judge"
API_SERVER = "sigs.k8s.io/yaml"
PRINTED = "sigs.k8s.io/kustomize/kyaml, printed"
"""What the API server reads of what kustomize makes of a text. kyaml writes an empty value in braces as `''`."""


@dataclass(frozen=True)
class Creation:
    """An answer to an object that is to be created.

    Attributes:
        undecoded: why strict decoding refuses the text, unknown and repeated fields included.
        stored: the object with its defaults, and without the unknown fields of a custom resource.
        unknown: the paths of those fields.
        invalid: what validation says.
    """

    undecoded: str = ""
    stored: Any = None
    unknown: Sequence[str] = ()
    invalid: Sequence[str] = ()


Reading = Mapping[str, Any]
"""A `value`, or an `error`."""


def read_yaml(texts: Iterable[str]) -> list[dict[str, Reading]]:
    """What each parser reads from each of the texts, of their first documents. Skips the test without the program."""
    return [dict(answer) for answer in _ask("yaml", texts)]


def default_policies(images: Iterable[str]) -> list[dict[str, str]]:
    """The policy each image gets by default, by place of a pod; `error` says why an image does not parse."""
    return [dict(answer) for answer in _ask("policy", images)]


def create_builtin(texts: Iterable[str]) -> list[Creation]:
    """What the API server makes of objects of its own kinds, each a text in YAML. Admission is not asked."""
    return [Creation(**answer) for answer in _ask("builtin", texts)]


def create_custom(definition: Mapping[str, Any], objects: Iterable[Any]) -> list[Creation]:
    """What the API server makes of custom resources, given the CustomResourceDefinition. Rules in CEL are not asked."""
    [answers] = _ask("custom", [{"definition": definition, "objects": list(objects)}])
    return [Creation(**answer) for answer in answers]


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


class Conversation:
    """The program asked again and again over one pipe: it starts only once."""

    def __init__(self, subject: str) -> None:
        hosts.require(JUDGE)
        self._process = subprocess.Popen(
            [str(hosts.find(JUDGE)), subject], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=hosts.PATIENCE)

    def ask(self, questions: Sequence[Any]) -> list[Any]:
        """The answers, in order."""
        assert self._process.stdout is not None
        # Written from beside: the program does not read on while nobody takes its answers.
        writer = Thread(target=self._write, args=["".join(json.dumps(question) + "\n" for question in questions)])
        writer.start()
        lines = [self._process.stdout.readline() for _ in questions]
        writer.join()
        assert all(lines), f"{JUDGE} ended early"
        return [json.loads(line) for line in lines]

    def _write(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()
