"""Whatever krmfn writes, no pod has fewer pull secrets than before, by the rule of Kubernetes' admission.

A pod has the secrets of its own list; only where that is empty, those of its ServiceAccount
(`plugin/pkg/admission/serviceaccount/admission.go`). Those of a Workflow have the defaults of Argo's controller beside
their own list (`workflow/util/merge.go`).
"""

import random
from collections.abc import Iterator
from typing import Any

import laws
import pytest
import yaml

from krmfn import Outcome, Settings, run

CONTROLLER = "workflow-controller-configmap"
FACTS = ("ServiceAccount", "ConfigMap")
"""The kinds that run nothing."""
NAMESPACES = ("", "a")
ACCOUNTS = (None, "default", "web")
SECRETS = ("one", "two", "three", "regcred")
ATTACHED = (("PodSpecs",), ("ServiceAccounts",), ("PodSpecs", "ServiceAccounts"))
WITH_DEFAULTS = (
    ("WorkflowDefaults",),
    ("PodSpecs", "WorkflowDefaults"),
    ("ServiceAccounts", "WorkflowDefaults"),
)
IMAGES = ("nginx", "registry.example.com/team/app:1", "registry.example.com/x:{{tag}}", "{{image}}", "ghcr.io/a/b:2")


def package(rng: random.Random) -> list[dict[str, Any]]:
    objects = [account(rng) for _ in range(rng.randrange(7))] + [pods(rng) for _ in range(rng.randrange(1, 9))]
    if rng.random() < 0.3:
        objects.append(controller(rng))
    rng.shuffle(objects)
    # The API server has one ServiceAccount of a name; the first one here is the one it would have.
    seen = set()
    kept = []
    for i, data in enumerate(objects):
        name = data["kind"], data["metadata"]["name"], data["metadata"].get("namespace")
        if data["kind"] not in FACTS:
            data["metadata"]["name"] = f"pods-{i}"
        elif name in seen:
            continue
        seen.add(name)
        kept.append(data)
    return kept


def account(rng: random.Random) -> dict[str, Any]:
    name = rng.choice(ACCOUNTS[1:])
    own = {"imagePullSecrets": [{"name": f"of-{name}"}]} if rng.random() < 0.7 else secrets(rng)
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(rng, name), **own}


def controller(rng: random.Random) -> dict[str, Any]:
    defaults = {"spec": secrets(rng) | {"templateDefaults": {}}}
    data = {"workflowDefaults": yaml.safe_dump(defaults)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(rng, CONTROLLER), "data": data}


def pods(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(("Pod", "Deployment", "Job", "CronJob", "Workflow", "CronWorkflow"))
    spec = workflow_spec(rng) if "Workflow" in kind else pod_spec(rng)
    api_version, wrapped = {
        "Pod": ("v1", spec),
        "Deployment": ("apps/v1", {"template": {"spec": spec}}),
        "Job": ("batch/v1", {"template": {"spec": spec}}),
        "CronJob": ("batch/v1", {"jobTemplate": {"spec": {"template": {"spec": spec}}}}),
        "Workflow": ("argoproj.io/v1alpha1", spec),
        "CronWorkflow": ("argoproj.io/v1alpha1", {"workflowSpec": spec}),
    }[kind]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata(rng, "x"), "spec": wrapped}


def metadata(rng: random.Random, name: Any) -> dict[str, Any]:
    namespace = rng.choice(NAMESPACES)
    return {"name": name, "namespace": namespace} if namespace else {"name": name}


def pod_spec(rng: random.Random) -> dict[str, Any]:
    return own_account(rng) | secrets(rng) | {"containers": [{"name": "main", "image": rng.choice(IMAGES)}]}


def workflow_spec(rng: random.Random) -> dict[str, Any]:
    templates = [
        {"name": f"t{i}", **own_account(rng), "container": {"image": rng.choice(IMAGES)}}
        for i in range(rng.randrange(1, 4))
    ]
    defaults = {"templateDefaults": own_account(rng)} if rng.random() < 0.2 else {}
    return (own_account(rng) if rng.random() < 0.5 else {}) | secrets(rng) | defaults | {"templates": templates}


def own_account(rng: random.Random) -> dict[str, Any]:
    name = rng.choice(ACCOUNTS)
    return {"serviceAccountName": name} if name else {}


def secrets(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.4:
        return {}
    return {"imagePullSecrets": [{"name": name} for name in rng.sample(SECRETS, rng.randrange(3))]}


def config(rng: random.Random) -> dict[str, Any]:
    limited = {"images": rng.choice((["registry.example.com/**"], ["**", "!docker.io/**"], ["ghcr.io/**"]))}
    return {
        "pullSecrets": [{"name": "regcred"}, {"name": "limited", "matchUnresolved": rng.random() < 0.5, **limited}],
        "attachTo": list(rng.choice((*ATTACHED, *ATTACHED, *WITH_DEFAULTS))),
        "serviceAccounts": {
            "names": rng.choice(([], ["*"], ["web"])),
            "create": rng.random() < 0.5,
            "secrets": rng.random() < 0.5,
        },
        "knownServiceAccounts": rng.choice(([], [{"serviceAccount": "web", "secrets": ["three"]}, {"namespace": "a"}])),
        "immutableObjects": rng.choice(("Warn", "Edit", "Skip")),
    }


def effective(objects: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The secrets of each kind of pod, by the name of its object and its place there."""
    accounts = {
        (data["metadata"].get("namespace", ""), data["metadata"]["name"]): names(data)
        for data in objects
        if data["kind"] == "ServiceAccount"
    }
    texts = [data["data"]["workflowDefaults"] for data in objects if data["kind"] == "ConfigMap"]
    defaults = names(yaml.safe_load(texts[0])["spec"]) if texts else set()
    return {
        place: (own | defaults if "Workflow" in data["kind"] else own) or accounts.get((namespace, account), set())
        for data in objects
        if data["kind"] not in FACTS
        for place, namespace, account, own in runs(data)
    }


def runs(data: dict[str, Any]) -> Iterator[tuple[str, str, str, set[str]]]:
    """Place, namespace, ServiceAccount and own secrets of the pods of an object."""
    namespace, spec = data["metadata"].get("namespace", ""), data["spec"]
    name = data["metadata"]["name"]
    for key in ("jobTemplate", "spec", "template", "spec", "workflowSpec"):
        spec = spec.get(key, spec)
    for template in spec.get("templates", [{"name": ""}]):
        chain = (template, spec.get("templateDefaults", {}), spec)
        account = next((part["serviceAccountName"] for part in chain if "serviceAccountName" in part), "default")
        yield f"{name} {template['name']}", namespace, account, names(spec)


def names(data: dict[str, Any]) -> set[str]:
    return {reference["name"] for reference in data.get("imagePullSecrets") or []}


def stream(objects: list[dict[str, Any]]) -> bytes:
    return yaml.safe_dump_all(objects, sort_keys=False).encode()


@pytest.mark.parametrize("seed", range(300))
def test_no_pod_has_fewer_secrets_than_before(seed: int) -> None:
    rng = random.Random(seed)
    objects, settings = package(rng), Settings.from_function_config(function_config(config(rng)))
    data = stream(objects)

    def rerun(given: bytes) -> Outcome:
        return run(given, settings)

    outcome = rerun(data)
    assert outcome.exit_code == 0, outcome.results
    laws.check(data, outcome, rerun)
    before, after = effective(objects), effective(list(yaml.safe_load_all(outcome.output)))
    assert {place: before[place] - after[place] for place in before if before[place] - after[place]} == {}


def function_config(spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}


def test_packages_reach_what_the_rule_is_about() -> None:
    """The packages above have pods that inherit, in each mode, and some of those get secrets."""
    missing = {(attached, True, True) for attached in ATTACHED}
    for seed in range(300):
        missing -= reached(seed)
        if not missing:
            break
    assert missing == set()


def reached(seed: int) -> set[tuple[tuple[str, ...], bool, bool]]:
    """Of each pod without a list: what secrets are attached to, whether it inherits some, whether it gets more."""
    rng = random.Random(seed)
    objects, spec = package(rng), config(rng)
    outcome = run(stream(objects), Settings.from_function_config(function_config(spec)))
    before, after = effective(objects), effective(list(yaml.safe_load_all(outcome.output)))
    bare = {place for data in objects if data["kind"] not in FACTS for place, *_, own in runs(data) if not own}
    return {(tuple(spec["attachTo"]), bool(before[place]), after[place] > before[place]) for place in bare}
