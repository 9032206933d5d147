"""krmfn behind Porch's own wrapper server, which runs the entry point of a function's image for each request.

`tests/servers/porch` asks it as Porch does. What is missing here is the cluster, where Porch puts the two into a pod.
"""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import hosts
import pytest
import yaml

SERVER, CLIENT = "porch-wrapper-server", "porch-client"
LIMIT = 6 * 1024 * 1024
"""Porch's default for a message, in bytes."""
CONFIG = "apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: config}\n  data: {imagePullSecrets: regcred}\n"
HEAD = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  {CONFIG}items:\n"
POD = """\
- apiVersion: v1
  kind: Pod
  metadata:
    name: a # the pod
    annotations: {internal.config.kubernetes.io/path: a.yaml, internal.config.kubernetes.io/index: '0'}
  spec:
    containers:
    - name: a
      image: nginx
"""
POD_DONE = """\
  spec:
    imagePullSecrets:
    - name: regcred
    containers:
    - name: a
      image: nginx
      imagePullPolicy: Always
"""

Evaluate = Callable[[str], hosts.Finished]


@pytest.fixture
def evaluate(tmp_path: Path) -> Iterator[Evaluate]:
    """Sends a ResourceList to a wrapper server that runs krmfn; nothing of the environment is there for it."""
    hosts.require(SERVER)
    hosts.require(CLIENT)
    workplace = hosts.Workplace(tmp_path)
    server, client = (str(shutil.which(program, path=hosts.SEARCH_PATH)) for program in (SERVER, CLIENT))
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    running = subprocess.Popen([server, "--port", port, "--", workplace.krmfn], env={}, cwd="/")
    try:
        yield lambda text: workplace.run(client, f"localhost:{port}", "krmfn", stdin=text)
    finally:
        running.kill()
        running.wait()


def fill(size: int) -> str:
    """A pod, and items without images that make a ResourceList of this size in bytes."""
    item = "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {text: '%s'}}\n"
    start = HEAD + POD
    return start + item % ("x" * (size - len(start) - len(item % "")))


def test_resources_come_back_with_image_pulls_and_results(evaluate: Evaluate) -> None:
    finished = evaluate(HEAD + POD)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(HEAD + POD.partition("  spec:")[0] + POD_DONE)
    messages = [result["message"] for result in yaml.safe_load(finished.stdout)["results"]]
    assert "imagePullPolicy on 1 container: 1 Always; imagePullSecrets: regcred" in messages


def test_warning_comes_back_beside_the_resources(evaluate: Evaluate) -> None:
    finished = evaluate(HEAD + POD + "    serviceAccountName: builder\n")
    assert finished.returncode == 0
    assert finished.stderr.startswith("warning: a.yaml[0]: Pod a: spec: ServiceAccount builder is not in the input")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (
            HEAD + POD.rstrip() + "\n      imagePullPolicy: Alwys\n",
            "[error] v1/Pod/a spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys' is not one of Always, IfNot",
        ),
        (HEAD.replace("imagePullSecrets", "imagePullSecret") + POD, "unknown key `data.imagePullSecret`, did you mean"),
        (
            HEAD.replace(f"functionConfig:\n  {CONFIG}", "") + POD,
            "the ResourceList has no functionConfig. A minimal one:",
        ),
    ],
    ids=["in-a-resource", "in-the-config", "without-config"],
)
def test_error_arrives_as_a_structured_result(evaluate: Evaluate, text: str, result: str) -> None:
    finished = evaluate(text)
    assert (finished.returncode, finished.stdout) == (1, "")
    results = finished.stderr.partition('failed to evaluate function "krmfn" with structured results: ')[2]
    assert result in results.partition(" and stderr: ")[0]


def test_what_is_no_resource_list_fails_with_krmfns_words(evaluate: Evaluate) -> None:
    finished = evaluate(HEAD + "- {a: [")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "not YAML: " in finished.stderr


def test_message_close_to_the_limit_comes_back_whole(evaluate: Evaluate) -> None:
    text = fill(LIMIT - 4096)
    finished = evaluate(text)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith(text.replace(POD, POD.partition("  spec:")[0] + POD_DONE))


@pytest.mark.parametrize("size", [LIMIT - 64, LIMIT + 64], ids=["only-with-the-changes", "already"])
def test_message_beyond_the_limit_is_an_error_and_never_half_of_it(evaluate: Evaluate, size: int) -> None:
    finished = evaluate(fill(size))
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "ResourceExhausted" in finished.stderr
