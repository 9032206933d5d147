"""Calls of which nothing comes: what hosts send then, and what is close to it and a call like any other."""

import pytest

from krmfn import run

FUNCTION = 'config.kubernetes.io/function: "exec: {path: krmfn}"'
CONFIG = f"""\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata:
  name: pull
  annotations:
    {FUNCTION}
spec: {{}}
"""
POD = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\nspec:\n  containers:\n  - {name: a, image: a}\n"
DONE = POD.replace("image: a", "image: a, imagePullPolicy: Always")
NOT_THE_CONFIG = CONFIG.replace("name: pull", "name: other")


def kptfile(**roles: str) -> str:
    lists = "".join(f"  {role}:\n  - {function}\n" for role, function in roles.items())
    return f"apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {{name: a}}\npipeline:\n{lists}"


RESOURCE_LIST = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:{items}\nfunctionConfig:\n{config}"


CONFIG_IN_IT = "  " + "  ".join(CONFIG.splitlines(keepends=True))


def listed(*items: str) -> str:
    return "\n" + "".join("- " + "  ".join(item.splitlines(keepends=True)) for item in items) if items else " []"


def warnings(*items: str) -> list[str]:
    outcome = run(RESOURCE_LIST.format(items=listed(*items), config=CONFIG_IN_IT).encode())
    assert outcome.exit_code == 0, outcome.results
    return [result.message for result in outcome.results if result.severity == "warning"]


def test_the_config_alone_is_what_a_generator_gets() -> None:
    (said,) = warnings(CONFIG)
    assert said.endswith("list the config under `transformers:`")


@pytest.mark.parametrize(
    "items",
    [
        [],
        [POD],
        [CONFIG, POD],
        [CONFIG.replace(f"    {FUNCTION}\n", "    a: b\n")],
        [NOT_THE_CONFIG],
        [CONFIG.replace("kind: ImagePull", "kind: Other")],
        [CONFIG.replace("v1alpha1", "v1")],
        [CONFIG.replace(f"    {FUNCTION}\n", f"    a: {FUNCTION.partition(':')[0]}\n")],
        [POD.replace("generateName: a-", f"generateName: a-, annotations: {{note: {FUNCTION.partition(':')[0]}}}")],
    ],
    ids=["nothing", "pod", "and-a-pod", "of-another-host", "name", "kind", "version", "value", "value-of-a-pod"],
)
def test_other_items_are_not_alone(items: list[str]) -> None:
    assert warnings(*items) == []


@pytest.mark.parametrize(
    "function",
    [
        "exec: krmfn",
        "exec: ./bin/krmfn --secret a",
        "exec: krmfn.pyz",
        "image: krmfn:v1",
        "image: registry.example.com/platform/krmfn:v0.1.0",
        'image: "ghcr.io/a/krmfn@sha256:00"',
    ],
)
def test_a_validator_of_kpt_that_has_something_to_change(function: str) -> None:
    (said,) = warnings(kptfile(validators=function), POD)
    assert said.startswith("the Kptfile lists krmfn under `validators`")
    assert warnings(kptfile(validators=function), DONE) == []
    assert warnings(kptfile(mutators=function), POD) == []
    assert warnings(kptfile(mutators=function, validators=function), POD) == []
    assert warnings(kptfile(mutators=function), kptfile(validators=function), POD) == []


@pytest.mark.parametrize(
    "function",
    [
        "exec: krmfn-check",
        "image: example.com/krmfn/other:v1",
        "exec: mykrmfn",
        "exec: [krmfn]",
        "name: krmfn",
        "krmfn",
    ],
)
def test_a_validator_that_is_another_one(function: str) -> None:
    assert warnings(kptfile(validators=function), POD) == []


@pytest.mark.parametrize("text", ["pipeline: [validators: ]", "pipeline: {validators: krmfn}", "a: b # validators:"])
def test_a_kptfile_of_another_shape(text: str) -> None:
    assert warnings(f"apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {{name: a}}\n{text}\n", POD) == []


def test_an_error_is_enough() -> None:
    wrong = POD.replace("image: a", "image: a, imagePullPolicy: Nevr")
    text = RESOURCE_LIST.format(
        items=listed(kptfile(validators="exec: krmfn"), POD, wrong),
        config=CONFIG.replace("\n", "\n  ").rstrip(" ").join(("  ", "")),
    )
    assert [result.severity for result in run(text.encode()).results] == ["error"]


def test_a_kptfile_with_a_key_twice() -> None:
    broken = kptfile(validators="exec: krmfn") + "pipeline: {}\n"
    assert warnings(broken, POD) == []
