"""A function written from docs/functions.md alone, all of it in this one file, under the laws and on real manifests."""

from collections.abc import Iterator

import laws
import pytest
from pydantic import BaseModel, Field
from shared import CORPUS, needs_shared

from krmfn.sdk import Change, Config, Function, Object, Objects, Result
from krmfn.testing import check

# The function: pods of one workload are spread over zones, and a workload that cannot be is named.


class Constraint(BaseModel):
    max_skew: int = Field(alias="maxSkew")
    topology_key: str = Field(alias="topologyKey")


class SpreadPods(Config):
    topology_key: str = Field(default="topology.kubernetes.io/zone", description="Over what pods are spread.")
    max_skew: int = Field(default=1, ge=1, description="By how many pods two of these may differ.")
    budgets: bool = Field(default=False, description="A PodDisruptionBudget for each too.")


def spread_pods(things: Objects, config: SpreadPods) -> Iterator[Change | Result | dict[str, object]]:
    """Spread the pods of Deployments and StatefulSets."""
    for thing in things.of_kind("Deployment", "StatefulSet", group="apps"):
        labels = thing.get("spec.selector.matchLabels")
        if not labels:
            yield thing.warning("no matchLabels tell its pods", "spec.selector")
            continue
        for pod_spec in thing.pod_specs():
            found = pod_spec.get("topologySpreadConstraints", default=[])
            if any(Constraint.model_validate(one).topology_key == config.topology_key for one in found):
                continue
            new = {
                "maxSkew": config.max_skew,
                "topologyKey": config.topology_key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels},
            }
            yield pod_spec.append("topologySpreadConstraints", new)
        if config.budgets:
            yield budget(thing, labels)


def budget(thing: Object, labels: dict[str, str]) -> dict[str, object]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": thing.name, "namespace": thing.namespace},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    }


function = Function(SpreadPods, spread_pods, api_version="example.com/v1", kind="SpreadPods", on=Objects)

# What it does.

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the shop
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
"""
SPREAD = """\
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector:
          matchLabels:
            app: web
"""
BUDGET = """\
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
"""


def test_it_spreads_and_protects() -> None:
    assert check(function, WEB) == WEB + SPREAD
    assert check(function, WEB, {"budgets": True}) == WEB + SPREAD + BUDGET


def test_what_is_spread_stays() -> None:
    assert check(function, WEB + SPREAD.replace("maxSkew: 1", "maxSkew: 5 # for now")) == WEB + SPREAD.replace(
        "maxSkew: 1", "maxSkew: 5 # for now"
    )


def test_a_workload_without_labels_is_named() -> None:
    text = WEB.replace("{app: web}", "{}", 1)
    assert check(function, text).messages[0].startswith("warning: Deployment web: spec.selector: no matchLabels")


@needs_shared
@pytest.mark.usefixtures("loader")
def test_real_manifests() -> None:
    edited, config = 0, SpreadPods(budgets=True)
    for path in sorted((CORPUS / "kubernetes-examples").rglob("*.yaml")):
        data = path.read_bytes()
        outcome = function.run(data, config)
        laws.check(data, outcome, lambda again: function.run(again, config))
        edited += bool(outcome.edits)
    assert edited > 20
