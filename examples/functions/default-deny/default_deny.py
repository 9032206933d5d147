#!/usr/bin/env python3
"""default-deny: a NetworkPolicy in each namespace that lets no traffic to its pods, until other policies do."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from krmfn.sdk import Change, Config, Function, Objects

NAME = "default-deny"


class DefaultDeny(Config):
    """`spec` may be empty."""

    policy_types: list[Literal["Ingress", "Egress"]] = Field(["Ingress"], description="What is denied.")
    allow_dns: bool = Field(True, description="With `Egress` denied: pods may ask for names, at port 53.")
    exempt: list[str] = Field([], description="Namespaces that get none; a policy that is there is taken away.")


def default_deny(things: Objects, config: DefaultDeny) -> Iterator[Change | Mapping[str, Any]]:
    """Add a NetworkPolicy that denies all traffic to each namespace of the input."""
    named = [thing.name for thing in things.of_kind("Namespace", group="")]
    for namespace in dict.fromkeys([*named, *things.namespaces()]):
        if namespace not in config.exempt:
            yield policy(namespace, config)
        elif found := things.find("NetworkPolicy", NAME, namespace):
            yield found.drop()


def policy(namespace: str, config: DefaultDeny) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": config.policy_types}
    if "Egress" in config.policy_types and config.allow_dns:
        spec["egress"] = [{"ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": spec,
    }


function = Function(DefaultDeny, default_deny, api_version="fn.example.com/v1", kind="DefaultDeny", on=Objects)

if __name__ == "__main__":
    raise SystemExit(function.main())
