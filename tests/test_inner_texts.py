"""YAML in strings: edited in the scalar's own style, by the four laws for the inner and the outer text."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import laws
import pytest
import yaml
from shared import SHARED, needs_shared

from krmfn import Outcome, Settings, run

PAIRS = SHARED / "cases" / "text-in-text"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: "x-{{workflow.uid}}"}
spec:
  # first
  containers:
  - name: a
    image: registry.example.com/a:1   # keep
"""
POD_JSON = (
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"it\'s"},'
    '"spec":{"containers":[{"name":"a","image":"registry.example.com/a:1"}]}}'
)
PATCH = "initContainers:\n- name: warm\n  image: registry.example.com/warm:3\n"
PATCH_JSON = '{"initContainers":[{"name":"warm","image":"registry.example.com/warm:3"}]}'


def settings(**spec: Any) -> Settings:
    given = {"pullSecrets": [{"name": "regcred"}], **spec}
    return Settings.from_function_config({"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": given})


def judged(data: bytes, given: Settings) -> Outcome:
    outcome = run(data, given)
    laws.check(data, outcome, lambda again: run(again, given))
    return outcome


@needs_shared
@pytest.mark.parametrize("number", range(1, 16))
def test_the_pairs(number: int) -> None:
    (path,) = PAIRS.glob(f"{number:02}-*.in.yaml")
    spec = yaml.safe_load((PAIRS / "settings.yaml").read_text())["spec"]
    outcome = judged(path.read_bytes(), settings(**spec))
    assert outcome.output == path.with_name(path.name.replace(".in.", ".out.")).read_bytes()


@needs_shared
@pytest.mark.parametrize("number", [5, 6, 9, 10, 11, 12])
def test_what_nobody_is_known_to_apply_stays_unless_asked_for(number: int) -> None:
    (path,) = PAIRS.glob(f"{number:02}-*.in.yaml")
    outcome = judged(path.read_bytes(), settings())
    assert not [change for change in outcome.changes if " | " in change.path]


def workflow(template: str, *, spec: str = "") -> str:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: ci}\nspec:\n"
    return f"{head}  imagePullSecrets: [{{name: regcred}}]\n{spec}  templates:\n  - name: t\n{template}"


PLACES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "manifest": (
        POD,
        POD_JSON,
        lambda text: workflow(f"    resource:\n      action: create\n      manifest: {text}\n"),
    ),
    "manifestFrom": (
        POD,
        POD_JSON,
        lambda text: workflow(
            "    resource:\n      manifestFrom:\n        artifact:\n          name: m\n"
            f"          raw:\n            data: {text}\n"
        ),
    ),
    "podSpecPatch of a template": (PATCH, PATCH_JSON, lambda text: workflow(f"    podSpecPatch: {text}\n")),
    "podSpecPatch of the spec": (
        PATCH,
        PATCH_JSON,
        lambda text: workflow("    suspend: {}\n", spec=f"  podSpecPatch: {text}\n"),
    ),
    "podSpecPatch of inline templates": (
        PATCH,
        PATCH_JSON,
        lambda text: workflow(f"    steps:\n    - - name: s\n        inline:\n          podSpecPatch: {text}\n"),
    ),
    "podSpecPatch of artifact garbage collection": (
        PATCH,
        PATCH_JSON,
        lambda text: workflow("    suspend: {}\n", spec=f"  artifactGC:\n    podSpecPatch: {text}\n"),
    ),
    "source.inline": (
        POD,
        POD_JSON,
        lambda text: (
            "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nmetadata: {name: s}\nspec:\n"
            "  template: {imagePullSecrets: [{name: regcred}]}\n  triggers:\n  - template:\n      name: t\n"
            f"      k8s:\n        source:\n          inline: {text}\n"
        ),
    ),
}


def literal(text: str, indent: int, head: str = "|") -> str:
    lines = text.removesuffix("\n").split("\n")
    return head + "".join(f"\n{' ' * indent}{line}" if line else "\n" for line in lines)


STYLES: dict[str, Callable[[str, str], str]] = {
    "literal": lambda block, _: literal(block, 20),
    "literal, without the last line break": lambda block, _: literal(block, 20, "|-"),
    "literal, with all line breaks": lambda block, _: literal(block + "\n\n", 20, "|+"),
    "literal with a comment behind its mark": lambda block, _: literal(block, 21, "|  # as it is"),
    "literal after a blank line": lambda block, _: literal("\n" + block, 20),
    "literal with comments": lambda block, _: literal(f"# above\n{block}# below\n", 20),
    "JSON in single quotes": lambda _, value: "'" + value.replace("'", "''") + "'",
    "JSON in single quotes with a backslash": lambda _, value: (
        "'" + value.replace('s"}', '\\n"}').replace("'", "''") + "'"
    ),
    "JSON in double quotes": lambda _, value: json.dumps(value),
    "JSON in a literal": lambda _, value: literal(value, 20),
    "pretty JSON in a literal": lambda _, value: literal(json.dumps(json.loads(value), indent=2), 20),
    "lines in double quotes": lambda block, _: json.dumps(block),
}


@pytest.mark.parametrize(("place", "style"), list(itertools.product(PLACES, STYLES)))
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_styles_at_places(place: str, style: str, line_break: str) -> None:
    block, value, around = PLACES[place]
    text = around(STYLES[style](block, value)).replace("\n", line_break)
    outcome = judged(text.encode(), settings())
    inner = [change for change in outcome.changes if " | " in change.path]
    assert any(change.path.endswith("[0].imagePullPolicy") for change in inner)
    is_object = block == POD
    assert any(change.path.endswith(" | spec.imagePullSecrets") for change in inner) == is_object
    added = [line.strip() for line in outcome.output.decode().splitlines() if line not in text.splitlines()]
    assert added
    assert len(outcome.output.decode().splitlines()) >= len(text.splitlines())


LEFT = {
    "folded": ">\n" + "".join(f"{' ' * 20}{line}\n\n" for line in POD.splitlines()),
    "wrong YAML": literal(POD + "  a: [\n", 20),
    "a marker where YAML has structure": literal(POD + "  priority: {{inputs.parameters.p}}\n", 20),
    "an anchor": "&text " + literal(POD, 20),
    "a tag": "!!str " + literal(POD, 20),
    "a ResourceList": literal(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- " + POD.replace("\n", "\n  "), 20
    ),
    "quotes over several lines": json.dumps(POD_JSON)
    .replace(" ", "")
    .replace('\\"spec', '\\\n                    \\"spec'),
}


def test_a_backslash_in_single_quotes_is_a_letter() -> None:
    patch = '{"containers":[{"name":"side","image":"registry.example.com/a:1","args":["echo \\"a\\""]}]}'
    outcome = judged(PLACES["podSpecPatch of a template"][2](f"'{patch}'").encode(), settings())
    (change,) = [change for change in outcome.changes if " | " in change.path]
    assert change.path.endswith("containers[0].imagePullPolicy")
    expected = patch.replace('"args"', '"imagePullPolicy":"IfNotPresent","args"')
    assert f"podSpecPatch: '{expected}'\n" in outcome.output.decode()


@pytest.mark.parametrize("line_break", ["\x85", "\u2028"])
def test_odd_line_breaks_stay_escaped_in_double_quotes(line_break: str) -> None:
    text = json.dumps(POD.replace(":1   # keep\n", f":1{line_break}    args: []\n"))
    outcome = judged(PLACES["manifest"][2](text).encode(), settings())
    assert [change for change in outcome.changes if change.path.endswith("| spec.containers[0].imagePullPolicy")]


REASONS = {
    "folded": "text in a folded block is not edited",
    "wrong YAML": "not YAML: ",
    "a marker where YAML has structure": "a template marker is outside of quotes",
    "an anchor": "text in this literal block is not edited",
    "a tag": "text in this literal block is not edited",
    "a ResourceList": "it is a ResourceList, which cannot be applied to a cluster",
    "quotes over several lines": "text in quotes over several lines is not edited",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_looked_into_is_said(name: str) -> None:
    text = PLACES["manifest"][2](LEFT[name])
    outcome = judged(text.encode(), settings())
    assert not outcome.changes
    (told,) = [result for result in outcome.results if result.rule == "left-alone"]
    assert told.severity == "info"
    assert told.field
    assert told.field.path == "spec.templates[0].resource.manifest"
    assert told.message.startswith(f"this text is left alone: {REASONS[name]}")


@pytest.mark.parametrize(
    "text",
    [
        literal("#!/bin/sh\nkubectl create -f - <<END\nimage: a\nkind: Pod\nEND\n", 20),
        literal("image: registry.example.com/a:1\nkind: of nothing\n", 20),
        literal("apiVersion: example.com/v1\nkind: Widget\nspec: {image: registry.example.com/a:1}\n", 20),
        "'{{inputs.parameters.manifest}}'",
        '""',
    ],
)
def test_what_is_no_object_of_a_known_kind_stays(text: str) -> None:
    outcome = judged(PLACES["manifest"][2](text).encode(), settings())
    assert not outcome.changes


def streams() -> Iterator[str]:
    yield f"{POD}---\n{POD.replace('name: a', 'name: b')}"
    yield f"---\n{POD}---\n# nothing\n---\n{POD}"


@pytest.mark.parametrize("stream", list(streams()))
def test_each_document_of_a_text_has_its_number(stream: str) -> None:
    outcome = judged(PLACES["manifest"][2](literal(stream, 20)).encode(), settings())
    numbers = sorted({change.path.partition(" | ")[2].partition("]")[0] for change in outcome.changes})
    assert len(numbers) == 2
    assert all(number.startswith("[") for number in numbers)


def test_an_object_in_a_text_of_an_object_in_a_text() -> None:
    inner = workflow(f"    resource:\n      action: create\n      manifest: {literal(POD, 10)}\n")
    text = workflow(f"    resource:\n      action: create\n      manifest: {literal(inner, 10)}\n")
    outcome = judged(text.encode(), settings())
    into = "spec.templates[0].resource.manifest | " * 2
    fields = ["spec.containers[0].imagePullPolicy", "spec.imagePullSecrets"]
    assert [change.path for change in outcome.changes] == [into + field for field in fields]
    (summary,) = [result for result in outcome.results if result.field is None]
    assert str(summary.resource_ref) == "Workflow ci/w"


@pytest.mark.parametrize(("levels", "is_edited"), [(7, True), (8, False)])
def test_texts_that_are_too_deep_stay(levels: int, is_edited: bool) -> None:
    text = POD
    for _ in range(levels + 1):
        text = workflow(f"    resource:\n      action: create\n      manifest: {literal(text, 10)}\n")
    outcome = judged(text.encode(), settings())
    assert bool(outcome.changes) == is_edited
    assert any("it is nested 8 texts deep" in result.message for result in outcome.results) != is_edited


def test_places_in_results_are_those_of_the_input() -> None:
    wrong = POD + "    imagePullPolicy: Sometimes\n"
    text = PLACES["manifest"][2](literal(wrong, 20))
    outcome = run(text.encode(), settings())
    (told,) = [result for result in outcome.results if "Sometimes" in result.message]
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "Sometimes" in one)
    column = text.splitlines()[line - 1].index("Sometimes") + 1
    assert f"(document 1, line {line}, column {column} of the input)" in told.message
    assert told.field
    assert told.field.path == "spec.templates[0].resource.manifest | spec.containers[0].imagePullPolicy"


def test_the_outer_namespace_and_its_accounts_count_in_a_text() -> None:
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: ci}\n"
    account += "imagePullSecrets: [{name: mine}]\n"
    outcome = judged((PLACES["manifest"][2](literal(POD, 20)) + account).encode(), settings())
    (change,) = [change for change in outcome.changes if change.path.endswith("| spec.imagePullSecrets")]
    assert change.proposed == [{"name": "mine"}, {"name": "regcred"}]


def test_json_stays_json() -> None:
    text = json.dumps(yaml.safe_load(PLACES["manifest"][2](STYLES["JSON in double quotes"](POD, POD_JSON))))
    outcome = judged(text.encode(), settings())
    manifest = json.loads(outcome.output)["spec"]["templates"][0]["resource"]["manifest"]
    assert json.loads(manifest)["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("path", ["spec.templates", "spec.templates[].resource"])
def test_forbidden_texts_stay(path: str) -> None:
    row = {"group": "argoproj.io", "kind": "Workflow", "forbid": [path]}
    outcome = judged(PLACES["manifest"][2](literal(POD, 20)).encode(), settings(kinds=[row]))
    assert not outcome.changes


def test_excluded_objects_and_those_that_opt_out_stay() -> None:
    text = PLACES["manifest"][2](literal(POD, 20)).encode()
    assert not judged(text, settings(exclude=[{"kind": "Workflow"}])).changes
    opted_out = POD.replace("metadata: {", 'metadata: {annotations: {krmfn.dev/skip: "true"}, ')
    assert not judged(PLACES["manifest"][2](literal(opted_out, 20)).encode(), settings()).changes
