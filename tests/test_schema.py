"""`krmfn schema`: its verdict on a config is krmfn's own, and real editors and kustomize can use it."""

import copy
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hosts
import jsonschema
import pytest
import yaml
from editors import Editor

from krmfn import KrmfnError, Settings
from krmfn.imagepull.settings import API_VERSION, KIND, describe
from krmfn.splice import nodes, parsing

Config = dict[str, Any]
Path_ = tuple[str | int, ...]

CASES = hosts.REPOSITORY / "tests" / "cases"
EXAMPLES = hosts.REPOSITORY / "examples"

# What `krmfn schema --help` says of the differences: rules about several keys, and about image patterns.
ONLY_KRMFN_KNOWS = re.compile(
    "selects nothing|says nothing about|two rows for|leaves the whole kind alone|is inside a path of `objects`|"
    r"which is part of the pod spec|`(?:pullSecrets|create)` has \S+ twice|names a registry, not an image|"
    r"`create` has \S+, (?:but no field|and \d+ fields) with pull secrets|`spec\.extends` works only"
)


class Yaml12(yaml.SafeLoader):
    """Loads as editors do: `Off` is a word."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


@cache
def printed(*arguments: str) -> str:
    command = ["krmfn", *arguments]
    finished = subprocess.run(command, capture_output=True, check=True, encoding="utf-8", env=krmfn_on_path())
    assert not finished.stderr
    return finished.stdout


@cache
def krmfn_on_path() -> dict[str, str]:
    import sysconfig

    return {"PATH": sysconfig.get_path("scripts")}


def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(printed("schema")))


def image_pull(spec: Any) -> Config:
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "x"}, "spec": spec}


def everything() -> Config:
    """A config with every key there is."""
    text = re.sub(r"^( *)#(?! )", r"\1", printed("init", "--output", "-"), flags=re.MULTILINE)
    config: Config = yaml.load(text, Yaml12)
    return config


def in_cases() -> Iterator[tuple[str, Config]]:
    for path in sorted(CASES.glob("*/*")):
        if path.name.endswith(".config.yaml"):
            yield path.name, image_pull(yaml.load(path.read_bytes(), Yaml12))
        elif header := re.search(rb"^# config:(.*)", path.read_bytes(), re.MULTILINE):
            yield path.name, image_pull(yaml.load(header[1], Yaml12))


def in_examples() -> Iterator[tuple[str, Config]]:
    for path in sorted(EXAMPLES.rglob("*.yaml")):
        if KIND in (text := path.read_text(encoding="utf-8")):
            for document in yaml.load_all(text, Yaml12):
                for candidate in (document, (document or {}).get("functionConfig")):
                    if isinstance(candidate, dict) and candidate.get("kind") == KIND:
                        yield str(path.relative_to(EXAMPLES)), candidate


def refusal(config: Config) -> str:
    """What krmfn says against a config; empty when it takes it."""
    try:
        Settings.from_function_config(config)
    except KrmfnError as error:
        return str(error)
    return ""


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(printed("schema")))


CONFIGS = [*in_cases(), *in_examples()]


@pytest.mark.parametrize("config", [pytest.param(config, id=name) for name, config in CONFIGS])
def test_verdict_on_real_configs_is_that_of_krmfn(config: Config) -> None:
    problems = [error.message for error in validator().iter_errors(config)]
    assert bool(problems) == bool(refusal(config)), (problems, refusal(config))


def test_real_configs_are_there() -> None:
    assert len(CONFIGS) > 50
    assert {name for name, _ in CONFIGS} >= {"kpt-render-config/image-pull.yaml", "kustomize-exec/prod/image-pull.yaml"}


# Verdicts on configs with one thing wrong


def places(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*at, index))


TEXTS = ("x", "", "X y", "a/b", "*", "registry.example.com", "off", "yes")
OTHER_VALUES: tuple[Any, ...] = (*TEXTS, 7, True, None, [], ["x"], [7], [[]], {}, {"x": "y"})


def mutated(config: Config) -> Iterator[tuple[str, Config]]:
    """The config with another value in some place, with a key less, a key more, or an item twice."""
    for at in places(config["spec"], ("spec",)):
        for other in OTHER_VALUES:
            yield f"{at} = {other!r}", changed(config, at, lambda *_, other=other: other)
        yield f"{at} without", changed(config, at, None)
        yield f"{at} + unknown", changed(config, at, lambda old: {**old, "unknown": 1} if isinstance(old, dict) else 7)
        yield f"{at} twice", changed(config, at, lambda old: old * 2 if isinstance(old, list) else old)


def changed(config: Config, at: Path_, change: Callable[[Any], Any] | None) -> Config:
    new = copy.deepcopy(config)
    parent: Any = new
    for step in at[:-1]:
        parent = parent[step]
    if change is None:
        del parent[at[-1]]
    else:
        parent[at[-1]] = change(parent[at[-1]])
    return new


def is_made_on_the_way(error: jsonschema.ValidationError) -> bool:
    """Whether a value is one that krmfn takes because hosts may have made it of the right one."""
    if error.validator in ("anyOf", "oneOf"):
        return any(is_made_on_the_way(inner) for inner in error.context or ())
    schema: Any = error.schema
    match error.validator, error.instance:
        case _, None:
            return True
        case "enum", value:
            choices = [str(choice).lower() for choice in schema["enum"]]
            return (value is False and "off" in choices) or str(value).lower() in choices
        case "type", str() | int():
            return schema["type"] in ("boolean", "string")
    return False


def configs_to_mutate() -> list[Config]:
    return [everything(), *(config for _, config in CONFIGS if len(json.dumps(config)) < 300)][:40]


def test_verdict_on_mutated_configs_is_that_of_krmfn() -> None:
    check = validator()
    seen = {"both take": 0, "both refuse": 0, "only krmfn takes": 0, "only krmfn refuses": 0}
    for what, config in (pair for whole in configs_to_mutate() for pair in mutated(whole)):
        errors = list(check.iter_errors(config))
        words = refusal(config)
        verdict = ("both " if bool(errors) == bool(words) else "only krmfn ") + ("refuse" if words else "take")
        if verdict == "only krmfn refuse":
            assert ONLY_KRMFN_KNOWS.search(words), (what, words)
        elif verdict == "only krmfn take":
            assert all(map(is_made_on_the_way, errors)), (what, [error.message for error in errors])
        seen[f"{verdict}s" if verdict.startswith("only") else verdict] += 1
    assert all(seen.values()), seen
    assert seen["both refuse"] > 1000


def test_every_key_has_its_description() -> None:
    def described(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in schema.get("properties", {}).items():
            yield prefix + key, value["description"]
            yield from described(value, f"{prefix}{key}.")
            for items in (form.get("items", {}) for form in (value, *value.get("anyOf", ()))):
                for form in (items, *items.get("anyOf", ())):
                    yield from described(form, f"{prefix}{key}[].")

    found = dict(described(json.loads(printed("schema"))["properties"]["spec"], ""))
    known = {key.path: key.description for key in describe()}
    assert known.items() <= found.items()
    defaults = {key.path: key.default for key in describe()}
    assert {path for path, default in defaults.items() if default == "required"} == {
        *("pullPolicy.rules[].images", "pullPolicy.rules[].policy", "pullSecrets[].name", "kinds[].group"),
        *("kinds[].kind", "kinds[].containers[].path", "kinds[].pullSecrets[].path", "kinds[].create[].path"),
    }
    assert (defaults["pullPolicy"], defaults["include[].kind"]) == ("", "")
    assert (defaults["pullPolicy.policy"], defaults["attachTo"]) == ('"Defaulted"', '["PodSpecs"]')
    # Those that the documentation has once for two keys.
    assert {path.partition("[]")[0] for path in found.keys() - known.keys()} == {"exclude", "kinds"}


# Those who read it


def test_editor_underlines_completes_and_explains(tmp_path: Path) -> None:
    server = shutil.which("yaml-language-server", path=hosts.SEARCH_PATH)
    if not server:
        pytest.skip("yaml-language-server is not on PATH")
    (tmp_path / "krmfn.schema.json").write_text(printed("schema"), encoding="utf-8")
    file = tmp_path / "krmfn.yaml"
    made = printed("init", "--output", "-", "--secret", "regcred").replace("  #unknownKinds:", "  unknownKind:")
    text = f"# yaml-language-server: $schema=krmfn.schema.json\n{made}"
    file.write_text(f"{text}  \n", encoding="utf-8")
    lines = text.splitlines()
    (unknown,) = [number for number, line in enumerate(lines) if line.startswith("  unknownKind:")]
    (policy,) = [number for number, line in enumerate(lines) if line.startswith("    policy:")]
    with Editor(server, file) as editor:
        assert editor.problems() == [(unknown, "Property unknownKind is not allowed.")]
        offered = editor.completions(len(lines), 2)
        assert {"attachTo", "unknownKinds", "kinds"} <= set(offered)
        assert "pullSecrets" not in offered  # it is there already
        assert "What containers without a policy get" in editor.hover(policy, 5)


@pytest.fixture(scope="module")
def definition() -> Config:
    made: Config = yaml.safe_load(printed("schema", "--format", "openapi"))
    return made


def test_definition_is_structural(definition: Config) -> None:
    """As the API server demands: each schema has one type, and no keyword that it forbids."""
    (version,) = definition["spec"]["versions"]

    def check(schema: Config) -> None:
        assert isinstance(schema.get("type"), str) or schema.get("x-kubernetes-preserve-unknown-fields") is True
        assert schema.keys().isdisjoint(("$ref", "$defs", "const", "anyOf", "examples", "title"))
        assert not ("properties" in schema and "additionalProperties" in schema)
        below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
        for inner in below:
            if inner is not None:
                check(inner)

    check(version["schema"]["openAPIV3Schema"])
    names = definition["spec"]["names"]
    assert definition["metadata"]["name"] == f"{names['plural']}.{definition['spec']['group']}"
    assert f"{definition['spec']['group']}/{version['name']}" == API_VERSION
    assert names["kind"] == KIND


@pytest.mark.parametrize("config", [pytest.param(config, id=name) for name, config in in_examples()])
def test_definition_takes_the_configs_of_the_examples(definition: Config, config: Config) -> None:
    (version,) = definition["spec"]["versions"]
    jsonschema.validate(config, version["schema"]["openAPIV3Schema"])


def test_definition_is_yaml_to_both_parsers_and_kubectl(tmp_path: Path, definition: Config) -> None:
    text = printed("schema", "--format", "openapi")
    (root,) = parsing.compose(text)
    assert nodes.plain(root)["metadata"] == definition["metadata"]
    hosts.require("kubectl")
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"crd.yaml": text, "kustomization.yaml": "resources: [crd.yaml]\n"})
    finished = workplace.run("kubectl", "kustomize", ".")
    finished.check_returncode()
    assert yaml.safe_load(finished.stdout) == definition
