"""Every row of the catalogue does what it says, and writes nothing that a schema at hand does not have."""

import copy
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hosts
import jsonschema
import laws
import pytest
import yaml
from shared import CORPUS, SHARED, needs_shared

from krmfn import Settings, run
from krmfn.imagepull.kinds import KindTables, Origin, catalogue, read, schemas, secrets_fields
from krmfn.krm.typemeta import TypeMeta

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))
from schema_survey import creatable, path_of

ROWS = list(catalogue.rows())
TREATED = [row for row in ROWS if "ignore" not in row]
LEFT_OUT = Path(__file__).with_name("catalogue_left_out.tsv")
CREATED = Path(__file__).with_name("catalogue_created.tsv")
"""Why the mappings that a row creates mean nothing but what stands in them, from the sources of the operator."""
IMAGE = "registry.example.com/team/app:1.0"
# What a field of each form holds when two secrets are asked for.
FILLED: dict[str, Any] = {
    "names": [{"name": "first"}, {"name": "second"}],
    "strings": ["first", "second"],
    "string": "first",
    "name": {"name": "first"},
}
ALWAYS = {
    "pullPolicy": {"policy": "Always"},
    "pullSecrets": [{"name": "first"}, {"name": "second"}],
    "embedded": True,
}
DEFAULTED = {"pullSecrets": ALWAYS["pullSecrets"], "embedded": True}


def settings(spec: dict[str, Any]) -> Settings:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
    return Settings.from_function_config(config)


def name_of(row: dict[str, Any]) -> str:
    return "/".join([row["group"], row["kind"], *row.get("versions", [])[:1]])


def entries(row: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The entries of a row in their long form."""
    for entry in row.get(key, []):
        yield {"path": entry} if isinstance(entry, str) else entry


def at(data: dict[str, Any], path: str) -> dict[str, Any]:
    """The mapping at a path, made on the way: one item in each list, one key for `*`."""
    node = data
    for step in path.split(".") if path else []:
        key, depth = step.removesuffix("[]"), step.count("[]")
        key = "any" if key == "*" else key
        if not depth:
            node = node.setdefault(key, {})
            continue
        items = node.setdefault(key.removesuffix("[]"), [{}])
        while depth > 1:
            items, depth = items[0] or [[{}]][0], depth - 1
        node = items[0]
    return node


def manifest(row: dict[str, Any]) -> dict[str, Any]:
    """An object with an image in every place of the row."""
    version = row.get("versions", ["v1"])[-1]
    api_version = f"{row['group']}/{version}" if row["group"] else version
    data: dict[str, Any] = {"apiVersion": api_version, "kind": row["kind"], "metadata": {"name": "x"}}
    for path in row.get("podSpecs", []):
        at(data, path)["containers"] = [{"name": "main", "image": IMAGE}]
    for entry in (*entries(row, "containers"), *entries(row, "images")):
        at(data, entry["path"])[entry.get("image", "image")] = IMAGE
    for entry in entries(row, "pullSecrets"):
        at(data, entry["path"].rpartition(".")[0])
    for path in row.get("objects", []):
        at(data, path).update({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": IMAGE}]}})
    return data


def completed(row: dict[str, Any], policy: str, policy_of_images: str | None) -> dict[str, Any]:
    """The same object as it is to come out."""
    data = manifest(row)
    for path in row.get("podSpecs", []):
        spec = at(data, path)
        spec["containers"][0]["imagePullPolicy"] = policy
        spec["imagePullSecrets"] = FILLED["names"]
    for key, value in (("containers", policy), ("images", policy_of_images)):
        for entry in entries(row, key):
            if value and entry.get("policy") != "":
                at(data, entry["path"])[entry.get("policy", "imagePullPolicy")] = value
    for path in row.get("objects", []):
        spec = at(data, path)["spec"]
        spec["containers"][0]["imagePullPolicy"] = policy
        spec["imagePullSecrets"] = FILLED["names"]
    for entry in entries(row, "pullSecrets"):
        path, _, key = entry["path"].rpartition(".")
        at(data, path)[key] = FILLED[entry.get("form", "names")]
    return data


@pytest.mark.parametrize("row", [pytest.param(row, id=name_of(row)) for row in TREATED])
@pytest.mark.parametrize(
    ("spec", "policy", "policy_of_images"),
    [
        pytest.param(DEFAULTED, "IfNotPresent", None, id="defaulted"),
        pytest.param(ALWAYS, "Always", "Always", id="always"),
    ],
)
def test_a_row_completes_its_places(
    row: dict[str, Any], spec: dict[str, Any], policy: str, policy_of_images: str | None
) -> None:
    data = yaml.safe_dump(manifest(row), sort_keys=False).encode()
    outcome = run(data, settings(spec))
    assert yaml.safe_load(outcome.output) == completed(row, policy, policy_of_images)
    laws.check(data, outcome, lambda again: run(again, settings(spec)))


CREATING = [row for row in TREATED if "create" in row]


def bare(row: dict[str, Any], instead: str) -> dict[str, Any]:
    """An object with the mappings around those that are created: these are absent, null, or the outermost is empty."""
    data = {key: value for key, value in manifest(row).items() if key in ("apiVersion", "kind", "metadata")}
    created = {entry["path"] for entry in entries(row, "create")}
    for path in created:
        parent, _, key = path.rpartition(".")
        if parent not in created:
            holder = at(data, parent)
            if instead != "absent":
                holder[key] = None if instead == "null" else {}
    return data


def with_created(row: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The same object with all that is to be created, and the secrets in it."""
    created = sorted(entries(row, "create"), key=lambda entry: len(entry["path"]))
    for entry in created:
        parent, _, key = entry["path"].rpartition(".")
        if not isinstance(at(data, parent).get(key), dict):
            at(data, parent)[key] = {name: [] for name in entry.get("lists", [])}
    for entry in (*entries(row, "pullSecrets"), *({"path": f"{p}.imagePullSecrets"} for p in row.get("podSpecs", []))):
        holder, _, key = entry["path"].rpartition(".")
        if holder in [one["path"] for one in created]:
            at(data, holder)[key] = FILLED[entry.get("form", "names")]
    return data


@pytest.mark.parametrize("row", [pytest.param(row, id=name_of(row)) for row in CREATING])
@pytest.mark.parametrize("instead", ["absent", "null", "empty"])
@pytest.mark.parametrize("flow", [pytest.param(False, id="block"), pytest.param(True, id="json")])
def test_mappings_for_secrets_are_created(row: dict[str, Any], instead: str, flow: bool) -> None:
    before = bare(row, instead)
    text = json.dumps(before) if flow else yaml.safe_dump(before, sort_keys=False)
    outcome = run(text.encode(), settings(DEFAULTED))
    after = yaml.safe_load(outcome.output)
    assert after == with_created(row, bare(row, instead))
    assert flow == (outcome.output.decode().strip().startswith("{") and json.loads(outcome.output) == after)
    assert [result.severity for result in outcome.results if result.rule == "left-alone"] == []
    laws.check(text.encode(), outcome, lambda again: run(again, settings(DEFAULTED)))


def test_each_row_that_creates_mappings_says_where_the_operator_allows_it() -> None:
    lines = [line.split("\t") for line in CREATED.read_text().splitlines()]
    assert lines == sorted(lines)
    assert {(group, kind) for group, kind, _ in lines} == {(row["group"], row["kind"]) for row in CREATING}
    assert all(source for *_, source in lines)


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=name_of(row)) for row in CREATING if "spec" not in map(path_of, row["create"])]
)
def test_what_runs_no_pods_gets_no_mapping_for_secrets(row: dict[str, Any]) -> None:
    """Nothing is created where the mapping around the outermost one that may be is absent."""
    data = {key: value for key, value in manifest(row).items() if key in ("apiVersion", "kind", "metadata")}
    text = yaml.safe_dump(data | {"spec": None}, sort_keys=False).encode()
    assert run(text, settings(DEFAULTED)).output is text


@pytest.mark.parametrize("row", [pytest.param(row, id=name_of(row)) for row in ROWS if "ignore" in row])
def test_a_kind_that_is_never_touched_comes_back_as_it_was(row: dict[str, Any]) -> None:
    pod = {"containers": [{"name": "main", "image": IMAGE}]}
    data = manifest(row) | {"spec": pod | {"template": {"spec": pod}}}
    text = yaml.safe_dump(data, sort_keys=False).encode()
    assert run(text, settings(ALWAYS)).output is text


def test_rows_are_sorted_and_in_the_notation_of_the_settings() -> None:
    lines = Path(catalogue.__file__).with_suffix(".jsonl").read_text().splitlines()
    keys = [(row["group"], row["kind"], row.get("versions", [])) for row in ROWS]
    assert keys == sorted(keys), "sort catalogue.jsonl by group, then kind"
    assert lines == [json.dumps(row, ensure_ascii=False) for row in ROWS]
    # Kind by kind, since the settings take one row for each.
    for row in ROWS:
        as_setting = {key: value for key, value in row.items() if key not in ("versions", "ignore", "mayLack")}
        settings({"kinds": [as_setting | ({"ignore": True} if "ignore" in row else {})]})


def test_versions_are_named_where_a_kind_has_several_rows() -> None:
    rows_of = Counter((row["group"], row["kind"]) for row in ROWS)
    assert all("versions" in row or rows_of[row["group"], row["kind"]] == 1 for row in ROWS)


@pytest.mark.parametrize(("version", "is_known"), [("v1", False), ("v2", False), ("v3", True), ("v4", True)])
def test_a_single_row_with_versions_is_for_no_older_ones(version: str, is_known: bool) -> None:
    text = f"""\
apiVersion: tests.testkube.io/{version}
kind: Test
metadata: {{name: a}}
spec: {{executionRequest: {{image: registry.example.com/a:1}}}}
"""
    outcome = run(text.encode(), settings({"pullSecrets": [{"name": "first"}]}))
    assert bool(outcome.changes) is is_known
    told = [one.message for one in outcome.results if one.rule == "left-alone"]
    assert len(told) == (not is_known)
    assert all(f"unknown kind tests.testkube.io/{version} Test" in message for message in told)


def strict(schema: Any) -> Any:
    """A schema that requires nothing and allows only what it names, as the API server prunes the rest."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # Required fields and bounds are about whole manifests; ours have only what a row is about.
    kept = {key: value for key, value in schema.items() if key in ("type", "items", "anyOf", "oneOf", "allOf")}
    result = {key: strict(value) if key != "type" else value for key, value in kept.items()}
    if schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-int-or-string"):
        return {}
    if "properties" in schema:
        result["properties"] = {key: strict(value) for key, value in schema["properties"].items()}
        result["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = strict(schema["additionalProperties"])
    return result


# What the catalogue has beyond a schema, and why.
BEYOND_SCHEMAS = {
    "sparkoperator.k8s.io/SparkApplication": "pod templates that the schema leaves open",
}


@needs_shared
def test_the_generator_finds_the_rows_of_the_catalogue() -> None:
    compared = 0
    for param in with_schema():
        row, file = param.values
        found = schemas.row_of(json.loads(file.read_bytes()))
        for key in ("podSpecs", "containers", "images", "pullSecrets"):
            # Images without a policy field only tell what the secrets are for; no schema says which images these are.
            known = [entry for entry in row.get(key, []) if not isinstance(entry, dict) or entry.get("policy") != ""]
            known.sort(key=str)
            if known != found.get(key, []):
                assert f"{row['group']}/{row['kind']}" in BEYOND_SCHEMAS, (row["kind"], key)
                assert not found.get(key), "the catalogue has more, and nothing else"
        compared += 1
    assert compared >= 9


@needs_shared
def test_built_in_rows_cover_what_the_schemas_of_argo_have() -> None:
    found: dict[str, dict[str, Any]] = {}
    names = {"rollout_v1alpha1": "Rollout", "analysistemplate_v1alpha1": "AnalysisTemplate"}
    names |= {"argoproj.io_workflows": "Workflow", "argoproj.io_cronworkflows": "CronWorkflow"}
    for file in schema_files():
        if file.stem in names:
            found[names[file.stem]] = schemas.row_of(schema_in(file))
    assert found.keys() == set(names.values())
    assert len(found["Workflow"]["containers"]) > 10
    for kind, row in found.items():
        row |= {"group": "argoproj.io", "kind": kind}
        data = yaml.safe_dump(manifest(row), sort_keys=False).encode()
        assert yaml.safe_load(run(data, settings(ALWAYS)).output) == completed(row, "Always", "Always")


def look_alikes(schema: dict[str, Any]) -> Any:
    """An object with a named image in every list of `containers` that a schema has room for, and what is around it."""
    if "items" in schema:
        inner = look_alikes(schema["items"])
        return [inner] if inner else None
    data = {}
    for key, inner_schema in schema.get("properties", {}).items():
        item = inner_schema.get("items", {}).get("properties", {})
        if key == "containers" and {"name", "image"} <= item.keys():
            data[key] = [{"name": "a", "image": "nginx"}]
        elif inner := look_alikes(inner_schema):
            data[key] = inner
    if isinstance(every := schema.get("additionalProperties"), dict) and (inner := look_alikes(every)):
        data["any"] = inner
    return data


def schema_files() -> list[Path]:
    return sorted([*CORPUS.glob("crd-schemas/*/*.json"), *CORPUS.glob("crds/*.yaml")])


def schema_in(file: Path) -> Any:
    data = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data["spec"]["versions"][0]["schema"]["openAPIV3Schema"] if "spec" in data else data


def written_for_its_look(schema: dict[str, Any]) -> tuple[Any, int]:
    """The object with look-alikes after krmfn, and how many changes there were."""
    # Of a group that no table knows, so that only the look counts.
    head = {"apiVersion": "unknown.example.com/v1", "kind": "Unknown", "metadata": {"name": "x"}}
    outcome = run(yaml.safe_dump({**look_alikes(schema), **head}, sort_keys=False).encode(), settings(ALWAYS))
    return yaml.safe_load(outcome.output), len(outcome.changes)


@needs_shared
@pytest.mark.parametrize("file", schema_files(), ids=lambda file: file.stem)
def test_what_is_written_for_the_look_of_a_kind_is_in_its_schema(file: Path) -> None:
    schema = schema_in(file)
    allowed = strict(schema)
    allowed["properties"] |= {"metadata": {}, "apiVersion": {}, "kind": {}}
    done, _ = written_for_its_look(schema)
    errors = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(allowed).iter_errors(done)]
    assert errors == []


@needs_shared
def test_the_look_of_a_kind_is_enough_for_many() -> None:
    assert sum(written_for_its_look(schema_in(file))[1] > 0 for file in schema_files()) >= 5


def with_schema() -> Iterator[Any]:
    for row in TREATED:
        for version in row.get("versions", ["*"]):
            pattern = f"crd-schemas/{row['group']}/{row['kind'].lower()}_{version}.json"
            for file in sorted(CORPUS.glob(pattern)):
                yield pytest.param(row, file, id=f"{name_of(row)}-{file.stem}")


@needs_shared
@pytest.mark.parametrize(("row", "file"), list(with_schema()))
def test_what_a_row_writes_is_in_the_schema(row: dict[str, Any], file: Path) -> None:
    schema = strict(json.loads(file.read_bytes()))
    schema["properties"]["metadata"] = {}
    done = copy.deepcopy(completed(row, "Always", "Always"))
    errors = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(done)]
    assert errors == []


@needs_shared
def test_what_a_row_creates_its_schema_allows() -> None:
    judged = set()
    for row, file in (param.values for param in with_schema()):
        schema = json.loads(file.read_bytes())
        fields = [
            *map(path_of, row.get("pullSecrets", [])),
            *(f"{path}.imagePullSecrets" for path in row.get("podSpecs", [])),
        ]
        for field in fields if "create" in row else ():
            created = [entry for entry in row["create"] if field.startswith(f"{path_of(entry)}.")]
            allowed = creatable(schema, field) or []
            assert created == allowed[len(allowed) - len(created) :]
            judged.add(row["kind"])
    assert judged >= {"Kafka", "Pooler"}


@needs_shared
def test_every_surveyed_kind_is_in_a_table_or_left_out_with_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    left_out = [line.split("\t") for line in LEFT_OUT.read_text().splitlines()]
    # Wholly, and not only one of its places.
    wholly = {(group, kind) for group, kind, path, _ in left_out if not path or kind == "ServiceAccount"}
    missing: list[str] = []
    counts: Counter[str] = Counter()
    for row in json.loads((SHARED / "data" / "kinds.json").read_text()):
        # The survey does not have the spelling of every kind.
        name = row.get("kind") or row["kind_lower"]
        kinds = [name, *(r["kind"] for r in ROWS if r["kind"].lower() == name.lower())]
        found = [KindTables().lookup(TypeMeta(f"{row['group']}/{row['version']}".lstrip("/"), kind)) for kind in kinds]
        if known := next(filter(None, found), None):
            counts["never touched" if known.ignored else "in a table"] += 1
        elif any((row["group"], kind) in wholly for kind in kinds):
            counts["left out"] += 1
        else:
            missing.append(f"{row['group']}/{name} ({row['category']})")
    with capsys.disabled():
        sys.stdout.write(f"\nkinds surveyed, by version: {dict(counts)}, in {len(ROWS)} rows\n")
    assert missing == []
    assert all(reason for *_, reason in left_out)


def found_missing() -> list[dict[str, Any]]:
    """Kinds that the catalogue once lacked, with the rows that their definitions give."""
    file = SHARED / "data" / "missing-rows.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
    return [row | {"versions": [row["_version"]]} for row in rows]


@needs_shared
def test_no_kind_that_was_found_missing_is_passed_over_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    left_out = {tuple(line.split("\t")[:3]) for line in LEFT_OUT.read_text().splitlines()}
    counts: Counter[str] = Counter()
    for row in found_missing():
        meta = TypeMeta(f"{row['group']}/{row['versions'][0]}", row["kind"])
        kind = KindTables().lookup(meta)
        outcome = run(yaml.safe_dump(manifest(row), sort_keys=False).encode(), settings(ALWAYS))
        is_told = any(result.rule == "left-alone" for result in outcome.results)
        if kind is not None and kind.ignored:
            counts["never touched, with a reason"] += 1
        elif (row["group"], row["kind"], "") in left_out:
            counts["left out, with a reason"] += 1
        elif kind is not None and secrets_fields(kind):
            assert is_told or any(change.rule == "image-pull-secrets" for change in outcome.changes), row
            counts["told" if is_told else "treated"] += 1
        else:
            assert is_told or outcome.changes, row
            counts["told" if is_told else "treated"] += 1
    with capsys.disabled():
        sys.stdout.write(f"\nkinds found missing: {dict(counts)}\n")
    assert counts.total() >= 162


def test_a_field_for_secrets_may_stand_at_the_root() -> None:
    assert secrets_fields(read({"pullSecrets": ["pullSecrets"]}, Origin.CONFIG)) == ("pullSecrets",)
