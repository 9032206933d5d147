"""Schemas of custom resources: which of their fields are places for images, policies and pull secrets."""

from typing import Any

import pytest

from krmfn.imagepull.kinds.rows import SecretForm
from krmfn.imagepull.kinds.schemas import kind_of, row_of, schemas_of
from krmfn.krm.typemeta import TypeMeta

STRING = {"type": "string"}
Schema = dict[str, Any]


def has(*strings: str, **others: Schema) -> Schema:
    """The schema of a mapping with fields for text, and others."""
    return {"type": "object", "properties": {**dict.fromkeys(strings, STRING), **others}}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


CONTAINER = has("name", "image", "imagePullPolicy", command=many(STRING), volumeMounts=many(has("name")))
POD_SPEC = has("restartPolicy", containers=many(CONTAINER), volumes=many(has("name")), nodeSelector={"type": "object"})
POD_SPEC["properties"]["imagePullSecrets"] = many(has("name"))
VOLUME = {"path": "spec.volumes[].image", "image": "reference", "policy": "pullPolicy"}


def container(**others: Schema) -> Schema:
    return {"type": "object", "properties": {**CONTAINER["properties"], **others}}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (has(template=has(spec=POD_SPEC)), {"podSpecs": ["spec.template.spec"]}),
        (has(pods=many(POD_SPEC)), {"podSpecs": ["spec.pods[]"]}),
        (has(pods={"type": "object", "additionalProperties": POD_SPEC}), {"podSpecs": ["spec.pods.*"]}),
        # It only borrows fields of pod specs.
        (
            has(a={"type": "object", "properties": {**POD_SPEC["properties"], "image": STRING}}),
            {"containers": ["spec.a.containers[]"], "pullSecrets": ["spec.a.imagePullSecrets"]},
        ),
        (has(sidecars=many(CONTAINER)), {"containers": ["spec.sidecars[]"]}),
        (
            has(main=container(init=CONTAINER, imagePullSecrets=many(has("name")))),
            {"containers": ["spec.main", "spec.main.init"], "pullSecrets": ["spec.main.imagePullSecrets"]},
        ),
        (has(main=container(env=many(has("image", "imagePullPolicy")))), {"containers": ["spec.main"]}),
        (has(env=has("image", "imagePullPolicy")), {"images": ["spec.env"]}),
        (has("image", "imagePullPolicy"), {"images": ["spec"]}),
        (has("image"), {}),
        (has("imagePullPolicy"), {}),
        (has("image", imagePullPolicy={"type": "object"}), {}),
        (has("image", imagePullPolicy={"type": ["string", "null"]}), {"images": ["spec"]}),
        # The names of policies, of images, and of their parts.
        (has("image", "image_pull_policy"), {"images": [{"path": "spec", "policy": "image_pull_policy"}]}),
        (has("image", "pullPolicy"), {"images": [{"path": "spec", "policy": "pullPolicy"}]}),
        (has("image", "tag", "imagePullPolicy"), {"images": ["spec"]}),
        (
            has(image=has("repository", "registry", "tag", "pullPolicy")),
            {
                "images": [
                    {
                        "path": "spec.image",
                        "image": "repository",
                        "also": ["registry", "tag"],
                        "policy": "pullPolicy",
                    }
                ]
            },
        ),
        (
            has(image=has("repository", "name", "pullPolicy")),
            {"images": [{"path": "spec.image", "image": "name", "also": ["repository"], "policy": "pullPolicy"}]},
        ),
        (
            has("repository", "image", "imagePullPolicy"),
            {"images": [{"path": "spec", "also": ["repository"]}]},
        ),
        (has("containerImage", "imagePullPolicy"), {"images": [{"path": "spec", "image": "containerImage"}]}),
        (has("imageRepository", "imagePullPolicy"), {"images": [{"path": "spec", "image": "imageRepository"}]}),
        # Images with a prefix, each with its policy.
        (
            has("dbImage", "dbImagePullPolicy", "webImage", "webImagePullPolicy"),
            {
                "images": [
                    {"path": "spec", "image": "dbImage", "policy": "dbImagePullPolicy"},
                    {"path": "spec", "image": "webImage", "policy": "webImagePullPolicy"},
                ]
            },
        ),
        (
            has("db_image", "db_image_pull_policy"),
            {"images": [{"path": "spec", "image": "db_image", "policy": "db_image_pull_policy"}]},
        ),
        (has("dbImage", "imagePullPolicy"), {"images": [{"path": "spec", "image": "dbImage"}]}),
        (
            has("dbImage", "image_pull_policy"),
            {"images": [{"path": "spec", "image": "dbImage", "policy": "image_pull_policy"}]},
        ),
        (has("dbImage", "webImage", "imagePullPolicy"), {}),
        (has("image", "dbImage", "imagePullPolicy"), {"images": ["spec"]}),
        (
            has("dbImage", "dbImagePullPolicy", "webImage", "imagePullPolicy"),
            {
                "images": [
                    {"path": "spec", "image": "dbImage", "policy": "dbImagePullPolicy"},
                    {"path": "spec", "image": "webImage"},
                ]
            },
        ),
        (
            has("baseImage", "tag", "version", "imagePullPolicy"),
            {"images": [{"path": "spec", "image": "baseImage", "also": ["tag", "version"]}]},
        ),
        (has("dbImage", "tag", "imagePullPolicy"), {"images": [{"path": "spec", "image": "dbImage"}]}),
        # Image volumes.
        (has(volumes=many(has("name", image=has("reference", "pullPolicy")))), {"containers": [VOLUME]}),
        (has(volumes=many(has("name", image=has("reference")))), {}),
        (
            has(data=has(emptyDir=has(), image=has("reference", "pullPolicy"))),
            {"containers": [VOLUME | {"path": "spec.data.image"}]},
        ),
        (has(data=has("name", image=has("reference", "pullPolicy"))), {}),
        # Pull secrets, in four forms.
        (has(imagePullSecrets=many(has("name"))), {"pullSecrets": ["spec.imagePullSecrets"]}),
        (
            has(imagePullSecrets=many(STRING)),
            {"pullSecrets": [{"path": "spec.imagePullSecrets", "form": SecretForm.STRINGS.value}]},
        ),
        (has("pullSecret"), {"pullSecrets": [{"path": "spec.pullSecret", "form": SecretForm.STRING.value}]}),
        (
            has(pullSecret=has("name")),
            {"pullSecrets": [{"path": "spec.pullSecret", "form": SecretForm.NAME.value}]},
        ),
        (has(pullSecret=has("name", "namespace")), {}),
        (has(pullSecrets=many(has("name", "namespace"))), {}),
        (has(pullSecrets=many({**has("name"), "required": ["name"]})), {"pullSecrets": ["spec.pullSecrets"]}),
        (has(pullSecrets=many({**has("name", "key"), "required": ["name", "key"]})), {}),
        (
            has(pullSecrets=many(has("name", optional={"type": "boolean"}))),
            {"pullSecrets": ["spec.pullSecrets"]},
        ),
        (has(pullSecrets=many(has("name", count={"type": "integer"}))), {}),
        (has(registrySecrets=many(has("name"))), {"pullSecrets": ["spec.registrySecrets"]}),
        (has("registrySecret"), {}),
        (has("modulePullSecret", module=has("imagePullSecret"), chart=has("pullSecret")), {}),
        (has("pushSecret", "secret", "imageSecret"), {}),
        # What is not searched.
        (has(**{"a.b": has("image", "imagePullPolicy")}), {}),
        ({"type": "object", "additionalProperties": True}, {}),
    ],
)
def test_a_schema_has_the_places(spec: Schema, expected: dict[str, Any]) -> None:
    assert row_of(has(spec=spec)) == expected


@pytest.mark.parametrize("key", ["apiVersion", "kind", "metadata", "status", "a.b"])
def test_nothing_runs_below(key: str) -> None:
    assert row_of(has(**{key: has("image", "imagePullPolicy")})) == {}


def definition(*versions: Schema, **more: Any) -> Schema:
    spec = {"group": "example.com", "names": {"kind": "Shop"}, "versions": [*versions], **more}
    return {"kind": "CustomResourceDefinition", "spec": spec}


def version(name: str, schema: Schema) -> Schema:
    return {"name": name, "schema": {"openAPIV3Schema": schema}}


WITH_SECRETS = has(spec=has(imagePullSecrets=many(has("name"))))


def test_a_definition_has_a_schema_for_each_version() -> None:
    one, two = has("a"), has("b")
    assert list(schemas_of(definition(version("v1", one), version("v2", two)))) == [
        ("example.com", "Shop", "v1", one),
        ("example.com", "Shop", "v2", two),
    ]
    of_all = definition({"name": "v1"}, validation={"openAPIV3Schema": one})
    assert list(schemas_of(of_all)) == [("example.com", "Shop", "", one)]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"spec": []},
        {"spec": {"group": "example.com", "versions": [version("v1", WITH_SECRETS)]}},
        {"spec": {"group": "example.com", "names": [], "versions": [version("v1", WITH_SECRETS)]}},
        definition({"name": "v1"}),
        {"spec": {"group": "example.com", "names": {"kind": "Shop"}, "versions": {"name": "v1"}}},
        {"spec": {"group": "example.com", "names": {"kind": "Shop"}, "versions": ["v1"]}},
    ],
)
def test_a_broken_definition_defines_nothing(broken: Schema) -> None:
    assert list(schemas_of(broken)) == []
    assert kind_of(broken, TypeMeta("example.com/v1", "Shop")) is None


def test_the_row_of_a_kind_is_that_of_its_version() -> None:
    defined = definition(version("v1", has("a")), version("v2", WITH_SECRETS))
    old, new = (kind_of(defined, TypeMeta(f"example.com/{name}", "Shop")) for name in ("v1", "v2"))
    assert old is not None
    assert new is not None
    assert (old.sites, [site.path for site in new.sites]) == ((), ["spec"])
    for other in (("example.com/v3", "Shop"), ("example.org/v2", "Shop"), ("example.com/v2", "Store")):
        assert kind_of(defined, TypeMeta(*other)) is None


@pytest.mark.parametrize("at", [(), ("spec",), ("spec", "more")])
def test_a_schema_that_is_open_does_not_say_that_there_is_nothing(at: tuple[str, ...]) -> None:
    schema: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    for key in reversed(at):
        schema = has(**{key: schema})
    assert kind_of(definition(version("v1", schema)), TypeMeta("example.com/v1", "Shop")) is None
