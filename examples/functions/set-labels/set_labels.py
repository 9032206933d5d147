#!/usr/bin/env python3
"""set-labels: labels on every object, and where it is asked for in pod templates and selectors."""

from collections.abc import Iterator

from pydantic import Field

from krmfn.sdk import Change, Config, Function, Object, Result

TEMPLATES = ("spec.template", "spec.jobTemplate.spec.template")
SELECTORS = {
    "/Service": "spec.selector",
    "/ReplicationController": "spec.selector",
    "apps/Deployment": "spec.selector.matchLabels",
    "apps/StatefulSet": "spec.selector.matchLabels",
    "apps/DaemonSet": "spec.selector.matchLabels",
    "apps/ReplicaSet": "spec.selector.matchLabels",
    "policy/PodDisruptionBudget": "spec.selector.matchLabels",
    "networking.k8s.io/NetworkPolicy": "spec.podSelector.matchLabels",
}


class SetLabels(Config):
    """A ConfigMap does too: its data are the labels."""

    labels: dict[str, str] = Field(min_length=1, description="The labels.")
    templates: bool = Field(False, description="Pod templates get them too, which restarts the pods.")
    selectors: bool = Field(False, description="Selectors and pod templates get them too. Those in a cluster never do.")

    @classmethod
    def of_config_map(cls, data):
        return {"labels": data}


def set_labels(thing: Object, config: SetLabels) -> Iterator[Change | Result]:
    """Set labels on every object; comments and order stay."""
    yield thing.merge(config.labels, "metadata.labels")
    if config.templates or config.selectors:
        for path in TEMPLATES:
            if thing.has(path):
                yield thing.merge(config.labels, f"{path}.metadata.labels")
    path = SELECTORS.get(f"{thing.group}/{thing.kind}")
    if config.selectors and path and thing.get(path):  # else it selects nothing, or all
        yield thing.merge(config.labels, path)
        if thing.group == "apps" and not config.labels.items() <= thing.get(path).items():
            yield thing.warning("a selector cannot change in a cluster: delete the object there first", path)


function = Function(SetLabels, set_labels, api_version="fn.example.com/v1", kind="SetLabels")

if __name__ == "__main__":
    raise SystemExit(function.main())
