"""The SDK as authors see it: what their code is shown, what comes of what it yields, and what they are told."""

import functools
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import kubernetes
import laws
import pytest
import yaml
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, create_model, field_validator

from krmfn import sdk, testing
from krmfn.errors import VerificationError
from krmfn.sdk import Change, Config, Function, Object, Objects, Result, Severity, authoring
from krmfn.testing import check

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the shop
  namespace: shop
  labels: {app: web}
spec:
  replicas: 1
  template:
    spec:
      initContainers:
      - {name: wait, image: busybox}
      containers:
      - name: web
        image: "registry.example.com/shop/web:1@sha256:1111111111111111111111111111111111111111111111111111111111111111"
        imagePullPolicy: Never
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
LIST = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
    f"- {text[:-1]}\n".replace("\n", "\n  ").rstrip(" ") for text in (WEB, SERVICE)
)


class Nothing(Config):
    """No keys."""


def function(work: Any, **options: Any) -> Function[Any]:
    return Function(options.pop("config", Nothing), work, api_version="example.com/v1", kind="DoIt", **options)


def resource_list(config: str, *texts: str) -> str:
    """A ResourceList with a function config and items."""
    items = "".join(f"- {text[:-1]}\n".replace("\n", "\n  ").rstrip(" ") for text in texts)
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    return f"{head}functionConfig: {config}\nitems:{' []' * (not texts)}\n{items}"


CONFIG = "{apiVersion: example.com/v1, kind: DoIt, spec: {%s}}"


# What the code is shown.


def shown(text: str) -> Objects:
    seen: list[Objects] = []
    outcome = function(lambda things, _: seen.append(things), on=Objects).run(text)
    assert outcome.exit_code == 0, outcome.results
    return seen[0]


def test_an_object_is_read_as_typed_data() -> None:
    (web,) = shown(WEB)
    assert (web.group, web.kind, web.api_version) == ("apps", "Deployment", "apps/v1")
    assert (web.name, web.namespace, web.labels, web.annotations) == ("web", "shop", {"app": "web"}, {})
    assert web.get("spec", "replicas") == web.get("spec.replicas") == web.get(("spec", "replicas")) == 1
    assert web.get("spec.template.spec.containers[0].name") == "web"
    assert web.get("spec", "template", "spec", "containers", 0, "name") == "web"
    assert web.get("spec.nothing", default=7) == 7
    assert web.has("spec.replicas")
    assert not web.has("spec.nothing")
    assert web.data["metadata"] == {"name": "web", "namespace": "shop", "labels": {"app": "web"}}


def test_types_are_those_that_all_parsers_agree_on() -> None:
    (thing,) = shown(
        "apiVersion: v1\nkind: X\na: [1, 1.5, true, null, ~, yes, 010, 0x1f, 1e3, '1', 2024-01-01, .inf]\n"
        "b: &b {c: 1}\nd: {<<: *b, e: 2}\n"
    )
    assert thing.get("a") == [1, 1.5, True, None, None, "yes", "010", "0x1f", "1e3", "1", "2024-01-01", ".inf"]
    assert thing.get("d") == {"c": 1, "e": 2}


def test_what_is_read_can_change_without_an_effect() -> None:
    def work(thing: Object, _: Nothing) -> None:
        thing.data["spec"]["replicas"] = 9
        thing.labels["x"] = "y"

    assert check(function(work), WEB) == WEB


def test_an_object_is_read_as_a_model() -> None:
    class Template(BaseModel):
        replicas: int

    (web,) = shown(WEB)
    assert web.read(Template, "spec").replicas == 1


def test_items_of_lists_are_objects_and_the_list_is_none() -> None:
    assert [str(thing) for thing in shown(LIST)] == ["Deployment shop/web", "Service shop/web"]
    out = check(function(lambda thing, _: [thing.set("spec.x", 1)] if thing.kind == "Service" else []), LIST)
    assert out == LIST + "  spec:\n    x: 1\n"


def test_objects_that_ask_to_be_left_alone_are_not_shown() -> None:
    local = SERVICE.replace("namespace: shop", 'annotations: {config.kubernetes.io/local-config: "true"}')
    skipped = SERVICE.replace("namespace: shop", 'annotations: {krmfn.dev/skip: "true"}')
    assert len(shown(f"{local}---\n{skipped}---\n{WEB}")) == 1


def test_all_objects_are_found_by_what_they_are() -> None:
    things = shown(f"{WEB}---\n{SERVICE}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n")
    assert [thing.kind for thing in things.of_kind("Service", "Namespace", group="")] == ["Service", "Namespace"]
    assert [thing.kind for thing in things.in_namespace("")] == ["Namespace"]
    assert things.namespaces() == ("shop",)
    web = things.find("Deployment", "web", "shop", group="apps")
    assert web is things[0] is things.find("Deployment", "web", "shop")
    assert things.find("Deployment", "web") is None
    assert things.find("Deployment", "web", "shop", group="extensions") is None
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    assert things.referred(reference, "shop") is web
    assert things.referred({"kind": "Namespace", "name": "shop"}, "shop") is things[2]
    assert things.referred({"name": "web"}) is None


def test_the_tables_tell_what_runs() -> None:
    (web,) = shown(WEB)
    (pod_spec,) = web.pod_specs()
    assert (pod_spec.path, pod_spec.is_known) == ("spec.template.spec", True)
    assert (pod_spec.service_accounts, pod_spec.pull_secrets) == (("default",), ())
    found = {c.name: (c.path, c.policy, c.is_container) for c in web.containers()}
    assert found["wait"] == ("spec.template.spec.initContainers[0]", "", True)
    assert found["web"] == ("spec.template.spec.containers[0]", "Never", True)
    references = {str(image.reference) for image in web.images()}
    assert "docker.io/library/busybox:latest" in references
    assert any("@sha256:111" in reference for reference in references)


def test_objects_inside_of_another_one_are_its_parts() -> None:
    inner = json.dumps(yaml.safe_load(WEB))
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: sensor}\nspec:\n  triggers:\n"
        f"  - template: {{name: a, k8s: {{operation: create, source: {{resource: {inner}}}}}}}\n"
    )
    (sensor,) = shown(text)
    at = "spec.triggers[0].template.k8s.source.resource.spec.template.spec"
    assert [container.path for container in sensor.containers()] == [f"{at}.initContainers[0]", f"{at}.containers[0]"]
    out = check(function(lambda thing, _: [next(thing.containers()).set("image", "a")]), text)
    assert out == text.replace('"busybox"', '"a"')


def test_definitions_in_the_input_teach_kinds() -> None:
    definition = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  names: {kind: Shop, plural: shops, singular: shop, listKind: ShopList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              odd:
                type: array
                items:
                  type: object
                  properties:
                    image: {type: string}
                    imagePullPolicy: {type: string}
"""
    shop = "apiVersion: example.com/v1\nkind: Shop\nspec: {odd: [{name: a, image: nginx}]}\n"
    things = shown(f"{definition}---\n{shop}")
    assert [str(image) for thing in things for image in thing.images()] == ["nginx"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("apiVersion: v1\nkind: ConfigMap\ndata: {image: 'a/b:c'}\n", ()),
        ("apiVersion: example.com/v1\nkind: X\nspec: {image: 'a.b/c:d'}\n", ("spec.image",)),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {values: {image: {name: a, tag: b}}}\n",
            ("spec.values.image",),
        ),
        (WEB, ()),
        (
            (
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    apiVersion: v1\n    kind: Pod\n"
                "    spec: {containers: [{name: a, image: a.b/c}]}\n"
            ),
            ('data["pod.yaml"]',),
        ),
        (
            (
                "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [{name: a, container: {image: b},"
                " podSpecPatch: 'containers: [{name: main, image: a.b/c}]'}]}\n"
            ),
            ("spec.templates[0].podSpecPatch",),
        ),
        ("apiVersion: example.com/v1\nkind: X\nspec: {template: {spec: {containers: [{image: b}]}}}\n", ()),
    ],
)
def test_images_that_no_table_knows_are_told(text: str, paths: tuple[str, ...]) -> None:
    (thing,) = shown(text)
    assert thing.unknown_images() == paths


# What comes of what it yields.


def test_several_changes_and_results_for_one_object() -> None:
    def work(thing: Object, _: Nothing) -> Iterator[Change | Result]:
        yield thing.warning("one is none", "spec.replicas", proposed=3)
        yield from thing.merge({"spec": {"replicas": 3}, "metadata": {"labels": {"team": "a"}}})
        yield thing.append("spec.template.spec.containers", {"name": "side", "image": "busybox"})
        yield thing.remove("spec", "template", "spec", "initContainers")

    out = check(function(work), WEB)
    assert (
        out
        == WEB.replace("replicas: 1", "replicas: 3")
        .replace("{app: web}", "{app: web, team: a}")
        .replace("      initContainers:\n      - {name: wait, image: busybox}\n", "")
        + "      - name: side\n        image: busybox\n"
    )
    warning, info = out.outcome.results
    assert warning.field == (("spec.replicas"), 1, 3)
    assert "line 8" in warning.message
    assert info.message.startswith("changed spec.replicas, ")
    assert "metadata.labels.team" in info.message


def test_models_tuples_and_enumerations_are_written_as_what_they_stand_for() -> None:
    class Port(BaseModel):
        port: int
        name: str | None = None

    class Color(StrEnum):
        RED = "red"

    def work(thing: Object, _: Nothing) -> Iterator[Change]:
        yield thing.set("spec", {"ports": (Port(port=80),), "color": Color.RED, "names": frozenset({"b", "a"})})

    added = "spec:\n  ports:\n  - port: 80\n  color: red\n  names:\n  - a\n  - b\n"
    assert check(function(work), SERVICE) == SERVICE + added


def test_a_resource_list_gets_results_and_keeps_its_annotations() -> None:
    text = resource_list(
        CONFIG % "", SERVICE.replace("}", ", annotations: {internal.config.kubernetes.io/path: s.yaml}}")
    )
    out = check(function(lambda thing, _: [thing.set("spec.x", "50%")]), text)
    assert out.startswith(text + "  spec:\n    x: 50%\nresults:\n")
    assert yaml.safe_load(out)["results"][0]["file"] == {"path": "s.yaml", "index": 0}


@pytest.mark.parametrize(("count", "words"), [(4, "changed a0, a1, a2, a3"), (6, "changed a0, a1, a2, a3 and 2 more")])
def test_a_summary_names_four_fields(count: int, words: str) -> None:
    out = check(function(lambda thing, _: [thing.merge({f"a{i}": 1 for i in range(count)})]), SERVICE)
    assert [result.message for result in out.outcome.results] == [words]


def test_a_sealed_object_stays_as_it_is() -> None:
    text = f"{SERVICE}sops: {{mac: x}}\n"
    out = check(function(lambda thing, _: [thing.set("spec.x", 1)]), text)
    assert out == text
    assert "SOPS" in out.messages[0]


def test_pull_secrets_are_added_in_the_form_of_their_field() -> None:
    def work(thing: Object, _: Nothing) -> Iterator[Change | Result]:
        for pod_spec in thing.pod_specs():
            yield from pod_spec.add_pull_secret("regcred")

    nim = "apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMBuild\nspec: {image: {repository: a.b/c, pullSecrets: [x]}}\n"
    assert check(function(work), nim) == nim.replace("[x]", "[x, regcred]")
    assert "      imagePullSecrets:\n      - name: regcred\n" in check(function(work), WEB)


KIBANA = "apiVersion: kibana.k8s.elastic.co/v1\nkind: Kibana\nspec: {version: 8.0.0}\n"
NIM = "apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMCache\nspec: {source: {ngc: {modelPuller: a.b/c%s}}}\n"
NO_FIELD = "apiVersion: operator.authorino.kuadrant.io/v1beta1\nkind: Authorino\nspec: {image: a.b/c}\n"
AMD = "apiVersion: amd.com/v1alpha1\nkind: DeviceConfig\nspec: {configManager: {image: a.b/c%s}}\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (NIM % "", NIM % ", pullSecret: regcred"),
        (AMD % "", AMD % ", imageRegistrySecret: {name: regcred}"),
        (NIM % ", pullSecret: regcred", NIM % ", pullSecret: regcred"),
        (KIBANA, KIBANA.replace("}", ", podTemplate: {spec: {imagePullSecrets: [{name: regcred}]}}}")),
    ],
    ids=["a-name", "in-a-mapping", "there-already", "where-mappings-are-missing"],
)
def test_a_pull_secret_is_written_as_its_field_has_it(text: str, after: str) -> None:
    def work(thing: Object, _: Nothing) -> Iterator[Change | Result]:
        for pod_spec in thing.pod_specs():
            yield from pod_spec.add_pull_secret("regcred")

    assert check(function(work), text) == after


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            NIM % ", pullSecret: x",
            "spec.source.ngc.pullSecret: takes only one pull secret: regcred cannot be added",
        ),
        (AMD % ", imageRegistrySecret: {name: x}", "takes only one pull secret: regcred cannot be added"),
        (NO_FIELD, "has no field for pull secrets: regcred cannot be added"),
    ],
    ids=["a-name", "in-a-mapping", "no-field"],
)
def test_a_pull_secret_without_a_place_is_a_warning(text: str, words: str) -> None:
    def work(thing: Object, _: Nothing) -> Iterator[Change | Result]:
        for pod_spec in thing.pod_specs():
            yield from pod_spec.add_pull_secret("regcred")

    out = check(function(work), text)
    assert out == text
    (message,) = out.messages
    assert words in message


def test_an_image_that_two_fields_of_secrets_serve_is_there_once() -> None:
    (cache,) = shown(NIM % "")
    (image,) = cache.images()
    assert (str(image), repr(image), image.is_filled_in_later) == ("a.b/c", "<image a.b/c>", False)


def test_a_registry_in_a_field_of_its_own_gets_its_part() -> None:
    broker = (
        "apiVersion: apps.emqx.io/v1beta4\nkind: EmqxBroker\n"
        "spec: {template: {spec: {emqxContainer: {image: {registry: a.b, repository: emqx/emqx, version: '5'}}}}}\n"
    )
    out = function(lambda thing, _: [found.renamed("m.example.com/hub/emqx/emqx") for found in thing.images()])
    assert out.run(broker).output.decode() == broker.replace("a.b", "m.example.com/hub")


@pytest.mark.parametrize(
    ("image", "renamed"),
    [
        ("nginx", "m.example.com/nginx"),
        ("nginx:1.27", "m.example.com/nginx:1.27"),
        ('"a.b:5000/x/y@sha256:0"', '"m.example.com/nginx@sha256:0"'),
        ("a.b:5000/x", "m.example.com/nginx"),
        ('"x:{{tag}}"', '"m.example.com/nginx:{{tag}}"'),
    ],
)
def test_an_image_gets_another_name_and_keeps_tag_and_digest(image: str, renamed: str) -> None:
    pod = f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{{name: a, image: {image}}}]}}\n"
    out = function(lambda thing, _: [found.renamed("m.example.com/nginx") for found in thing.images()]).run(pod)
    assert out.output.decode() == pod.replace(image, renamed)


# Whole objects.


def policy(namespace: str, types: list[str]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": types},
    }


WRITTEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
  namespace: shop
spec:
  podSelector: {}
  policyTypes:
  - Ingress
"""
generator = function(lambda things, _: [policy(name, ["Ingress"]) for name in things.namespaces()], on=Objects)
dropper = function(lambda thing, _: [thing.drop()] if thing.kind == "Service" else [])
ONCE = function(lambda things, _: [thing.drop() for thing in things] + [policy("shop", ["Ingress"])], on=Objects)


def test_a_new_object_is_a_document_behind_the_others() -> None:
    assert check(generator, WEB) == f"{WEB}---\n{WRITTEN}"
    out = function(lambda *_: [policy("shop", ["Ingress"])], on=Objects).run(b"")
    assert out.output.decode() == WRITTEN


def test_a_new_item_gets_a_file_beside_those_of_its_namespace() -> None:
    path = "annotations: {internal.config.kubernetes.io/path: shop/web.yaml}"
    out = check(generator, resource_list(CONFIG % "", SERVICE.replace("namespace: shop", f"namespace: shop, {path}")))
    new = yaml.safe_load(out)["items"][1]["metadata"]["annotations"]
    assert new == {
        "internal.config.kubernetes.io/path": "shop/networkpolicy-shop-deny.yaml",
        "internal.config.kubernetes.io/index": "0",
    }
    assert "annotations" not in check(generator, resource_list(CONFIG % "", SERVICE))


def test_a_new_item_goes_beside_its_own_namespace_s_and_a_document_gets_no_file() -> None:
    path = "annotations: {internal.config.kubernetes.io/path: %s/x.yaml}"
    texts = [
        SERVICE.replace("namespace: shop", f"namespace: {name}, {path % name}") for name in ("other", "shop", "third")
    ]
    out = check(generator, resource_list(CONFIG % "", *texts))
    new = [item["metadata"] for item in yaml.safe_load(out)["items"][3:]]
    assert [one["annotations"]["internal.config.kubernetes.io/path"] for one in new] == [
        f"{name}/networkpolicy-{name}-deny.yaml" for name in ("other", "shop", "third")
    ]
    in_default = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    out = check(function(lambda *_: [in_default], on=Objects), resource_list(CONFIG % "", *texts))
    assert "path: other/namespace-x.yaml" in out
    assert check(function(lambda *_: [in_default], on=Objects), texts[0]).endswith("metadata:\n  name: x\n")


def test_items_that_cannot_leave_a_resource_list_stay() -> None:
    head = resource_list(CONFIG % "").replace("items: []\n", "items:\n")
    text = f"{head}- &x {{apiVersion: v1, kind: Service, metadata: {{name: a}}}}\n- *x\n"
    outcome = dropper.run(text)
    assert outcome.output.decode().startswith(text)
    assert outcome.results[0].message.startswith("cannot drop or add objects: ")
    assert "asked for in test_sdk.py:" in outcome.results[0].message


def test_an_item_that_cannot_leave_a_resource_list_stays() -> None:
    text = resource_list(CONFIG % "", WEB) + "-\n  apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n"
    outcome = dropper.run(text)
    assert outcome.output.decode().startswith(text)
    (error,) = outcome.results
    words = "cannot drop or add objects: the item does not start on the line of its dash; asked for in test_sdk.py:"
    assert error.message.startswith(words)


def test_what_has_no_place_in_an_item_goes_to_no_other() -> None:
    """Not even where new items would: before what follows the list of them."""
    text = resource_list(CONFIG % "", f"{SERVICE}a:\n- |\n  x\n")
    out = check(function(lambda thing, _: [thing.append("a", 1)]), text)
    assert out.startswith(text)
    assert "cannot be edited by krmfn: the last item of the list ends with a block scalar" in out.messages[0]


@pytest.mark.parametrize("text", [f"{WEB}---\n{SERVICE}", resource_list(CONFIG % "", WEB, SERVICE), LIST])
def test_a_dropped_object_needs_no_other_change(text: str) -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        if thing.kind == "Service":
            yield thing.set("spec.x", 1)
            yield thing.drop()
            yield thing.set("metadata.name", "y")

    out = check(function(work), text)
    assert [message.rpartition(": ")[2] for message in out.messages] == ["dropped"]
    assert "kind: Service" not in out.partition("results:")[0]


def test_an_object_whose_kind_stands_twice_is_an_error() -> None:
    text = f"{SERVICE}---\napiVersion: v1\nkind: A\nkind: B\n"
    out = check(function(lambda thing, _: [thing.set("x", 1)]), text)
    assert out == text
    assert out.messages == ["error: key `kind` stands twice in one mapping (document 2, line 7, column 1 of the input)"]


def test_a_text_of_a_config_map_that_is_no_yaml_is_told_as_it_stands() -> None:
    data = "{apiVersion: v1, kind: ConfigMap, data: {maybe: '{', kinds: '[a'}}"
    (error,) = function(setting, config=Tree).run(resource_list(data, SERVICE)).results
    assert error.message == "`data.maybe` must be a mapping, not '{'"


def test_what_is_no_object_stays_with_a_warning() -> None:
    out = check(function(lambda thing, _: [thing.set("x", 1)]), f"a: 1\n---\n{SERVICE}---\n# nothing\n")
    assert out == f"a: 1\n---\n{SERVICE}x: 1\n---\n# nothing\n"
    warning, _ = out.messages
    words = "warning: not a Kubernetes resource, as it has no apiVersion and kind: left as it is (document 1, line 1,"
    assert warning.startswith(words)


def test_an_object_that_is_there_is_updated_in_place() -> None:
    own = WRITTEN.replace("name: deny", "name: deny # mine\n  labels: {a: b}").replace(
        "  - Ingress\n", "  - Ingress\n  - Egress # too\n  egress: []\n"
    )
    after = own.replace("  - Egress # too\n  egress: []\n", "")
    assert check(generator, f"{own}---\n{WEB}") == f"{after}---\n{WEB}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{WEB}---\n# c\n{SERVICE}", WEB),
        (f"{SERVICE}---\n{WEB}", f"---\n{WEB}"),
        (SERVICE, ""),
        (LIST, LIST[: LIST.index("- apiVersion: v1\n")]),
    ],
    ids=["last", "first", "all", "item"],
)
def test_an_object_can_leave(text: str, left: str) -> None:
    if left:
        assert check(dropper, text) == left
    assert dropper.run(text).output.decode() == left


def test_items_can_leave_a_resource_list() -> None:
    head = resource_list(CONFIG % "")
    both = resource_list(CONFIG % "", SERVICE, WEB)
    assert check(dropper, both).startswith(resource_list(CONFIG % "", WEB))
    assert check(dropper, resource_list(CONFIG % "", SERVICE)).startswith(head)
    assert [yaml.safe_load(check(dropper, both))["results"][0][key] for key in ("message", "severity")] == [
        "dropped",
        "info",
    ]


@pytest.mark.parametrize("texts", [(SERVICE,), (SERVICE, WEB), (WEB, SERVICE)])
def test_objects_come_and_go_at_once(texts: tuple[str, ...]) -> None:
    data = resource_list(CONFIG % "", *texts).encode()
    outcome = ONCE.run(data)
    laws.check_truth(data, outcome)
    laws.check_thrift(data, outcome)
    assert [item["kind"] for item in yaml.safe_load(outcome.output)["items"]] == ["NetworkPolicy"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            f"- {SERVICE[:-1]}\n".replace("\n", "\n  ").rstrip(" "),
            "cannot be dropped: is an item of a list that is a document",
        ),
        (f"{WEB}...\n---\n{SERVICE}...\n", "cannot be dropped: where its document ends is not certain"),
        (f"{LIST.rstrip()}  # &x\n---\n*x : 1\n", ""),
    ],
)
def test_what_cannot_be_dropped_with_certainty_stays(text: str, words: str) -> None:
    outcome = dropper.run(text)
    assert outcome.output.decode() == text
    assert words in outcome.results[0].message
    assert not words or "asked for in test_sdk.py:" in outcome.results[0].message


def test_a_last_document_without_an_end_can_leave() -> None:
    assert check(dropper, f"{WEB}---\n{SERVICE[:-1]}") == WEB


TEXTS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t, namespace: shop}\ndata:\n  a: |\n    x\n"


def test_a_new_item_goes_behind_a_text_of_lines() -> None:
    text = resource_list(CONFIG % "", TEXTS)
    assert [item["kind"] for item in yaml.safe_load(check(generator, text))["items"]] == ["ConfigMap", "NetworkPolicy"]
    (error, *_) = generator.run(text.rstrip("\n")).results
    assert "cannot drop or add objects: " in error.message
    assert "asked for in test_sdk.py:" in error.message


def test_values_that_stand_one_after_the_other_can_leave() -> None:
    other = json.dumps(yaml.safe_load(TEXTS))
    assert dropper.run(f"{JSON}\n{other}\n").output.decode() == f"{other}\n"


JSON = json.dumps(yaml.safe_load(SERVICE))


@pytest.mark.parametrize("text", [JSON, f"\n {JSON}", f"[{JSON}]\n"])
def test_json_takes_no_document_behind_it(text: str) -> None:
    out = check(generator, text)
    assert out == text
    assert "cannot be added: the input is JSON" in out.messages[0]


def test_a_new_item_does_not_get_into_another_list_that_is_the_same() -> None:
    text = resource_list(CONFIG % "", SERVICE).replace("items:\n", "items: &all\n") + "x: *all\n"
    out = check(generator, text)
    assert out.startswith(text)
    assert "cannot drop or add objects: an alias shares it with `x`, which is not to change" in out.messages[0]


def test_a_new_object_goes_behind_documents_that_do_not_parse_alone() -> None:
    text = f"{SERVICE}...\n%YAML 1.1\n---\n{WEB}"
    assert check(generator, text) == f"{text}---\n{WRITTEN}"


# What authors are told.


def failing(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("spec.replicas", 1 // 0)


def wrong_path(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("spec replicas", 1)


def no_yaml(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("spec.replicas", b"3")


def not_a_number(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("spec.replicas", float("nan"))


def yields_nonsense(_: Object, __: Config) -> Iterator[Any]:
    yield 3


def yields_an_object(_: Object, __: Config) -> Iterator[Any]:
    yield {"kind": "Pod"}


def negative_index(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set(("spec", -1), 1)


def boolean_index(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set((True,), 1)


def list_as_path(thing: Object, _: Config) -> Iterator[Any]:
    yield thing.set(["spec"], 1)  # type: ignore[arg-type]


def no_path(thing: Object, _: Config) -> Iterator[Any]:
    yield thing.set(None, 1)  # type: ignore[arg-type]


def path_in_pieces(thing: Object, _: Config) -> Iterator[Any]:
    yield thing.set("x", thing.get("spec", ("a", "b")))


def key_without_a_dot(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("spec.ports[0]name", 1)


def set_it_all(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.set("", {"a": 1})


def remove_it_all(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.remove()


def append_to_it(thing: Object, _: Config) -> Iterator[Change]:
    yield thing.append((), 1)


def merge_a_list(thing: Object, _: Config) -> Iterator[Any]:
    yield thing.merge([1])  # type: ignore[arg-type]


def propose_an_object(thing: Object, _: Config) -> Iterator[Result]:
    yield thing.error("x", proposed=object)


def returns_text(*_: Any) -> Any:
    return "abc"


def line_of(work: Any, behind: int = 1) -> str:
    return f"test_sdk.py:{work.__code__.co_firstlineno + behind}"


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (failing, "ZeroDivisionError: integer division or modulo by zero"),
        (wrong_path, "'spec replicas' is not a path: write one such as spec.ports[0].name"),
        (negative_index, "('spec', -1) is not a path: write one such as"),
        (boolean_index, "(True,) is not a path: write one such as"),
        (list_as_path, "['spec'] is not a path: write one such as"),
        (no_path, "None is not a path: write one such as"),
        (path_in_pieces, "('spec', ('a', 'b')) is not a path: write one such as"),
        (key_without_a_dot, "'spec.ports[0]name' is not a path: write one such as"),
        (set_it_all, "a path in the object is expected; `merge` changes the object itself"),
        (remove_it_all, "a path in the object is expected"),
        (append_to_it, "a path in the object is expected"),
        (merge_a_list, "`merge` takes a mapping or a model, not [1]"),
        (propose_an_object, "cannot be written to YAML"),
        (no_yaml, "cannot be written to YAML"),
        (not_a_number, "nan cannot be written to a manifest"),
        (yields_nonsense, "yields 3, which is not a change, a result or an object"),
        (yields_an_object, "only a function on Objects may"),
    ],
)
def test_an_error_names_the_line_and_the_object(work: Any, words: str) -> None:
    out = check(function(work), resource_list(CONFIG % "", WEB))
    (error,) = out.outcome.results
    assert out.outcome.exit_code == 1
    assert error.severity is Severity.ERROR
    assert words in error.message
    assert line_of(work) in error.message
    assert str(error.resource_ref) == "Deployment shop/web"
    (written,) = yaml.safe_load(out)["results"]
    assert written["message"] == error.message


def test_a_text_is_no_list_of_answers() -> None:
    (error,) = function(returns_text).run(WEB).results
    assert "test_sdk.py:" in error.message
    assert "yields 'abc', which is not a change, a result or an object" in error.message


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (lambda thing: thing.set("spec.x", 1), f"{SERVICE}spec:\n  x: 1\n"),
        (lambda thing: thing.info("one"), SERVICE),
        (lambda _: None, SERVICE),
    ],
)
def test_one_answer_need_not_be_in_a_list(answer: Any, after: str) -> None:
    out = check(function(lambda thing, _: answer(thing)), SERVICE)
    assert out == after
    assert out.outcome.exit_code == 0
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    assert check(function(lambda *_: made, on=Objects), SERVICE).endswith("  name: x\n")


class Called:
    def __call__(self, thing: Object, config: Config) -> Iterator[Change]:
        yield thing.set("spec.x", 1 // 0)

    def failing(self, thing: Object, config: Config) -> Iterator[Change]:
        yield thing.set("spec.x", 1 // 0)


@pytest.mark.parametrize(
    "work",
    [Called(), Called().failing, functools.partial(failing)],
    ids=["object", "method", "partial"],
)
def test_whatever_can_be_called_is_a_function(work: Any) -> None:
    (error,) = function(work).run(WEB).results
    assert re.match(r"the function failed in test_sdk\.py:[0-9]+: ZeroDivisionError: integer", error.message)


def test_what_has_no_lines_is_no_function() -> None:
    with pytest.raises(TypeError, match="is not a function written in Python"):
        function(print)


def test_an_object_that_is_not_shown_is_not_changed() -> None:
    """It may have been written already."""

    def work(thing: Object, _: Config) -> Iterator[Change]:
        seen.append(thing)
        yield seen[0].set("spec.x", 1)

    seen: list[Object] = []
    outcome = function(work).run(f"{WEB}---\n{SERVICE}")
    (error,) = outcome.results
    assert outcome.output.decode() == f"{WEB}---\n{SERVICE}"
    assert error.message.startswith(
        f"{line_of(work, 2)} wants to change Deployment shop/web; only a function on Objects"
    )
    assert str(error.resource_ref) == "Service shop/web"


def test_an_object_that_does_not_fit_a_model_is_an_error_in_few_words() -> None:
    class Spec(BaseModel):
        replicas: str

    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield thing.set("x", thing.read(Spec, "spec").replicas)

    (error,) = function(work).run(WEB).results
    words = "ValidationError: `Spec.replicas` should be a valid string, not 1"
    assert error.message.startswith(f"the function failed in {line_of(work)}: {words}")


def compiled(path: Path, text: str) -> Any:
    """The function `f` of a module that would stand in a file."""
    found: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), found)
    return found["f"]


@pytest.mark.parametrize(
    ("own", "library"),
    [("f.py", ".venv/lib/site-packages/lib.py"), ("site-packages/f.py", "site-packages/lib.py")],
    ids=["below", "beside"],
)
def test_a_library_is_not_the_author_s_code(own: str, library: str, tmp_path: Path) -> None:
    work = compiled(tmp_path / own, "def f(call): call()")
    with pytest.raises(ZeroDivisionError) as raised:
        work(compiled(tmp_path / library, "def f(): 1 // 0"))
    line = authoring.failing_line(raised.value, str(tmp_path / own))
    assert line == authoring.Line(work.__code__, 1)
    assert authoring.failing_line(raised.value, str(tmp_path / "elsewhere" / "f.py")) is None


def test_a_folder_with_krmfn_in_its_name_is_the_author_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authoring, "_OURS", f"{tmp_path}/krmfn/")
    for own, library, named in (("krmfn-fn/f.py", "krmfn-fn/g.py", "g.py:1"), ("f.py", "krmfn/g.py", "f.py:1")):
        work = compiled(tmp_path / own, "def f(call): call()")
        with pytest.raises(ZeroDivisionError) as raised:
            work(compiled(tmp_path / library, "def f(): 1 // 0"))
        assert str(authoring.failing_line(raised.value, str(tmp_path / own))) == named


def test_an_error_in_what_the_function_calls_names_the_authors_line() -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield thing.set("a", json.loads("{"))

    (error,) = function(work).run(WEB).results
    assert f"the function failed in {line_of(work)}: JSONDecodeError" in error.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "Pod"}, "has no metadata"),
        ({"kind": "Pod", "metadata": {"name": "x"}}, "has no apiVersion"),
        ({"kind": "Pod", "apiVersion": 1, "metadata": {"name": "x"}}, "has no apiVersion"),
        ({"kind": "Pod", "apiVersion": "v1", "metadata": {}}, "has no metadata.name"),
        ({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": ""}}, "has no metadata.name"),
        (
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x", "namespace": 1}},
            "has a metadata.namespace that is not a string",
        ),
        (
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x", "annotations": ["a"]}},
            "has metadata.annotations that are not a mapping",
        ),
        (
            {"kind": "PodList", "apiVersion": "v1", "metadata": {"name": "x"}, "items": []},
            "is a list: yield its items",
        ),
    ],
)
def test_an_object_without_identity_is_refused(given: Mapping[str, Any], words: str) -> None:
    def work(_: Objects, __: Config) -> Iterator[Mapping[str, Any]]:
        yield given

    (error,) = check(function(work, on=Objects), WEB).outcome.results
    assert error.message == f"{line_of(work)} yields an object that {words}"


@pytest.mark.parametrize(("kind", "more"), [("AllowList", {"hosts": []}), ("Playlist", {"items": []})])
def test_an_object_may_have_items_or_the_name_of_a_list(kind: str, more: dict[str, Any]) -> None:
    made = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "x"}, **more}
    out = check(function(lambda *_: [made], on=Objects), SERVICE)
    assert out.endswith("  name: x\n" + f"{next(iter(more))}: []\n")


def test_an_empty_namespace_is_none() -> None:
    made = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x", "namespace": "", "annotations": None}}
    out = check(function(lambda *_: [made], on=Objects), SERVICE)
    assert out == f"{SERVICE}---\nkind: Namespace\napiVersion: v1\nmetadata:\n  name: x\n"


def test_an_author_may_say_the_file_of_a_new_item() -> None:
    path = {"config.kubernetes.io/path": "mine.yaml"}
    made = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "x", "annotations": path}}
    there = SERVICE.replace("namespace: shop", "annotations: {config.kubernetes.io/path: s.yaml}")
    out = check(function(lambda *_: [made], on=Objects), resource_list(CONFIG % "", there))
    (new,) = yaml.safe_load(out)["items"][1:]
    assert new["metadata"]["annotations"] == path
    assert yaml.safe_load(out)["results"][0]["file"]["path"] == "mine.yaml"


def test_the_copy_of_an_item_gets_a_file_of_its_own() -> None:
    annotations = {
        "config.kubernetes.io/path": "a/s.yaml",
        "internal.config.kubernetes.io/path": "a/s.yaml",
        "internal.config.kubernetes.io/index": "0",
        "internal.config.kubernetes.io/package-path": "pkg",
        "mine": "x",
    }

    def work(things: Objects, _: Config) -> Iterator[Mapping[str, Any]]:
        copy = things[0].data
        copy["metadata"]["name"] = "system:copy"
        yield copy
        yield copy

    flow = json.dumps(annotations)
    text = resource_list(CONFIG % "", SERVICE.replace("namespace: shop", f"namespace: shop, annotations: {flow}"))
    out = check(function(work, on=Objects), text)
    assert yaml.safe_load(out)["items"][1]["metadata"] == {
        "name": "system:copy",
        "namespace": "shop",
        "annotations": {
            "mine": "x",
            "internal.config.kubernetes.io/path": "a/service-shop-system-copy.yaml",
            "internal.config.kubernetes.io/index": "0",
            "internal.config.kubernetes.io/package-path": "pkg",
        },
    }


def test_a_new_file_is_none_that_an_object_has_which_is_not_shown() -> None:
    path = "annotations: {internal.config.kubernetes.io/path: %s"
    local = f'{path % "networkpolicy-shop-deny.yaml"}, config.kubernetes.io/local-config: "true"}}'
    texts = [SERVICE.replace("namespace: shop", f"namespace: shop, {words}") for words in (path % "s.yaml}", local)]
    out = check(generator, resource_list(CONFIG % "", *texts))
    new = yaml.safe_load(out)["items"][2]["metadata"]["annotations"]
    assert new["internal.config.kubernetes.io/path"] == "networkpolicy-shop-deny-2.yaml"


def test_an_object_that_asks_to_be_left_alone_is_not_added_again() -> None:
    text = f"{WRITTEN}".replace("metadata:\n", "metadata:\n  annotations: {krmfn.dev/skip: 'true'}\n")
    out = check(generator, f"{WEB}---\n{text}")
    assert out == f"{WEB}---\n{text}"
    (error,) = out.messages
    assert "is in the input, where its annotations ask to leave it alone: NetworkPolicy shop/deny" in error


def test_an_object_is_not_dropped_and_yielded() -> None:
    def work(things: Objects, _: Config) -> Iterator[Any]:
        yield things[0].drop()
        yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {}}

    (error,) = check(function(work, on=Objects), SERVICE).messages
    assert "Service shop/web: cannot be dropped: the function yields it as a whole object too (document 1" in error


def test_objects_show_what_they_are() -> None:
    assert repr(shown(f"{WEB}---\n{SERVICE}")) == "<Deployment shop/web, Service shop/web>"
    assert repr(shown("")) == "<no objects>"


def test_a_generator_that_starts_with_nothing_obeys_the_laws() -> None:
    assert check(function(lambda *_: [policy("shop", ["Ingress"])], on=Objects), "") == WRITTEN


def test_what_an_update_does_not_say_goes() -> None:
    made = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"b": 1}}
    out = check(function(lambda *_: [made], on=Objects), f"{SERVICE}spec:\n  a: 1 # c\n  b: 1 # d\nextra: 1\n")
    assert out == f"{SERVICE}spec:\n  b: 1 # d\n"


def test_an_object_is_yielded_once() -> None:
    def work(_: Objects, __: Config) -> Iterator[Mapping[str, Any]]:
        yield policy("shop", ["Ingress"])
        yield policy("shop", ["Ingress"])
        yield policy("shop", ["Egress"])

    (error,) = check(function(work, on=Objects), WEB).outcome.results
    assert (
        error.message
        == f"{line_of(work, 3)} yields an object that was yielded before with other values: NetworkPolicy shop/deny"
    )


@pytest.mark.parametrize(
    ("yielded", "words"),
    [
        (lambda thing: thing.set("spec.replicas", 3), "wants to change spec.replicas"),
        (lambda thing: thing.set("spec.replicas", 1), "wants to change spec.replicas"),
        (lambda thing: thing.drop(), "wants to drop it"),
        (lambda _: policy("shop", []), "yields an object"),
    ],
)
def test_a_validator_changes_nothing(yielded: Any, words: str) -> None:
    out = check(function(lambda thing, _: [yielded(thing)], validates=True), WEB)
    assert out == WEB
    (error,) = out.messages
    assert words in error
    assert "a validator may change nothing" in error
    assert "test_sdk.py:" in error


def test_a_change_that_does_not_fit_names_the_line_the_object_and_the_path() -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield thing.set("metadata.labels.x", "y")
        yield thing.set("spec.replicas.max", 3)

    (error,) = check(function(work), WEB).outcome.results
    assert error.field == ("spec.replicas", None, None)
    where = "(document 1, line 8, column 13 of the input)"
    assert error.message == f"must be a mapping, not the value '1' {where}; asked for in {line_of(work, 2)}"


def test_a_key_that_stands_twice_is_an_error_about_its_object() -> None:
    def work(things: Objects, _: Config) -> Iterator[Change]:
        for thing in things:
            yield thing.set("spec.x", thing.get("spec.y"))

    out = check(function(work, on=Objects), f"{WEB}---\n{SERVICE}spec: {{y: 1, y: 2}}\n")
    assert out.messages == [
        "error: Service shop/web: key `y` stands twice in one mapping (document 2, line 21, column 14 of the input)"
    ]


# Config.


class Full(Config):
    replicas: int = Field(ge=0, description="How many.")
    max_names: list[str] = Field(default=[])
    labels: dict[str, str] = Field(default={})
    version: str = "1"
    is_on: bool = False
    inner: "Inner | None" = None


class Inner(Config):
    deep_key: float = 1.5


Full.model_rebuild()
seen_configs: list[Full] = []
full = function(lambda _, config: seen_configs.append(config), config=Full)


def config_of(given: str) -> Full:
    seen_configs.clear()
    outcome = full.run(resource_list(given, SERVICE))
    assert outcome.exit_code == 0, outcome.results
    return seen_configs[0]


def test_a_config_comes_from_the_function_config() -> None:
    config = config_of(
        CONFIG % 'replicas: "3", maxNames: [a], version: 1.10, isOn: "true", inner: {deepKey: 2}, labels: null'
    )
    assert config == Full(replicas=3, max_names=["a"], version="1.10", is_on=True, inner=Inner(deep_key=2))


def test_a_config_comes_from_a_config_map() -> None:
    data = '{replicas: "3", maxNames: "a, b", labels: "{x: y}", inner: "deepKey: 2"}'
    config = config_of(f"{{apiVersion: v1, kind: ConfigMap, data: {data}}}")
    assert config == Full(replicas=3, max_names=["a", "b"], labels={"x": "y"}, inner=Inner(deep_key=2))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (CONFIG % "", "`spec.replicas` is missing"),
        (CONFIG % "replicas: x", "`spec.replicas` should be a valid integer"),
        (CONFIG % "replicas: -1", "`spec.replicas` should be greater than or equal to 0, not '-1'"),
        (
            CONFIG % "replica: 1, replicas: 1",
            "unknown key `spec.replica`, did you mean `replicas`?; known are replicas",
        ),
        (
            "{apiVersion: example.com/v1, kind: DoIt, replicas: 1}",
            "unknown key `replicas` in the DoIt; settings belong in `spec`",
        ),
        (
            "{apiVersion: a/v1, kind: B}",
            "the function config has apiVersion a/v1, kind B; apiVersion example.com/v1, kind DoIt",
        ),
        ("{apiVersion: v1, kind: ConfigMap, data: [x]}", "`data` of the ConfigMap must be a mapping"),
        ("x", "the functionConfig must be a mapping"),
        ("null", "`spec.replicas` is missing"),
    ],
)
def test_a_wrong_config_is_a_result(given: str, words: str) -> None:
    text = resource_list(given, SERVICE)
    out = check(full, text)
    assert words in out.outcome.results[0].message
    assert out.startswith(text)
    assert yaml.safe_load(out)["results"][0]["severity"] == "error"


class Failing(Config):
    """What fails in the author's own code."""

    number: int = 0
    name: str = ""

    @field_validator("number")
    @classmethod
    def counted(cls, value: int) -> int:
        assert value != 3, "three is too much"
        return 6 // (value - 2)

    @classmethod
    def of_config_map(cls, data: Mapping[str, str]) -> dict[str, Any]:
        if "odd" in data:
            raise ValueError("odd is not even")
        return {"number": data["name"]}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (CONFIG % "number: 3", "`spec.number`: three is too much"),
        (CONFIG % "number: 2", r"the config failed in test_sdk\.py:[0-9]+: ZeroDivisionError: integer"),
        ("{apiVersion: v1, kind: ConfigMap, data: {odd: x}}", "`data`: odd is not even"),
        (
            "{apiVersion: v1, kind: ConfigMap, data: {number: '1'}}",
            r"the config failed in test_sdk\.py:[0-9]+: KeyError: 'name'",
        ),
    ],
)
def test_the_author_s_own_code_of_a_config_may_fail(given: str, words: str) -> None:
    text = resource_list(given, SERVICE)
    out = check(function(setting, config=Failing), text)
    assert re.match(words, out.outcome.results[0].message), out.messages
    assert out.startswith(text)


def test_a_config_that_fails_elsewhere_is_not_the_author_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RecursionError

    monkeypatch.setattr("krmfn.sdk.config._without_nulls", broken)
    with pytest.raises(RecursionError):
        function(setting, config=elsewhere()).run(SERVICE, {})


def elsewhere() -> type[Config]:
    """A config of a module that is in no file."""
    return create_model("Elsewhere", __base__=Config, __module__="nowhere")


def test_a_config_may_be_given_as_data() -> None:
    full.run(SERVICE, {"replicas": 4})
    assert seen_configs[-1].replicas == 4
    assert "unknown key `spec.x`" in full.run(SERVICE, {"replicas": 4, "x": 1}).results[0].message


@pytest.mark.parametrize(
    ("kind", "plural"),
    [("DoIt", "doits"), ("Policy", "policies"), ("Gateway", "gateways"), ("Wish", "wishes"), ("Box", "boxes")],
)
def test_a_definition_names_several_objects_as_people_do(kind: str, plural: str) -> None:
    described = Function(Nothing, lambda _, __: (), api_version="example.com/v1", kind=kind).description
    definition = yaml.safe_load(described.crd())
    assert (definition["metadata"]["name"], definition["spec"]["names"]["plural"]) == (f"{plural}.example.com", plural)


def test_the_schemas_describe_the_config() -> None:
    described = full.description
    schema = json.loads(described.json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(described.minimal())
    validator.validate(yaml.safe_load(CONFIG % "replicas: 3, inner: {deepKey: 2}"))
    assert not validator.is_valid(yaml.safe_load(CONFIG % "replicas: -3"))
    assert not validator.is_valid(yaml.safe_load(CONFIG % "replicas: 3, x: 1"))
    crd = yaml.safe_load(described.crd())
    properties = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    assert crd["metadata"]["name"] == "doits.example.com"
    assert properties["replicas"] == {"type": "integer", "minimum": 0, "description": "How many."}
    assert properties["inner"]["properties"] == {"deepKey": {"type": "number", "default": 1.5}}
    definition = yaml.safe_load(described.definition(image="example.com/do-it:1"))
    assert definition["spec"]["versions"][0]["runtime"]["container"]["image"] == "example.com/do-it:1"
    assert "| `replicas` | integer | required | How many. |" in described.table()
    assert described.with_table("a\n<!-- settings -->\nold\n<!-- settings -->\nb\n") == (
        f"a\n<!-- settings -->\n{described.table()}<!-- settings -->\nb\n"
    )


class Odd(Config):
    """Everything that schemas can say."""

    choice: Literal["a", "b"] = "a"
    only: Literal["x"] = "x"
    positive: float = Field(default=1, gt=0)
    either: int | str = 1
    anything: dict[str, Any] = Field(default={})
    by_name: dict[str, Inner] = Field(default={})
    inners: list[Inner] = Field(default=[])
    needed: list[int] = Field(examples=[[1]])
    also: dict[str, str]


def test_schemas_of_odd_models() -> None:
    described = function(setting, config=Odd).description
    crd = yaml.safe_load(described.crd())
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["required"] == ["needed", "also"]
    found = spec["properties"]
    assert found["only"]["enum"] == ["x"]
    assert found["positive"] == {"type": "number", "minimum": 0, "exclusiveMinimum": True, "default": 1}
    assert found["either"] == {"x-kubernetes-preserve-unknown-fields": True}
    assert found["anything"]["x-kubernetes-preserve-unknown-fields"] is True
    assert found["byName"]["additionalProperties"]["properties"]["deepKey"]["type"] == "number"
    assert described.minimal()["spec"] == {"needed": [1], "also": {"key": "value"}}
    table = described.table()
    assert "| `choice` | `a`, `b` | `a` |" in table
    assert "| `either` | integer or string |" in table
    assert "| `byName` | mapping to mapping |" in table
    assert "| `inners[].deepKey` | number |" in table
    jsonschema.Draft202012Validator(json.loads(described.json_schema())).validate(described.minimal())
    with pytest.raises(ValueError, match="must have the mark"):
        described.with_table("")


class Shade(Enum):
    DARK = "dark"


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int = 1


class Tree(Config):
    """A model that stands in itself, and others that need an eye."""

    shade: Shade = Shade.DARK
    maybe: Annotated[Inner | None, Field(description="Perhaps.")] = None
    kinds: set[str] = Field(default_factory=set)
    pair: tuple[int, str] = (1, "a|b")
    anything: Any = None
    told: Inner | int = Field(default=1)
    second: int = Field(default=1, validation_alias=AliasChoices("two", "zwei"))
    deep: int = Field(default=1, validation_alias=AliasPath("a", 0))
    trees: "list[Tree]" = Field(default=[])
    open_one: Open | None = None
    verbose: bool = False
    json_schema: str = ""
    spec_verbose: str = ""


def test_schemas_of_a_model_that_stands_in_itself() -> None:
    described = function(setting, config=Tree).description
    spec = json.loads(described.json_schema())["properties"]["spec"]["properties"]
    assert spec["trees"]["items"]["type"] == "object"
    assert spec["shade"]["enum"] == ["dark"]
    found = yaml.safe_load(described.crd())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    properties = found["properties"]["spec"]["properties"]
    anything = {"x-kubernetes-preserve-unknown-fields": True}
    assert properties["maybe"]["description"] == "Perhaps."
    assert properties["maybe"]["nullable"] is True
    assert properties["kinds"] == {"type": "array", "items": {"type": "string"}}
    assert properties["pair"]["items"] == anything
    assert properties["anything"] == anything
    assert properties["told"] == anything
    assert properties["openOne"]["x-kubernetes-preserve-unknown-fields"] is True
    assert properties["trees"]["items"] == {"type": "object"} | anything
    table = described.table()
    assert "| `maybe.deepKey` | number | `1.5` |" in table
    assert "| `told` | mapping or integer | `1` |" in table
    assert "| `kinds` | list of string |  |" in table
    assert '| `pair` | list of anything | `[1, "a\\|b"]` |' in table


@pytest.mark.parametrize("model", [Full, Odd, Tree])
def test_the_api_server_takes_the_definition(model: type[Config]) -> None:
    described = function(setting, config=model).description
    (made,) = kubernetes.create_custom(yaml.safe_load(described.crd()), [described.minimal()])
    assert (made.unknown, made.invalid) == ((), ())
    stored = made.stored.get("spec", {})
    assert model.model_validate(stored) == model.model_validate(described.minimal().get("spec", {}))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("shade: dark", {}),
        ("maybe: 'deepKey: 2'", {"maybe": Inner(deep_key=2)}),
        ("kinds: 'a, b'", {"kinds": {"a", "b"}}),
        ("zwei: '2'", {"second": 2}),
        ("trees: '[{two: 3}]'", {"trees": [Tree(second=3)]}),
    ],
)
def test_texts_of_a_config_map_are_read_as_the_model_asks(data: str, found: dict[str, Any]) -> None:
    seen: list[Tree] = []
    called = function(lambda _, config: seen.append(config), config=Tree)
    outcome = called.run(resource_list(f"{{apiVersion: v1, kind: ConfigMap, data: {{{data}}}}}", SERVICE))
    assert outcome.exit_code == 0, outcome.results
    assert seen == [Tree().model_copy(update=found)]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"maybe": "x"}, "`spec.maybe` must be a mapping, not 'x'"),
        ({"kinds": "x"}, "`spec.kinds` must be a list, not 'x'"),
        ({"seconds": 1}, "unknown key `spec.seconds`; known are shade, maybe, kinds, pair, anything, told, two, deep,"),
    ],
)
def test_a_wrong_config_is_told_in_the_words_of_yaml(config: dict[str, Any], words: str) -> None:
    (error,) = function(setting, config=Tree).run(SERVICE, config).results
    assert error.message.startswith(words)


# As a command.


class Run(BaseModel):
    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    def run(called: Function[Any], *argv: str, stdin: str = "", is_terminal: bool = False) -> Run:
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        monkeypatch.setattr(given, "isatty", lambda: is_terminal)
        monkeypatch.setattr(sys, "stdin", given)
        try:
            code = called.main(argv)
        except SystemExit as end:
            code = int(str(end.code or 0))
        out, err = capfdbinary.readouterr()
        return Run(code=code, out=out.decode(), err=err.decode())

    return run


def setting(thing: Object, config: Full) -> Iterator[Change]:
    """Set replicas.

    And so on.
    """
    yield thing.set("spec.replicas", config.replicas)
    if config.labels:
        yield thing.merge(config.labels, "metadata.labels")


class Names(Config):
    names: list[str] = Field([])


def test_flags_give_a_config(command: Any) -> None:
    run = command(
        function(setting, config=Full), "--replicas", "3", "--labels", "a=b", "--labels", "c=d", stdin=SERVICE
    )
    assert (run.code, run.err) == (0, "")
    assert run.out == SERVICE.replace("shop}", "shop, labels: {a: b, c: d}}") + "spec:\n  replicas: 3\n"
    assert (
        "info: Service shop/web: changed"
        in command(function(setting, config=Full), "--replicas=3", "--verbose", stdin=SERVICE).err
    )


def test_a_file_gives_a_config_as_kustomizes_plugins_get_it(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG % "replicas: 3")
    called = function(setting, config=Full)
    assert command(called, str(file), stdin=SERVICE).out == f"{SERVICE}spec:\n  replicas: 3\n"
    assert command(called, "--config", str(file), "--replicas", "4", stdin=SERVICE).out.endswith("replicas: 4\n")
    file.write_text(CONFIG % "replica: 3")
    run = command(called, str(file), stdin=SERVICE)
    assert (run.code, run.out) == (1, "")
    assert f"error: {file}: `spec.replicas` is missing; unknown key `spec.replica`" in run.err
    assert "No such file" in command(called, str(tmp_path / "x"), stdin=SERVICE).err
    file.write_text("{")
    assert f"{file}:" in command(called, str(file), stdin=SERVICE).err
    file.write_bytes(b"\xff")
    assert f"error: {file}: " in command(called, str(file), stdin=SERVICE).err
    file.write_text("- a\n")
    assert "is not one YAML document that holds a function config" in command(called, str(file), stdin=SERVICE).err


def test_a_run_that_is_stopped_and_a_bug_have_codes_of_their_own(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    def broken(*_: Any) -> None:
        raise VerificationError("a scalar changed")

    run = command(function(stopped), stdin=SERVICE)
    assert (run.code, run.out) == (130, "")
    monkeypatch.setattr("krmfn.sdk.editing.verify", broken)
    run = command(function(lambda thing, _: [thing.set("spec.x", 1)]), stdin=SERVICE)
    assert (run.code, run.out) == (3, "")
    assert "this is a bug in krmfn, nothing was written: a scalar changed" in run.err


def test_a_crash_of_krmfn_is_a_bug_and_not_the_input_s_fault(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(*_: Any) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("krmfn.sdk.editing.verify", crashing)
    run = command(function(lambda thing, _: [thing.set("spec.x", 1)]), stdin=SERVICE)
    assert (run.code, run.out) == (3, "")
    first, second, *_, last = run.err.splitlines()
    assert first == "error: this is a bug in krmfn, nothing was written:"
    assert second == "Traceback (most recent call last):"
    assert last == "RecursionError: too deep"


def test_errors_of_a_stream_leave_stdout_empty_and_those_of_a_list_go_out(command: Any) -> None:
    assert command(function(failing), stdin=WEB).code == 1
    assert command(function(failing), stdin=WEB).out == ""
    run = command(function(failing), stdin=resource_list(CONFIG % "", WEB))
    assert run.code == 1
    assert yaml.safe_load(run.out)["results"][0]["severity"] == "error"


def test_a_command_tells_what_it_is(command: Any) -> None:
    called = function(setting, config=Full)
    run = command(called, "--help")
    assert run.out.startswith("usage: do-it ")
    assert "Set replicas." in run.out
    assert "How many." in run.out
    assert command(called, "--json-schema").out == called.description.json_schema()
    assert command(called, "--crd").out == called.description.crd()
    assert command(called, "--definition").out == called.description.definition()
    assert command(called, "--table").out == called.description.table()
    assert command(called, "--replica", "3").code == 2
    assert "stdin is empty" in command(called, "--replicas", "3").err


def test_what_the_code_prints_is_no_part_of_the_output(command: Any) -> None:
    def work(thing: Object, _: Config) -> None:
        sys.stdout.write(f"{thing}\n")

    run = command(function(work), stdin=SERVICE)
    assert (run.code, run.out, run.err) == (0, SERVICE, "Service shop/web\n")


@pytest.mark.parametrize("on", [Object, Objects])
def test_a_terminal_is_no_input(command: Any, on: Any) -> None:
    run = command(function(failing, on=on), is_terminal=True)
    assert run.code == 2
    assert run.err.endswith("do-it: error: nothing on stdin: pipe a ResourceList or manifests into do-it\n")


def test_a_generator_may_run_on_nothing(command: Any) -> None:
    called = function(lambda *_: [policy("shop", ["Ingress"])], on=Objects)
    assert command(called).out == WRITTEN


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (["--maybe", "deepKey: 2"], {"maybe": Inner(deep_key=2)}),
        (["--two", "2"], {"second": 2}),
        (["--trees", "{two: 3}", "--trees", "{}"], {"trees": [Tree(second=3), Tree()]}),
        (["--spec-verbose", "true", "--spec-json-schema", "x"], {"verbose": True, "json_schema": "x"}),
        (["--spec-spec-verbose", "x"], {"spec_verbose": "x"}),
    ],
)
def test_flags_are_read_as_the_model_asks(command: Any, flags: list[str], found: dict[str, Any]) -> None:
    """Keys with the name of another flag have one with a longer name."""
    seen: list[Tree] = []
    run = command(function(lambda _, config: seen.append(config), config=Tree), *flags, stdin=SERVICE)
    assert (run.code, run.err) == (0, "")
    assert seen == [Tree().model_copy(update=found)]


def test_flags_and_a_file_give_one_config(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG % "two: 2, maybe: {deepKey: 2}")
    seen: list[Tree] = []
    called = function(lambda _, config: seen.append(config), config=Tree)
    assert command(called, "--config", str(file), "--kinds", "a", stdin=SERVICE).err == ""
    assert seen == [Tree().model_copy(update={"second": 2, "maybe": Inner(deep_key=2), "kinds": {"a"}})]


def test_flags_of_lists_and_wrong_mappings(command: Any) -> None:
    called = function(lambda thing, config: [thing.set("spec.names", config.names)], config=Names)
    assert command(called, "--names", "a", "--names", "b", stdin=SERVICE).out.endswith(
        "spec:\n  names:\n  - a\n  - b\n"
    )
    assert "KEY=VALUE is expected" in command(function(setting, config=Full), "--labels", "a", stdin=SERVICE).err


# The judge.


def test_the_check_notices_a_broken_law() -> None:
    turns = iter(range(10))
    with pytest.raises(AssertionError, match="idempotence"):
        check(function(lambda thing, _: [thing.set("spec.x", next(turns))]), SERVICE)


def test_the_check_takes_what_is_no_text() -> None:
    out = check(function(lambda thing, _: [thing.set("x", 1)]), b"\xff")
    assert out.encode(errors="surrogateescape") == b"\xff"
    assert "UTF-8" in out.messages[0]


def package(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / "first" / name.replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "first"


def test_a_golden_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRMFN_UPDATE", raising=False)
    first = package(tmp_path, web_yaml=WEB, other_yaml=f"# head\n{SERVICE}---\n{TEXTS}")
    with pytest.raises(AssertionError, match=r"diff\.patch differs"):
        testing.check_package(generator, first)
    monkeypatch.setenv("KRMFN_UPDATE", "1")
    testing.check_package(generator, first)
    monkeypatch.delenv("KRMFN_UPDATE")
    test = testing.golden(generator, tmp_path)
    test(first)
    patch = (first / ".expected" / "diff.patch").read_text(encoding="utf-8")
    assert patch.startswith("--- /dev/null\n+++ b/networkpolicy-shop-deny.yaml\n")
    assert "+kind: NetworkPolicy\n" in patch
    results = yaml.safe_load((first / ".expected" / "results.yaml").read_text(encoding="utf-8"))
    assert results["exitCode"] == 0
    (first / "web.yaml").write_text(WEB.replace("namespace: shop", "namespace: other"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"networkpolicy-other-deny\.yaml"):
        test(first)
    with pytest.raises(ValueError, match="has no folders with packages"):
        testing.golden(generator, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("apiVersion: example.com/v1\nkind: DoIt\nspec: {replica: 1}\n", "unknown key `spec.replica`"),
        ("", "`spec.replicas` is missing"),
    ],
)
def test_a_golden_package_with_a_wrong_config(
    config: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRMFN_UPDATE", "1")
    first = package(tmp_path, a_yaml=SERVICE, **({"fn-config_yaml": config} if config else {}))
    testing.check_package(function(setting, config=Full), first)
    assert (first / ".expected" / "diff.patch").read_text(encoding="utf-8") == ""
    results = (first / ".expected" / "results.yaml").read_text(encoding="utf-8")
    assert "exitCode: 1" in results
    assert words in results


def test_a_golden_package_keeps_its_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def work(thing: Object, _: Config) -> None:
        seen.append(thing.resource.document.text)

    monkeypatch.setenv("KRMFN_UPDATE", "1")
    first = package(tmp_path, a_yaml="")
    (first / "a.yaml").write_bytes(SERVICE.replace("\n", "\r\n").encode())
    testing.check_package(function(work), first)
    assert any("\r\n" in text for text in seen)


def test_a_golden_package_of_a_function_that_drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRMFN_UPDATE", "1")
    first = package(tmp_path, a_yaml=SERVICE, b_yaml=f"{WEB}---\n{SERVICE}")
    testing.check_package(dropper, first)
    patch = (first / ".expected" / "diff.patch").read_text(encoding="utf-8")
    assert "+++ /dev/null" in patch
    assert patch.count("-kind: Service") == 2


def test_a_function_that_makes_something_else_of_a_list_is_noticed(tmp_path: Path) -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        if "internal.config.kubernetes.io/path" not in thing.annotations:
            yield thing.set("spec.x", 1)

    with pytest.raises(AssertionError, match="differs from its output for the ResourceList"):
        testing.check_package(function(work), package(tmp_path, a_yaml=SERVICE))


def test_the_public_names() -> None:
    assert sdk.__all__ == sorted(sdk.__all__)
    assert len(sdk.__all__) == 10
    assert testing.__all__ == ["Checked", "check", "check_package", "golden"]
