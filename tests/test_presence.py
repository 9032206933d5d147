"""What krmfn says of pull Secrets in its input, and that it never says what is in them."""

import base64
import hashlib
import json
import random
from typing import Any

import pytest
import yaml

from krmfn import Settings, run
from krmfn.imagepull.secrets import kustomize_names

IMAGES = ("registry.example.com/web:1", "ghcr.io/team/app", "nginx", "registry.example.com:5000/x@sha256:" + "0" * 64)
TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque", None, "kubernetes.io/dockerconfigjsn")
REGISTRIES = ("registry.example.com", "https://index.docker.io/v1/", "ghcr.io/team", "*.example.com:5000", "", "a b")


def credential(rng: random.Random) -> str:
    return "".join(rng.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJK23456789") for _ in range(14))


def entry(rng: random.Random, secrets: list[str]) -> Any:
    user, password, token = (credential(rng) for _ in range(3))
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    secrets += [user, password, token, auth]
    return rng.choice(
        (
            {"auth": auth},
            {"username": user, "password": password},
            {"username": user, "password": password, "auth": auth},
            {"auth": auth[:-3]},
            {"auth": password},
            {"auth": {"no": password}},
            {"identitytoken": token},
            {"username": [user], "password": password},
            password,
            [password],
            {},
            None,
        )
    )


def secret(rng: random.Random, name: str, secrets: list[str]) -> dict[str, Any]:
    auths = {rng.choice(REGISTRIES): entry(rng, secrets) for _ in range(rng.randrange(3))}
    config = rng.choice(({"auths": auths}, auths, {"auths": list(auths.values())}, {"credsStore": "x", "auths": auths}))
    text = json.dumps(config)
    text = rng.choice((text, text, text, text[: rng.randrange(len(text) + 1)], text + "}", text.replace('"', "'")))
    encoded = base64.b64encode(text.encode()).decode()
    secrets += [encoded[:20], text[20:50]] if len(text) > 60 else []
    kind, key = rng.choice(TYPES), rng.choice((".dockerconfigjson", ".dockercfg", "config.json"))
    if rng.random() < 0.5:
        kind, key = TYPES[0], ".dockerconfigjson"
    field = rng.choice(
        ({"data": {key: encoded}}, {"stringData": {key: text}}, {"data": {key: text}}, {"data": [text]}, {})
    )
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, **field}
    return {key: value for key, value in data.items() if value is not None}


@pytest.mark.parametrize("seed", range(200))
def test_no_part_of_a_credential_is_in_any_result(seed: int) -> None:
    rng = random.Random(seed)
    secrets: list[str] = []
    names = [f"s{i}" for i in range(4)]
    objects = [secret(rng, name, secrets) for name in names]
    pods = [{"name": f"c{i}", "image": image} for i, image in enumerate(IMAGES)]
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    objects.append(deployment | {"spec": {"template": {"spec": {"containers": pods}}}})
    wanted = [{"name": name, **({"images": ["**"]} if rng.random() < 0.5 else {})} for name in names]
    spec = {"pullSecrets": wanted, "checkSecrets": rng.choice(("Present", "All"))}
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
    outcome = run(yaml.safe_dump_all(objects, sort_keys=False).encode(), Settings.from_function_config(config))
    assert outcome.exit_code == 0
    said = "\n".join(map(str, outcome.results)) + json.dumps([result.as_data() for result in outcome.results])
    assert [part for part in secrets if part and part in said] == []


def test_secrets_that_the_kubelet_could_not_use_are_named() -> None:
    """The random ones above reach all that can be wrong, and some that can be used."""
    kinds = set()
    for seed in range(400):
        rng = random.Random(seed)
        objects = [secret(rng, "s", []), POD]
        settings = Settings().overridden(secrets=["s"])
        outcome = run(yaml.safe_dump_all(objects).encode(), settings)
        said = [str(result) for result in outcome.results if "pods pull" in result.message]
        kinds.add(next((words for words in WORDS for line in said if words in line), "".join(said)))
    assert kinds == {*WORDS, ""}


POD = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"template": {"spec": {"containers": [{"name": "c", "image": IMAGES[0]}]}}},
}
WORDS = (
    "the kubelet ignores it unless its type is",
    "is not base64",
    "has no Docker config in",
    "has no key",
    "has an empty",
    "no registry",
    "without user name and password",
    "has a value in data that is not a mapping",
    "which has no credentials for",
)


@pytest.mark.parametrize("seed", range(20))
def test_names_are_recognised_as_kustomize_makes_them(seed: int) -> None:
    """Its hash is ten digits of a SHA-256, of which it replaces those that could spell a word."""
    digest = hashlib.sha256(str(seed).encode()).hexdigest()[:10]
    suffix = digest.translate(str.maketrans("013ae", "ghkmt"))
    for renamed in (f"regcred-{suffix}", f"prod-regcred-{suffix}", f"a-b-regcred-{suffix}"):
        assert kustomize_names.is_renamed(renamed, "regcred")
        assert kustomize_names.has_hash(renamed, "regcred")
    for other in (
        f"regcred{suffix}",
        f"xregcred-{suffix}",
        f"regcred-{suffix}a",
        f"regcred-x-{suffix}",
        "regcred-prod",
    ):
        assert not kustomize_names.is_renamed(other, "regcred")
    assert kustomize_names.is_renamed("prod-regcred", "regcred")
    assert not kustomize_names.has_hash("prod-regcred", "regcred")
    assert not kustomize_names.is_renamed("regcred", "regcred")


ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
NODES = {"checkSecrets": "All", "nodeCredentials": ["*.dkr.ecr.*.amazonaws.com/**"]}


def pod_of(*images: str) -> bytes:
    containers = ", ".join(f'{{name: c{i}, image: "{image}"}}' for i, image in enumerate(images))
    head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  imagePullSecrets: [{name: mine}]\n"
    return f"{head}  containers: [{containers}]\n".encode()


@pytest.mark.parametrize(
    ("images", "spec", "is_error"),
    [
        ((f"{ECR}/a:1",), NODES, False),
        ((f"{ECR}/a:1",), {"checkSecrets": "All"}, True),
        ((f"{ECR}/a:1", "registry.example.com/b:1"), NODES, True),
        (("registry.example.com/b:1",), NODES, True),
        (("{{image}}",), NODES, True),
    ],
)
def test_no_secret_is_missed_for_images_that_nodes_pull_by_themselves(
    images: tuple[str, ...], spec: dict[str, Any], is_error: bool
) -> None:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": spec}
    outcome = run(pod_of(*images), Settings.from_function_config(config))
    assert [result.rule for result in outcome.results if result.severity == "error"] == ["secret-missing"] * is_error
    # An error names its place.
    assert all("line 5, column 22" in result.message for result in outcome.results if result.severity == "error")
