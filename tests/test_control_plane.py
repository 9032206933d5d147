"""What a real API server makes of objects before krmfn and after it."""

import itertools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import manifests
import pytest
import yaml
from api_server import ControlPlane
from manifests import POLICIES, SECRETS, WITH_SECRETS, Manifest, settings
from shared import CORPUS, needs_shared

from krmfn import Outcome, Settings, run

each_source = pytest.mark.parametrize(
    "source", [pytest.param(name, marks=needs_shared if name == "corpus" else ()) for name in manifests.SOURCES]
)
RANDOM = re.compile(r"kube-api-access-\w+")


def taken_secrets(stored: Any) -> Any:
    return manifests.pod_spec(stored).pop("imagePullSecrets", None)


def comparable(stored: Any) -> Any:
    """What is stored, without what differs each time an object is created."""
    stored = json.loads(RANDOM.sub("kube-api-access", json.dumps(stored)))
    for key in ("uid", "creationTimestamp", "managedFields", "resourceVersion"):
        stored["metadata"].pop(key, None)
    if "generateName" in stored["metadata"]:
        del stored["metadata"]["name"]
    if stored["kind"] == "Job":
        spec = stored["spec"]
        for labels in (
            stored["metadata"]["labels"],
            spec["selector"]["matchLabels"],
            spec["template"]["metadata"]["labels"],
        ):
            for key in [key for key in labels if key.endswith("controller-uid")]:
                del labels[key]
    return stored


def prepare(plane: ControlPlane, manifest: Manifest) -> None:
    """Make what admission asks for: the namespace, and the ServiceAccount of a bare pod."""
    namespace = plane.namespace(manifest.namespace)
    if manifest.kind == "Pod" and isinstance(spec := manifest.data.get("spec"), dict):
        for key in ("serviceAccountName", "serviceAccount"):
            if isinstance(name := spec.get(key), str):
                plane.service_account(namespace, name)


@each_source
def test_what_was_accepted_is_accepted_and_stored_alike(
    control_plane: ControlPlane, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    for manifest in manifests.find(source):
        prepare(control_plane, manifest)
        before = control_plane.create(manifest.text, manifest.data)
        counts["accepted" if before.accepted else "refused"] += 1
        with_policies = control_plane.create(run(manifest.text, POLICIES).output, manifest.data)
        outcome = run(manifest.text, WITH_SECRETS)
        with_secrets = control_plane.create(outcome.output, manifest.data)
        assert with_policies.accepted == with_secrets.accepted == before.accepted, (manifest, with_secrets.message)
        if before.accepted:
            stored = comparable(before.body)
            assert comparable(with_policies.body) == stored, manifest
            stored_with_secrets = comparable(with_secrets.body)
            old, new = taken_secrets(stored) or [], taken_secrets(stored_with_secrets) or []
            assert new == wanted_secrets(manifest, outcome, old), manifest
            assert stored_with_secrets == stored, manifest
    with capsys.disabled():
        sys.stdout.write(f"\nobjects in the {source}, asked of the API server: {dict(counts)}\n")
    assert counts["accepted"] >= 10


def wanted_secrets(manifest: Manifest, outcome: Outcome, old: list[Any]) -> list[Any]:
    """The old list and ours; the old one where krmfn says that it leaves the object alone."""
    if manifests.is_left_alone(manifest, outcome):
        return old
    return old + [{"name": name} for name in SECRETS if {"name": name} not in old]


@needs_shared
def test_workflows_of_the_corpus_are_accepted_and_stored_as_krmfn_wrote_them(
    control_plane: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = (CORPUS / "crds" / "argoproj.io_workflows.yaml").read_bytes()
    control_plane.define(yaml.load(definition, Loader=manifests.LOADER))
    counts: Counter[str] = Counter()
    for manifest in manifests.find_custom("corpus", ["Workflow"]):
        control_plane.namespace(manifest.namespace)
        outcome = run(manifest.text, WITH_SECRETS)
        before, after = (control_plane.create(text, manifest.data) for text in (manifest.text, outcome.output))
        counts["accepted" if before.accepted else "refused"] += 1
        assert after.accepted == before.accepted, (manifest.source, after.message)
        if after.accepted:
            written = yaml.load(outcome.output, Loader=manifests.LOADER)["spec"]
            assert manifests.missing(written, after.body["spec"]) == [], manifest.source
    with capsys.disabled():
        sys.stdout.write(f"\nworkflows in the corpus, asked of the API server: {dict(counts)}\n")
    assert counts["accepted"] > 50


def applicable(plane: ControlPlane, namespace: str, first: Settings | None, second: Settings) -> tuple[bytes, bytes]:
    """Some objects that krmfn changes, under names of their own: two lists, each after krmfn with settings."""
    found: list[tuple[Any, Any]] = []
    for manifest in [*manifests.find("examples"), *manifests.find("cases")]:
        outcome = run(manifest.text, second)
        if not outcome.exit_code and outcome.changes:
            texts = (run(manifest.text, first).output if first else manifest.text, outcome.output)
            old, new = (yaml.load(text, Loader=manifests.LOADER) for text in texts)
            old["metadata"] = new["metadata"] = {"name": f"n{len(found)}", "namespace": namespace}
            answer = plane.create(json.dumps(new).encode(), new)
            if answer.accepted and is_mergeable(manifests.pod_spec(answer.body)):
                found.append((old, new))
    some = zip(*random.Random(12).sample(found, 40), strict=True)
    old, new = (json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode() for items in some)
    return old, new


def is_mergeable(spec: Any) -> bool:
    """Whether kubectl can compare the list of pull secrets, whose entries it knows by their names."""
    return len(manifests.secret_names(spec.get("imagePullSecrets"))) == len(spec.get("imagePullSecrets") or [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(None, POLICIES, id="policies-on-what-was-applied-without-krmfn"),
        pytest.param(WITH_SECRETS, WITH_SECRETS, id="our-output-on-our-output"),
    ],
)
def test_kubectl_finds_no_difference(control_plane: ControlPlane, first: Settings | None, second: Settings) -> None:
    namespace = control_plane.namespace("first" if first else "second")
    old, new = applicable(control_plane, namespace, first, second)
    # The API server has checked each one strictly; kubectl's own check knows less.
    applied = control_plane.kubectl("apply", "--validate=false", "-f", "-", stdin=old)
    assert applied.returncode == 0, applied.stderr.decode()
    diff = control_plane.kubectl("diff", "-f", "-", stdin=new)
    assert (diff.returncode, diff.stdout) == (0, b""), diff.stderr.decode()


ACCOUNTS: dict[str, list[Any] | None] = {
    "default": [{"name": "a"}, {"name": "b"}],
    "none": None,
    "empty": [],
    "one": [{"name": "a"}],
    "same": [{"name": "new"}],
    "order": [{"name": "z"}, {"name": "new"}, {"name": "a"}],
}
LISTS: list[Any] = [
    *([], None, [{}], [{"name": ""}], [{"name": None}]),
    *([{"name": name} for name in some] for size in (1, 2) for some in itertools.permutations(["a", "b", "c"], size)),
]
REFERENCES: list[dict[str, Any]] = [{}, *({"serviceAccountName": name} for name in ACCOUNTS), {"serviceAccount": "one"}]
REFERENCES += [{"serviceAccount": "none", "serviceAccountName": "order"}, {"automountServiceAccountToken": False}]


def pods(namespace: str) -> Iterator[dict[str, Any]]:
    """Pods that name an account in each way, with each list of secrets, and with no list."""
    for reference, secrets in itertools.product(REFERENCES, [{}, *({"imagePullSecrets": some} for some in LISTS)]):
        spec = {"containers": [{"name": "a", "image": "nginx:1"}], **reference, **secrets}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def test_pods_get_what_admission_would_have_given_them_and_ours(control_plane: ControlPlane) -> None:
    namespace = control_plane.namespace("accounts")
    accounts = []
    for name, secrets in ACCOUNTS.items():
        control_plane.service_account(namespace, name, **({"imagePullSecrets": secrets} if secrets else {}))
        head = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        accounts.append(head | ({} if secrets is None else {"imagePullSecrets": secrets}))
    wanted = settings(pullSecrets=[{"name": "new"}, {"name": "b"}])
    asked = 0
    for pod in pods(namespace):
        given = manifests.secret_names(
            control_plane.create(json.dumps(pod).encode(), pod).object["spec"].get("imagePullSecrets")
        )
        text = yaml.safe_dump_all([*accounts, pod], sort_keys=False).encode()
        done = list(yaml.safe_load_all(run(text, wanted).output))[-1]
        answer = control_plane.create(json.dumps(done).encode(), done)
        got = manifests.secret_names(answer.object["spec"].get("imagePullSecrets"))
        assert got == given + [name for name in ("new", "b") if name not in given], (pod, done)
        asked += 1
    assert asked == len(REFERENCES) * (len(LISTS) + 1)
