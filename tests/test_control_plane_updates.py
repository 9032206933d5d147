"""What a real API server makes of updates: which it refuses, and who owns what with server-side apply."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import manifests
import pytest
import yaml
from api_server import ControlPlane
from manifests import POLICIES, SECRETS, WITH_SECRETS, settings

from krmfn import Outcome, Severity, run

LABELS = {"app": "x"}
CHANGES: dict[str, dict[str, Any]] = {
    "the default policies": {},
    "other policies": {"pullPolicy": {"policy": "Always"}},
    "a new secret": {"pullSecrets": [{"name": "new"}]},
    "the secret that the account gave": {
        "pullSecrets": [{"name": "given"}],
        "knownServiceAccounts": [{"serviceAccount": "default", "secrets": ["given"]}],
    },
}


def workloads() -> Iterator[dict[str, Any]]:
    """An object of each kind, whose pods have an image at every place."""
    for kind, version in manifests.BUILTIN.items():
        if kind != "ServiceAccount":
            yield {"apiVersion": version, "kind": kind, **workload(kind)}


def workload(kind: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "initContainers": [{"name": "i", "image": "busybox:latest"}],
        "containers": [{"name": "a", "image": "nginx"}, {"name": "b", "image": "busybox:1.36"}],
        "volumes": [{"name": "m", "image": {"reference": "quay.io/a/b:v1"}}],
    }
    if kind in {"Job", "CronJob"}:
        spec["restartPolicy"] = "Never"
    template = {"metadata": {"labels": LABELS}, "spec": spec}
    metadata = {"metadata": {"name": kind.lower()}}
    if kind == "Pod":
        return metadata | {"spec": spec}
    if kind == "PodTemplate":
        return metadata | {"template": template}
    if kind == "CronJob":
        return metadata | {"spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}}
    selector = {"Job": {}, "ReplicationController": {"selector": LABELS}}
    return metadata | {"spec": {"template": template} | selector.get(kind, {"selector": {"matchLabels": LABELS}})}


def warned(outcome: Outcome) -> bool:
    """Whether krmfn says that the cluster refuses the change."""
    return any(result.severity == Severity.WARNING and "immutable" in result.message for result in outcome.results)


def changed_workloads() -> Iterator[Any]:
    for data in workloads():
        for change in CHANGES:
            yield pytest.param(data, change, id=f"{data['kind']}-{change.replace(' ', '-')}")


@pytest.fixture(scope="module")
def immutable(control_plane: ControlPlane) -> str:
    """A namespace with a workload of each kind, as it was before krmfn; its account gives a secret."""
    namespace = control_plane.namespace("immutable")
    control_plane.service_account(namespace, "default", imagePullSecrets=[{"name": "given"}])
    for data in workloads():
        assert control_plane.apply(in_namespace(data, namespace)).accepted
    return namespace


def in_namespace(data: dict[str, Any], namespace: str) -> dict[str, Any]:
    return data | {"metadata": data["metadata"] | {"namespace": namespace}}


@pytest.mark.parametrize(("data", "change"), list(changed_workloads()))
def test_what_the_api_server_refuses_is_exactly_what_krmfn_warns_of(
    control_plane: ControlPlane, immutable: str, data: dict[str, Any], change: str
) -> None:
    text = yaml.safe_dump(in_namespace(data, immutable), sort_keys=False).encode()
    outcome = run(text, settings(**CHANGES[change]))
    assert outcome.changes
    answer = control_plane.apply(outcome.output, dry=True, force=True)
    assert warned(outcome) == (not answer.accepted), answer.message
    if not answer.accepted:
        assert re.search("immutable|may not (change|add or remove)", answer.message), answer.message


def owned(stored: Any, manager: str) -> set[str]:
    """The fields that a manager owns, each as a path of the notation of the API server."""
    [entry] = [entry for entry in stored["metadata"]["managedFields"] if entry["manager"] == manager]
    return set(leaves(entry["fieldsV1"]))


def leaves(fields: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, inner in fields.items():
        yield from leaves(inner, f"{path}/{key}") if inner else [f"{path}/{key}"]


def test_server_side_apply_owns_and_removes_only_what_krmfn_wrote(control_plane: ControlPlane) -> None:
    namespace = control_plane.namespace("owners")
    for data in workloads():
        if data["kind"] in {"Pod", "Job"}:
            continue
        before = in_namespace(data, namespace)
        outcome = run(yaml.safe_dump(before, sort_keys=False).encode(), WITH_SECRETS)
        first = control_plane.apply(before).object
        with_other = copy.deepcopy({key: before[key] for key in ("apiVersion", "kind", "metadata")})
        template_of(with_other, data["kind"])["imagePullSecrets"] = [{"name": "injected"}]
        assert control_plane.apply(with_other, manager="injector").accepted
        second = control_plane.apply(outcome.output).object
        # What is new is ours, one field for each policy and a key for each secret.
        new = owned(second, "deployer") - owned(first, "deployer")
        secrets = {f'k:{{"name":"{name}"}}' for name in SECRETS}
        assert {path.rpartition("/")[2] for path in new} == {"f:imagePullPolicy", "f:pullPolicy", *secrets}, data[
            "kind"
        ]
        assert manifests.secret_names(manifests.pod_spec(second)["imagePullSecrets"]) == ["injected", *SECRETS]
        third = control_plane.apply(before).object
        assert manifests.secret_names(manifests.pod_spec(third)["imagePullSecrets"]) == ["injected"]
        assert owned(third, "deployer") == owned(first, "deployer")
        del manifests.pod_spec(third)["imagePullSecrets"]
        assert manifests.pod_spec(third) == manifests.pod_spec(first)


@pytest.mark.parametrize("own", [[], ["own"]], ids=["no-list-of-its-own", "a-list-of-its-own"])
@pytest.mark.parametrize("side", ["server", "client"])
def test_without_krmfn_all_that_it_wrote_goes(control_plane: ControlPlane, side: str, own: list[str]) -> None:
    """Objects as they were before krmfn, applied again: policies go back to the default, pull secrets go.

    A list that goes as a whole takes those of others with it, when it is kubectl that finds out what has gone.
    """
    namespace = control_plane.namespace(f"taken-away-{side}-{len(own)}")
    flags = ["--server-side", "--field-manager=deployer"] if side == "server" else []
    wanted = settings(pullPolicy={"policy": "Always"}, pullSecrets=[{"name": name} for name in SECRETS])

    def applied(text: bytes) -> list[Any]:
        done = control_plane.kubectl("apply", *flags, "-f", "-", stdin=text)
        assert done.returncode == 0, done.stderr.decode()
        found = control_plane.kubectl("get", "-f", "-", "-o", "json", stdin=text)
        return list(json.loads(found.stdout)["items"])

    some = [data for data in workloads() if data["kind"] not in {"Pod", "Job"}]
    for data in some if own else []:
        template_of(data, data["kind"])["imagePullSecrets"] = [{"name": name} for name in own]
    text = yaml.safe_dump_all([in_namespace(data, namespace) for data in some], sort_keys=False).encode()
    before = [manifests.pod_spec(stored) for stored in applied(text)]
    with_krmfn = [manifests.pod_spec(stored) for stored in applied(run(text, wanted).output)]
    for data in some:
        other = copy.deepcopy({key: in_namespace(data, namespace)[key] for key in ("apiVersion", "kind", "metadata")})
        template_of(other, data["kind"])["imagePullSecrets"] = [{"name": "injected"}]
        assert control_plane.apply(other, manager="injector").accepted
    after = [manifests.pod_spec(stored) for stored in applied(text)]

    assert len(before) == len(some) > 5
    for old, ours, left in zip(before, with_krmfn, after, strict=True):
        assert {one["imagePullPolicy"] for one in ours["containers"]} == {"Always"} != {"IfNotPresent"}
        assert manifests.secret_names(ours["imagePullSecrets"]) == [*own, *SECRETS]
        injected = [] if side == "client" and not own else ["injected"]
        assert sorted(manifests.secret_names(left.pop("imagePullSecrets", None))) == sorted([*own, *injected])
        old.pop("imagePullSecrets", None)
        assert left == old


def test_a_list_of_a_custom_resource_has_one_owner(control_plane: ControlPlane) -> None:
    """Without `x-kubernetes-list-type: map`: another manager's entry is a conflict, and not merged."""
    names = {"kind": "Shop", "plural": "shops"}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    control_plane.define(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "shops.example.com"},
            "spec": {"group": "example.com", "names": names, "scope": "Namespaced", "versions": [version]},
        }
    )
    namespace = control_plane.namespace("one-owner")
    head = {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {"name": "a", "namespace": namespace}}
    pod_spec = {"containers": [{"name": "a", "image": "nginx"}], "imagePullSecrets": []}
    data = head | {"spec": {"template": {"spec": pod_spec}}}
    outcome = run(yaml.safe_dump(data, sort_keys=False).encode(), WITH_SECRETS)
    assert control_plane.apply(outcome.output).accepted
    other = head | {"spec": {"template": {"spec": {"imagePullSecrets": [{"name": "injected"}]}}}}
    answer = control_plane.apply(other, manager="injector")
    assert answer.status == 409
    assert "deployer" in answer.message


def test_a_change_that_keeps_the_defaults_starts_no_new_pods(control_plane: ControlPlane) -> None:
    """The template of a Deployment is stored as it was, so its generation stays; a pull secret changes both."""
    namespace = control_plane.namespace("generations")
    for data in workloads():
        if data["kind"] in {"Pod", "Job", "PodTemplate"}:
            continue
        text = yaml.safe_dump(in_namespace(data, namespace), sort_keys=False).encode()
        first = control_plane.apply(text).object
        second = control_plane.apply(run(text, POLICIES).output).object
        third = control_plane.apply(run(text, WITH_SECRETS).output).object
        assert second["metadata"]["generation"] == first["metadata"]["generation"], data["kind"]
        assert third["metadata"]["generation"] > first["metadata"]["generation"], data["kind"]


def template_of(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """The pod spec of an object that is still to be filled."""
    for key in manifests.POD_SPECS.get(kind, ("spec", "template", "spec")):
        data = data.setdefault(key, {})
    return data
