"""krmfn's work grows with its input and no faster: told by counts of steps, not by time.

A step is a call, of Python or of C. What an input twice as large needs, less what a small one needs, is compared.
"""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from krmfn import Settings, cli, run

SMALL = 50
SLACK = 1.1
"""How much more than in proportion an input may need: caches fill, and lists are sorted."""

Make = Callable[[int], tuple[str, Settings]]


def steps(work: Callable[[], object]) -> int:
    """How many calls some work makes, after it has been done once: what is made once is not counted."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    work()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def settings(**spec: Any) -> Settings:
    return Settings.from_function_config({"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": spec})


def deployment(name: str, containers: int = 1, image: str = "nginx:1.27", account: str = "default") -> str:
    listed = "".join(f"      - name: c{i}\n        image: {image}\n" for i in range(containers))
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n"
        f"  selector:\n    matchLabels: {{app: web}}\n  template:\n    spec:\n"
        f"      serviceAccountName: {account}\n      containers:\n{listed}"
    )


def pod(name: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "a", "image": "nginx"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": name}, "spec": spec}


def lists(name: str, secret: str) -> str:
    listed = f"      imagePullSecrets: [{{name: {secret}}}]\n      containers:"
    return deployment(name).replace("      containers:", listed)


def account(name: str) -> str:
    return f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n  namespace: shop\n"


def secret(name: str) -> str:
    config = '{"auths": {"registry.example.com": {"auth": "dTpw"}}}'
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: shop\n"
        f"type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{config}'\n"
    )


def stream(*documents: str) -> str:
    return "---\n".join(documents)


def items(*documents: str) -> str:
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
    lines = ("- " + "".join(f"  {line}\n" for line in text.splitlines())[2:] for text in documents)
    return head + "".join(lines)


def workflow(templates: Iterable[str]) -> str:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n  templates:\n"
    return head + "".join(f"  - name: t{i}\n    {template}\n" for i, template in enumerate(templates))


ONE_SECRET = settings(pullSecrets=[{"name": "regcred"}])
ATTACHED = settings(pullSecrets=[{"name": "regcred"}], attachTo=["ServiceAccounts"])
CASES: dict[str, Make] = {
    "documents": lambda n: (stream(*(deployment(f"web-{i}") for i in range(n))), ONE_SECRET),
    "items": lambda n: (items(*(deployment(f"web-{i}") for i in range(n))), ONE_SECRET),
    "lines of JSON": lambda n: ("\n".join(json.dumps(pod(f"web-{i}")) for i in range(n)), ONE_SECRET),
    "list of objects": lambda n: (json.dumps([pod(f"web-{i}") for i in range(n)]), ONE_SECRET),
    "mapping of objects": lambda n: (json.dumps({f"web-{i}": pod(f"web-{i}") for i in range(n)}), ONE_SECRET),
    "what stays as it is": lambda n: (stream(*(account(f"a{i}") for i in range(n))), ONE_SECRET),
    "containers": lambda n: (deployment("web", containers=n), ONE_SECRET),
    "warnings": lambda n: (stream(*(deployment(f"web-{i}", image=f"not/An/image/{i}") for i in range(n))), Settings()),
    "ServiceAccounts": lambda n: (
        stream(*(account(f"a{i}") for i in range(n)), *(deployment(f"web-{i}", account=f"a{i}") for i in range(n))),
        ATTACHED,
    ),
    "unknown ServiceAccounts": lambda n: (
        stream(*(deployment(f"web-{i}", account=f"a{i}") for i in range(n))),
        ONE_SECRET,
    ),
    "pull secrets": lambda n: (deployment("web"), settings(pullSecrets=[{"name": f"s{i}"} for i in range(n)])),
    "Secrets that pods list": lambda n: (
        stream(*(secret(f"s{i}") for i in range(n)), *(lists(f"web-{i}", f"s{i}") for i in range(n))),
        Settings(),
    ),
    "Secrets that pods list by old names": lambda n: (
        stream(*(secret(f"s{i}-m654t874c6") for i in range(n)), *(lists(f"web-{i}", f"s{i}") for i in range(n))),
        Settings(),
    ),
    "templates with patches": lambda n: (
        workflow(
            f"""podSpecPatch: '{{"containers":[{{"name":"main","image":"a:{i}"}}]}}'\n    container: {{image: b}}"""
            for i in range(n)
        ),
        Settings(),
    ),
    "misplaced fields": lambda n: (
        deployment("web", containers=n).replace("image:", "pullPolicy: Always\n        image:"),
        Settings(),
    ),
    "files in a ConfigMap": lambda n: (
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "files"},
                "data": {f"{i}.yaml": json.dumps(pod(f"web-{i}")) for i in range(n)},
            }
        ),
        settings(embedded=True),
    ),
    "mappings that merge one another": lambda n: (
        stream("- &pod " + json.dumps(pod("a")) + "\n- *pod\n- a: " + "{k: {}, <<: " * n + "{}" + "}" * n + "\n"),
        ONE_SECRET,
    ),
    "Secrets in the input": lambda n: (
        stream(*(secret(f"s{i}") for i in range(n)), deployment("web")),
        settings(pullSecrets=[{"name": f"s{i}"} for i in range(n)]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_takes_steps_in_proportion_to(name: str) -> None:
    counts = []
    for size in (SMALL, 2 * SMALL, 4 * SMALL):
        text, wanted = CASES[name](size)
        data = text.encode()
        assert run(data, wanted).exit_code == 0
        counts.append(steps(lambda data=data, wanted=wanted: run(data, wanted)))  # type: ignore[misc]
    assert counts[2] - counts[1] <= 2 * SLACK * (counts[1] - counts[0]), counts


def test_files_take_steps_in_proportion_to_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    counts = []
    for size in (SMALL, 2 * SMALL, 4 * SMALL):
        folder = tmp_path / str(size)
        for number in range(size):
            place = folder / f"team-{number % 10}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"web-{number}.yaml").write_text(deployment(f"web-{number}"))
        monkeypatch.chdir(folder)
        counts.append(steps(lambda: cli.main(["check", "--jobs", "1", "."])))
        assert f"{size} files would change" in capfd.readouterr().err
    assert counts[2] - counts[1] <= 2 * SLACK * (counts[1] - counts[0]), counts


def test_growth_that_is_faster_is_noticed() -> None:
    counts = [steps(lambda size=size: [len("") for _ in range(size * size)]) for size in (50, 100, 200)]  # type: ignore[misc]
    assert counts[2] - counts[1] > 2 * SLACK * (counts[1] - counts[0])
