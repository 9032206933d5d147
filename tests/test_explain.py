"""`krmfn explain`: what is decided about each image and why, and that this is what a run does."""

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hosts import Finished, Workplace
from shared import CORPUS, needs_shared
from test_cases import Case, find_cases

from krmfn import Outcome, Settings, run
from krmfn.imagepull.explanation.images import ExplainedImage
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.outcome import AnnouncedChange

POLICIES = ("Always", "IfNotPresent", "Never")
CASES = [pytest.param(case, id=case.name) for case in find_cases()]
SECRETS: dict[str, Any] = {"pullSecrets": [{"name": "regcred"}]}


def settings(**spec: Any) -> Settings:
    return Settings.from_function_config({"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": spec})


def images(text: str, **spec: Any) -> list[ExplainedImage]:
    return list(run(text.encode(), settings(**spec), explains=True).images)


def pod(*containers: str, rest: str = "", meta: str = "name: web") -> str:
    listed = "".join(f"  - {{name: c{i}, {one}}}\n" for i, one in enumerate(containers))
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{{meta}}}\nspec:\n{rest}  containers:\n{listed}"


def account(*secrets: str, name: str = "default") -> str:
    listed = ", ".join(f"{{name: {secret}}}" for secret in secrets)
    return f"---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}}}\nimagePullSecrets: [{listed}]\n"


def names(proposed: object) -> set[str]:
    """The secrets in a proposed value, whatever its form."""
    match proposed:
        case str():
            return {proposed}
        case {"kind": "ServiceAccount", "imagePullSecrets": created}:
            return names(created)
        case dict():
            return {name for value in proposed.values() for name in names(value)}
        case list():
            return {name for value in proposed for name in names(value)}
    raise AssertionError(proposed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            (
                "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: s}\nspec:\n  triggers:\n"
                "  - template: {name: t, k8s: {operation: patch, source: {resource: POD}}}\n"
            ),
            "its trigger does not create it: the operation is patch",
        ),
        (
            (
                "apiVersion: policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy\nmetadata: {name: p}\n"
                "spec:\n  object-templates:\n  - {complianceType: MustNotHave, objectDefinition: POD}\n"
            ),
            "a cluster must not have it: complianceType is MustNotHave",
        ),
        (
            (
                "apiVersion: policy.open-cluster-management.io/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n"
                "  policy-templates:\n  - objectDefinition:\n      apiVersion: policy.open-cluster-management.io/v1\n"
                "      kind: ConfigurationPolicy\n      metadata: {name: p}\n      spec:\n        object-templates:\n"
                "        - {complianceType: mustnothave, objectDefinition: POD}\n"
            ),
            "a cluster must not have it: complianceType is mustnothave",
        ),
    ],
)
def test_objects_that_are_not_applied_say_why_they_are_left_alone(text: str, why: str) -> None:
    inner = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx}]}}"
    (image,) = (one for one in images(text.replace("POD", inner), **SECRETS, embedded=True) if one.reference.text)
    assert (image.policy.now, image.policy.to_be, image.policy.why) == ("", "", why)
    assert image.pull_secrets.why.startswith(why)


def test_an_object_that_asks_to_be_left_alone_says_nothing_of_what_is_in_it() -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: s, annotations: {krmfn.dev/skip: 'true'}}\n"
        "spec:\n  triggers:\n  - template: {name: t, k8s: {operation: patch, source: {resource: {apiVersion: v1, "
        "kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx}]}}}}}\n"
    )
    assert not any(one.reference.text for one in images(text, **SECRETS))
    assert any(one.reference.text for one in images(text.replace("'true'", "'false'"), **SECRETS))


def check_that_it_is_what_a_run_does(data: bytes, given: Settings | None) -> None:
    outcome, explained = run(data, given), run(data, given, explains=True)
    assert explained.output == outcome.output
    assert explained.results == outcome.results
    assert explained.changes == outcome.changes
    assert outcome.images == ()
    assert policies_written(outcome) == {
        (image.document, image.policy.path, image.policy.to_be)
        for image in explained.images
        if image.policy.to_be != image.policy.now
    }
    assert secrets_written(outcome, given) == {
        (image.document, secret.name)
        for image in explained.images
        for secret in image.pull_secrets.to_be
        if secret.delivery is Delivery.ADDED
    }
    for_others = [change for change in outcome.changes if is_for_others(change, given)]
    attached = {name for change in for_others for name in names(change.proposed)}
    for image in explained.images:
        for secret in image.pull_secrets.to_be:
            assert isinstance(secret.name, str)
            assert isinstance(secret.delivery, Delivery)
            assert secret.why
        assert {secret.name for secret in image.pull_secrets.to_be if secret.delivery is Delivery.ATTACHED} <= attached
        assert data.decode("utf-8-sig")[image.position :]
        assert set(image.pull_secrets.serving) <= {
            s.name for s in image.pull_secrets.to_be if s.delivery is not Delivery.MISSED
        }
        assert bool(image.pull_secrets.to_be) != bool(image.pull_secrets.why)


def policies_written(outcome: Outcome) -> set[tuple[int, str, str]]:
    return {
        (change.document, change.path, change.proposed)
        for change in outcome.changes
        if change.rule == "image-pull-policy"
    }


def is_for_others(change: AnnouncedChange, given: Settings | None) -> bool:
    """Whether the secrets that a change writes get into pods that stand elsewhere."""
    is_default = "workflowDefaults" in change.path and given is not None and "WorkflowDefaults" in given.attach_to
    return change.resource.kind == "ServiceAccount" or is_default


def secrets_written(outcome: Outcome, given: Settings | None) -> set[tuple[int, str]]:
    return {
        (change.document, name)
        for change in outcome.changes
        if not is_for_others(change, given) and change.rule == "image-pull-secrets"
        for name in names(change.proposed)
    }


@pytest.mark.parametrize("case", CASES)
def test_it_tells_what_a_run_writes(case: Case) -> None:
    check_that_it_is_what_a_run_does(case.data, case.settings)


def test_an_image_of_two_fields_for_secrets_has_one_reason_for_none() -> None:
    row = {"group": "example.com", "kind": "Shop", "podSpecs": ["spec.pods"], "pullSecrets": ["spec.imagePullSecrets"]}
    spec = "{pods: {containers: [{name: a, image: b}]}}"
    text = f"apiVersion: example.com/v1\nkind: Shop\nmetadata: {{name: a}}\nspec: {spec}\n"
    (image,) = images(text, kinds=[row])
    assert image.pull_secrets.why == "the settings have no pull secrets"
    (image,) = images(text, kinds=[row], pullSecrets=[{"name": "a"}, {"name": "b", "images": ["c"]}])
    assert [(one.name, one.why) for one in image.pull_secrets.to_be] == [("a", "for every image")]
    assert image.pull_secrets.why == ""


def test_an_image_without_a_field_for_its_policy_says_so() -> None:
    row = {"group": "example.com", "kind": "Shop", "images": [{"path": "spec", "policy": ""}]}
    text = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {image: a}\n"
    (image,) = images(text, kinds=[row])
    assert (image.policy.why, image.policy.path, image.policy.to_be) == ("there is no field for a policy", "", "")


def test_what_is_known_of_an_account_is_that_of_its_namespace() -> None:
    known = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: n}\n"
    found = {space: images(pod("image: a", meta=f"name: a, namespace: {space}") + known) for space in "nm"}
    assert [image.pull_secrets.why for image in found["n"]] == ["the settings have no pull secrets"]
    assert [image.pull_secrets.why for image in found["m"]] == [
        "the settings have no pull secrets; ServiceAccount default is not known"
    ]


def test_a_secret_of_another_namespace_has_no_say() -> None:
    config = json.dumps({"auths": {"other.example.com": {"auth": "dTpw"}}})
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: mine, namespace: %s}\n"
    secret += f"type: kubernetes.io/dockerconfigjson\nstringData: {{.dockerconfigjson: '{config}'}}\n"
    lists = "  imagePullSecrets: [{name: mine}]\n"
    for space, serving in (("n", ()), ("m", ("mine",))):
        text = pod("image: reg.example.com/a", rest=lists, meta="name: a, namespace: n") + secret % space
        assert [image.pull_secrets.serving for image in images(text)] == [serving]


def test_secrets_of_an_account_that_pods_do_not_use_say_so() -> None:
    text = pod("image: a", rest="  imagePullSecrets: [{name: mine}]\n") + account()
    (image,) = images(text, **SECRETS, attachTo=["ServiceAccounts"])
    assert [(one.name, one.delivery, one.why) for one in image.pull_secrets.to_be] == [
        ("mine", Delivery.LISTED, "already listed"),
        (
            "regcred",
            Delivery.MISSED,
            "attached to their ServiceAccount, while these pods list secrets of their own, for every image",
        ),
    ]


@needs_shared
@pytest.mark.parametrize("folder", ["argo-workflows", "kubernetes-examples", "no-edit"])
def test_it_tells_what_a_run_writes_into_real_manifests(folder: str) -> None:
    files = [file for file in sorted((CORPUS / folder).rglob("*.yaml")) if file.stat().st_size < 200_000]
    assert files
    for file in files:
        check_that_it_is_what_a_run_does(file.read_bytes(), settings(**SECRETS))


@pytest.mark.parametrize(
    ("container", "spec", "policy", "why"),
    [
        ("image: nginx", {}, "Always", "default for the tag latest, which is implied"),
        ("image: 'nginx:latest'", {}, "Always", "default for the tag latest"),
        ("image: 'nginx:1.27'", {}, "IfNotPresent", "default for the tag 1.27"),
        (f"image: 'nginx@sha256:{'0' * 64}'", {}, "IfNotPresent", "default for a digest without a tag"),
        ("image: nginx, imagePullPolicy: Never", {}, "Never", "set already"),
        ("image: '{{image}}'", {}, "", "the image is filled in later, and the default depends on it"),
        ("image: 'nginx:'", {}, "", "the image is not a valid reference"),
        ("image: nginx", {"pullPolicy": {"policy": "Off"}}, "", "pullPolicy.policy is Off"),
        ("image: nginx", {"pullPolicy": {"policy": "Never"}}, "Never", "pullPolicy.policy"),
        (
            "image: nginx, imagePullPolicy: Never",
            {"pullPolicy": {"overwrite": True}},
            "Always",
            "default for the tag latest, which is implied",
        ),
        (
            "image: 'nginx:1.27'",
            {
                "pullPolicy": {
                    "rules": [{"images": ["redis"], "policy": "Off"}, {"images": ["nginx"], "policy": "Always"}]
                }
            },
            "Always",
            "rule 2 of pullPolicy.rules",
        ),
        (
            "image: 'nginx:1.27'",
            {"pullPolicy": {"policy": "Never", "rules": [{"images": ["nginx"], "policy": "Defaulted"}]}},
            "IfNotPresent",
            "default for the tag 1.27 (rule 1 of pullPolicy.rules)",
        ),
        (
            "image: '{{image}}'",
            {"pullPolicy": {"policy": "Never", "rules": [{"images": ["nginx"], "policy": "Always"}]}},
            "",
            "whether rule 1 of pullPolicy.rules matches the image depends on what is filled in later",
        ),
    ],
)
def test_why_a_policy(container: str, spec: dict[str, Any], policy: str, why: str) -> None:
    (image,) = images(pod(container), **spec)
    assert (image.policy.to_be, image.policy.why) == (policy, why)


def test_a_policy_of_template_defaults_is_inherited() -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec:\n"
    text += "  templateDefaults: {container: {imagePullPolicy: Never}}\n"
    text += "  templates:\n  - {name: a, container: {image: nginx}}\n"
    defaults, image = images(text)
    assert (defaults.reference.text, defaults.policy.now, defaults.policy.to_be) == ("", "Never", "Never")
    assert (image.policy.to_be, image.policy.why) == ("", "Never is inherited from spec.templateDefaults.container")


def test_what_a_controller_reads_gets_only_a_policy_that_is_named() -> None:
    text = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: p}\nspec: {image: 'prom:v3'}\n"
    (image,) = images(text)
    assert (image.role, image.origin, image.policy.to_be) == ("controller", "catalogue", "")
    assert image.policy.why == "its controller has a default of its own, and the settings name no policy"
    (image,) = images(text, pullPolicy={"policy": "Always"})
    assert (image.policy.to_be, image.policy.why) == ("Always", "pullPolicy.policy")


@pytest.mark.parametrize(
    ("meta", "spec", "why"),
    [
        ("name: web, annotations: {krmfn.dev/skip: 'true'}", {}, "its annotation krmfn.dev/skip excludes it"),
        ("name: web", {"exclude": [{"kind": "Pod"}]}, "`include` or `exclude` in the settings exclude it"),
        ("name: web", {"immutableObjects": "Skip"}, "it is immutable, and `immutableObjects` is Skip"),
        (
            "name: web",
            {"kinds": [{"group": "", "kind": "Pod", "forbid": ["spec"]}]},
            "`forbid` in the settings keeps it from being written",
        ),
    ],
)
def test_images_of_what_is_left_alone_are_there_with_the_reason(meta: str, spec: dict[str, Any], why: str) -> None:
    (image,) = images(pod("image: nginx", meta=meta), **SECRETS, **spec)
    assert (image.reference.text, image.policy.to_be, image.policy.why, image.pull_secrets.serving) == (
        "nginx",
        "",
        why,
        (),
    )
    if image.pull_secrets.to_be:
        assert [(secret.delivery, secret.why) for secret in image.pull_secrets.to_be] == [(Delivery.MISSED, why)]
    else:
        assert image.pull_secrets.why.startswith(why)


def test_a_kind_that_nothing_knows_is_there_with_what_the_settings_say_of_it() -> None:
    text = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: s}\n"
    text += "spec: {template: {spec: {containers: [{name: a, image: nginx}]}}}\n"
    assert [(image.origin, image.policy.to_be) for image in images(text)] == [("structure", "Always")]
    (image,) = images(text, unknownKinds="Skip")
    assert (image.policy.to_be, image.policy.why) == ("", "its kind is not known, and `unknownKinds` is Skip")
    row = {"group": "example.com", "kind": "Shop", "podSpecs": ["spec.template.spec"]}
    assert [image.origin for image in images(text, kinds=[row])] == ["function config"]
    definition = (Path(__file__).parent / "cases" / "definitions").glob("*.yaml")
    outcomes = [run(file.read_bytes(), settings(), explains=True) for file in definition]
    assert "CustomResourceDefinition" in {image.origin for outcome in outcomes for image in outcome.images}


def test_nothing_is_to_be_where_an_error_keeps_it_from_being_written() -> None:
    text = pod("image: nginx", "image: redis, imagePullPolicy: Sometimes")
    first, second = images(text, **SECRETS)
    why = "nothing is written while the input has errors"
    assert (first.policy.to_be, first.policy.why, first.pull_secrets.serving) == ("", why, ())
    assert [(secret.delivery, secret.why) for secret in first.pull_secrets.to_be] == [(Delivery.MISSED, why)]
    assert (second.policy.to_be, second.policy.why) == ("Sometimes", "set already")


def test_what_a_service_account_gives_is_not_lost_by_an_error() -> None:
    (image,) = images(pod("image: nginx, imagePullPolicy: Sometimes") + account("mine"), **SECRETS)
    assert [(secret.name, secret.delivery.value) for secret in image.pull_secrets.to_be] == [
        ("mine", "inherited"),
        ("regcred", "missed"),
    ]
    assert image.pull_secrets.serving == ("mine",)


def secrets(text: str, **spec: Any) -> dict[str, tuple[str, str]]:
    (image,) = images(text, **spec)
    return {secret.name: (secret.delivery.value, secret.why) for secret in image.pull_secrets.to_be}


TEAM: dict[str, Any] = {"pullSecrets": [{"name": "team", "images": ["registry.example.com/**"]}]}


def test_why_a_secret() -> None:
    text = pod("image: registry.example.com/a")
    assert secrets(text, **SECRETS) == {"regcred": ("added", "for every image")}
    assert secrets(text, **TEAM) == {"team": ("added", "for registry.example.com/a")}
    assert secrets(pod("image: nginx"), **TEAM) == {}
    own = pod("image: registry.example.com/a", rest="  imagePullSecrets: [{name: mine}, {name: team}]\n")
    assert secrets(own, **TEAM) == {
        "mine": ("listed", "already listed"),
        "team": ("listed", "already listed, for registry.example.com/a"),
    }


def test_secrets_of_a_service_account() -> None:
    text = pod("image: nginx") + account("mine")
    assert secrets(text) == {"mine": ("inherited", "from ServiceAccount default")}
    assert secrets(text, **SECRETS) == {
        "mine": ("added", "from ServiceAccount default"),
        "regcred": ("added", "for every image"),
    }
    attached = {"attachTo": ["ServiceAccounts"], **SECRETS}
    assert secrets(text, **attached) == {
        "mine": ("inherited", "from ServiceAccount default"),
        "regcred": ("attached", "attached to ServiceAccount default, for every image"),
    }
    assert secrets(pod("image: nginx"), **attached) == {
        "regcred": ("missed", "ServiceAccount default is not in the input, for every image")
    }
    assert secrets(pod("image: nginx"), knownServiceAccounts=[{"secrets": ["cluster"]}]) == {
        "cluster": ("inherited", "from ServiceAccount default")
    }


def test_what_the_controller_of_workflows_brings() -> None:
    settings = "spec: {imagePullSecrets: [{name: mine}, {name: team}]}"
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\n"
        "spec: {templates: [{name: a, container: {image: registry.example.com/a, command: [x]}}]}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"
        f"data:\n  mainContainer: '{{imagePullPolicy: Never}}'\n  workflowDefaults: |\n    {settings}\n"
    ) + account("of-the-account")
    brought = ("inherited", "from workflowDefaults in ConfigMap workflow-controller-configmap")
    assert secrets(text) == {"mine": brought, "team": brought}
    assert secrets(text, **TEAM) == {"team": ("added", "for registry.example.com/a"), "mine": brought}
    (image,) = images(text)
    why = "Never is filled in by mainContainer in ConfigMap workflow-controller-configmap"
    assert (image.policy.to_be, image.policy.why) == ("", why)


def test_a_secret_serves_no_image_that_the_settings_or_its_own_content_keep_it_from() -> None:
    text = pod("image: registry.example.com/a", "image: nginx")
    assert [image.pull_secrets.serving for image in images(text, **TEAM)] == [("team",), ()]
    assert [image.pull_secrets.serving for image in images(text, **SECRETS)] == [("regcred",), ("regcred",)]
    config = json.dumps({"auths": {"registry.example.com": {"username": "u", "password": "hush-hush"}}})
    given = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: regcred}\ntype: kubernetes.io/dockerconfigjson\n"
    found = images(text + given + f"stringData: {{.dockerconfigjson: '{config}'}}\n", **SECRETS)
    assert [image.pull_secrets.serving for image in found] == [("regcred",), ()]
    assert "hush-hush" not in str(found)


def docker_secret(name: str, *registries: str) -> str:
    config = json.dumps({"auths": {registry: {"username": "u", "password": "hush-hush"} for registry in registries}})
    head = f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ntype: kubernetes.io/dockerconfigjson\n"
    return f"{head}stringData: {{.dockerconfigjson: '{config}'}}\n"


def credentials(text: str, **spec: Any) -> list[str]:
    return [image.credentials.value for image in images(text, **spec)]


def test_where_the_credentials_for_an_image_come_from() -> None:
    text = pod("image: registry.example.com/a:1", "image: registry.example.com/a", "image: nginx", "image: '{{x}}'")
    assert credentials(text) == ["none", "none", "none", "unknown"]
    # Somebody keeps a secret for this registry, so nodes have no credentials for it.
    assert credentials(text + docker_secret("team", "registry.example.com")) == [
        *("cache only", "missing", "none", "unknown")
    ]
    assert credentials(text, **TEAM) == ["pull secret", "pull secret", "none", "pull secret"]
    skipped = pod("image: registry.example.com/a:1", meta="name: web, annotations: {krmfn.dev/skip: 'true'}")
    assert credentials(skipped, **TEAM) == ["cache only"]
    never = pod("image: registry.example.com/a, imagePullPolicy: Never", meta="name: a, namespace: x")
    assert credentials(never + docker_secret("team", "registry.example.com")) == ["cache only"]
    nodes = {"nodeCredentials": ["registry.example.com/**"]}
    assert credentials(text + docker_secret("team", "registry.example.com"), **nodes) == [
        *("node", "node", "none", "unknown")
    ]
    assert credentials(text, **TEAM, **nodes)[0] == "node"


def test_credentials_for_a_whole_public_registry_tell_nothing_of_its_images() -> None:
    text = pod("image: nginx:1", "image: team/app:1", "image: ghcr.io/team/app:1")
    assert credentials(text + docker_secret("hub", "https://index.docker.io/v1/", "ghcr.io")) == ["none"] * 3
    assert credentials(text + docker_secret("hub", "ghcr.io/team")) == ["none", "none", "cache only"]
    skipped = text.replace("name: web", "name: web, annotations: {krmfn.dev/skip: 'true'}")
    given = [{"name": "a", "images": ["docker.io/**"]}, {"name": "b", "images": ["docker.io/team/*"]}]
    assert credentials(skipped, pullSecrets=given) == ["none", "cache only", "none"]
    broken = docker_secret("hub", "ghcr.io/team").replace("kubernetes.io/dockerconfigjson", "Opaque")
    assert credentials(text + broken) == ["none"] * 3


def test_a_secret_of_images_and_pods_without_any_are_told_too() -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: EventBus\nmetadata: {name: e}\nspec: {nats: {native: {}}}\n"
    (image,) = images(text, **SECRETS)
    assert (image.role, image.reference.text, image.reference.state) == ("pods", "", "none")
    assert [secret.delivery for secret in image.pull_secrets.to_be] == [Delivery.ADDED]


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    made.write(
        {
            "app/web.yaml": "# the shop\n" + pod("image: registry.example.com/a", "image: '=1+1'"),
            "values.yaml": "a: 1\n",
        }
    )
    return made


def explain(place: Workplace, *arguments: str, stdin: str = "") -> Finished:
    return place.run(place.krmfn, "explain", *arguments, stdin=stdin)


def test_the_table_and_the_page_say_what_works_only_from_a_cache(place: Workplace) -> None:
    manifest = pod("image: registry.example.com/a:1", "image: registry.example.com/a", "image: quay.io/a/b")
    config = "{apiVersion: krmfn.dev/v1alpha1, kind: ImagePull, spec: {nodeCredentials: [quay.io/**]}}"
    place.write({"krmfn.yaml": config, "a.yaml": manifest + docker_secret("team", "registry.example.com")})
    told = explain(place, "--html", "p.html", "--format", "table", "a.yaml").stdout
    assert "no credentials are known: works only from a node's cache" in told
    assert "no credentials are known: the pull fails" in told
    assert "nodes have credentials" in told
    assert [line.split()[-1] for line in told.splitlines()[-2:]] == ["2", "0"]
    page = place.read()["p.html"]
    assert 'data-marks="changes unserved needy"' in page
    assert "<b>2</b> credentials needed, none known" in page


def test_the_table_has_a_line_for_each_image_and_each_registry(place: Workplace) -> None:
    found = explain(place, "--secret", "regcred", ".")
    assert found.returncode == 0
    first, second, *_ = found.stdout.splitlines()[1:]
    assert first.split("  ")[0] == "app/web.yaml:7"
    assert "- → Always" in first
    assert "regcred (added, for every image)" in first
    assert "=1+1" in second
    assert "the image is not a valid reference" in second
    rows = [line.split() for line in found.stdout.partition("\nREGISTRY")[2].splitlines()[1:]]
    assert rows == [
        ["registry.example.com", "1", "1", "1", "0", "0", "0", "0"],
        ["(not", "valid)", "1", "1", "0", "0", "0", "1", "0"],
    ]
    assert "1 file would change, 1 looked at" in found.stderr
    assert "1 skipped (1 values file)" in found.stderr


def test_csv_is_read_as_rows_of_text(place: Workplace) -> None:
    place.write({"b.yaml": pod('image: "a,\\"b\\"c"')})
    rows = list(csv.DictReader(io.StringIO(explain(place, "--format", "csv", ".").stdout)))
    assert [row["image"] for row in rows] == ["registry.example.com/a", "'=1+1", 'a,"b"c']
    assert (rows[0]["file"], rows[0]["line"], rows[0]["column"]) == ("app/web.yaml", "7", "23")
    assert (rows[0]["registry"], rows[0]["repository"], rows[0]["tag"]) == ("registry.example.com", "a", "latest")
    assert (rows[0]["policyNow"], rows[0]["policy"], rows[0]["knownBy"]) == ("", "Always", "built-in")


@pytest.mark.parametrize(
    ("image", "cell"),
    [
        ('"=1+1"', "'=1+1"),
        ('"+1"', "'+1"),
        ('"-1"', "'-1"),
        ('"@SUM(A1)"', "'@SUM(A1)"),
        ('"\\uFF1D1+1"', "'\uff1d1+1"),
        ('" =1+1"', " '=1+1"),
        ('"a;=1+1"', "a;'=1+1"),
        ('"\\t=1+1"', "\\t=1+1"),
        ('"a\\r=1+1"', "a\\r=1+1"),
        ('"a\\n::error::b"', "a\\n::error::b"),
        ('"\\u202Ea\\e[31m"', "\\u202ea\\x1b[31m"),
    ],
)
def test_no_spreadsheet_calculates_and_no_row_breaks(place: Workplace, image: str, cell: str) -> None:
    place.write({"b.yaml": pod(f"image: {image}")})
    text = explain(place, "--format", "csv", "b.yaml").stdout
    assert len(re.split("[\r\n]", text)) == 3  # a head, a row, and nothing
    (row,) = csv.DictReader(io.StringIO(text), strict=True)
    assert row["image"] == cell


def test_json_has_all_of_it(place: Workplace) -> None:
    data = json.loads(explain(place, "--format", "json", "--secret", "regcred", ".").stdout)
    assert data["version"] == 1
    image = data["images"][0]
    why = "default for the tag latest, which is implied"
    assert image["policy"] == {"now": "", "toBe": "Always", "why": why, "stale": ""}
    assert image["pullSecrets"] == {
        "now": [],
        "toBe": [{"name": "regcred", "delivery": "added", "why": "for every image"}],
        "why": "",
        "servingThisImage": ["regcred"],
    }
    assert {file["path"]: file["status"] for file in data["files"]} == {
        "app/web.yaml": "changed",
        "values.yaml": "skipped",
    }
    assert data["registries"][0]["policies"] == {"Always": 1, "IfNotPresent": 0, "Never": 0, "none": 0}


def test_lines_are_right_in_files_that_are_treated_in_slices(place: Workplace) -> None:
    text = "---\n".join(
        pod("image: nginx", meta=f"name: web-{i}, annotations: {{a: {'x' * 5000}}}") for i in range(1200)
    )
    place.write({"large.yaml": text})
    rows = list(csv.DictReader(io.StringIO(explain(place, "--format", "csv", "large.yaml").stdout)))
    assert len(rows) == 1200
    lines = text.split("\n")
    assert all(lines[int(row["line"]) - 1][int(row["column"]) - 1 :].startswith("nginx") for row in rows)
    assert [row["name"] for row in rows] == [f"web-{i}" for i in range(1200)]


@pytest.mark.parametrize("paths", [(), ("-",)])
def test_stdin_is_a_stream_or_a_resource_list(place: Workplace, paths: tuple[str, ...]) -> None:
    found = explain(place, "--format", "csv", *paths, stdin=pod("image: nginx"))
    assert found.stdout.splitlines()[1].startswith("stdin,6,23,v1,Pod,")
    item = yaml.safe_load(pod("image: nginx"))
    item["metadata"]["annotations"] = {"config.kubernetes.io/path": "a.yaml", "config.kubernetes.io/index": "2"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": "mine"}}
    given = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [item], "functionConfig": config}
    data = json.loads(explain(place, "--format", "json", *paths, stdin=yaml.safe_dump(given)).stdout)
    (image,) = data["images"]
    assert image["file"] == "a.yaml[2]"
    assert [secret["name"] for secret in image["pullSecrets"]["toBe"]] == ["mine"]


def test_errors_are_said_and_fail(place: Workplace) -> None:
    place.write({"bad.yaml": pod("image: nginx, imagePullPolicy: Sometimes")})
    found = explain(place, "--format", "json", ".")
    assert found.returncode == 1
    assert "bad.yaml:6:47: error: Pod web" in found.stderr
    assert len(json.loads(found.stdout)["images"]) == 3
    assert explain(place, "absent").returncode == 1
    assert explain(place, "-", "app").returncode == 2
    assert explain(place, stdin="{").returncode == 1


def test_escape_sequences_of_manifests_do_not_reach_a_terminal(place: Workplace) -> None:
    place.write({"e.yaml": pod('image: "a\\e[31m\\u202Eb"', meta='name: "\\e]0;title\\a"')})
    found, checked = explain(place, "e.yaml"), place.run(place.krmfn, "check", "e.yaml")
    assert "\\x1b[31m" in found.stdout
    assert "\x1b" not in found.stdout + found.stderr + checked.stdout + checked.stderr
    assert "\u202e" not in found.stdout


def test_a_manifest_is_not_overwritten_by_a_page(place: Workplace) -> None:
    """As by a glob behind --html."""
    place.write({"a.yaml": "a: b\n"})
    finished = explain(place, "--html", "a.yaml", ".")
    assert finished.returncode == 1
    assert "a.yaml: is there, and is no page; name another file for --html" in finished.stderr
    assert place.read()["a.yaml"] == "a: b\n"


def test_a_page_that_cannot_be_written_leaves_what_was_there(place: Workplace) -> None:
    assert explain(place, "--html", "absent/page.html", ".").returncode == 1
    place.write({"page.html": "<!DOCTYPE html>old"})
    assert explain(place, "--html", "page.html", "absent").returncode == 1
    assert place.read()["page.html"] == "<!DOCTYPE html>old"
    found = explain(place, "--html", "page.html", ".")
    assert (found.returncode, found.stdout) == (0, "")
    assert place.read()["page.html"].startswith("<!doctype html>")
    assert sorted(file.name for file in place.folder.iterdir()) == ["app", "page.html", "values.yaml"]
    umask = os.umask(0)
    os.umask(umask)
    assert (place.folder / "page.html").stat().st_mode & 0o777 == 0o666 & ~umask


def custom(api_version: str, kind: str, spec: str) -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n"


def test_secrets_in_mappings_that_are_created_are_explained_by_image() -> None:
    steps = "{taskSpec: {steps: [{name: a, image: r.example.com/a:1}]}}"
    [image] = images(custom("tekton.dev/v1", "TaskRun", steps), **SECRETS)
    assert [(secret.name, secret.delivery) for secret in image.pull_secrets.to_be] == [("regcred", Delivery.ADDED)]
    [pods] = images(custom("kibana.k8s.elastic.co/v1", "Kibana", "{version: 8.15.0}"), **SECRETS)
    assert (pods.field, pods.role) == ("spec.podTemplate.spec", "pods")
    assert [(secret.name, secret.delivery) for secret in pods.pull_secrets.to_be] == [("regcred", Delivery.ADDED)]
    [left] = images(custom("tekton.dev/v1", "TaskRun", steps), immutableObjects="Skip", **SECRETS)
    assert [secret.delivery for secret in left.pull_secrets.to_be] == [Delivery.MISSED]


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "why"),
    [
        pytest.param(
            "toolhive.stacklok.dev/v1alpha1",
            "MCPServer",
            "{image: a}",
            "its field for pull secrets, spec.resourceOverrides.proxyDeployment.imagePullSecrets, is in a mapping that "
            "is absent",
            id="absent",
        ),
        pytest.param(
            "example.com/v1",
            "Own",
            "{}\nmain: {image: a}",
            "none of its kind's fields for pull secrets (spec.pods.pullSecrets) is known to be for this image",
            id="elsewhere",
        ),
        pytest.param(
            "tekton.dev/v1", "Task", "{steps: [{image: a}]}", "its kind has no field for pull secrets", id="none"
        ),
    ],
)
def test_no_field_for_secrets_is_said_only_of_kinds_without_one(
    api_version: str, kind: str, spec: str, why: str
) -> None:
    row = {"group": "example.com", "kind": "Own", "containers": ["main"], "pullSecrets": ["spec.pods.pullSecrets"]}
    [image] = images(custom(api_version, kind, spec), kinds=[row], **SECRETS)
    assert image.pull_secrets.why == why
