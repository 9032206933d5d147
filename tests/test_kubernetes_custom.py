"""What a row of the catalogue writes is kept by the API server's own code, for every row with a definition at hand."""

import copy
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes
import manifests
import pytest
import yaml
from shared import CORPUS, needs_shared
from test_catalogue import ALWAYS, TREATED, at, bare, entries, manifest, settings

from krmfn import run
from krmfn.imagepull.kinds import schemas

BUILT_IN = {"rollout": "Rollout", "analysistemplate": "AnalysisTemplate"}
"""Kinds with code of their own; the rows for them are made from the schemas."""
UNKNOWN = "zzUnknown"


@dataclass(frozen=True)
class Verdict:
    """What is known of a row: proved, in part, or a reason why not."""

    row: dict[str, Any]
    file: Path | None
    word: str
    reason: str = ""
    wrong: tuple[str, ...] = ()


def definitions() -> Iterator[tuple[Path, dict[str, Any]]]:
    """The CustomResourceDefinitions at hand; around a bare schema one is put."""
    for file in sorted(CORPUS.glob("crds/*.yaml")):
        yield file, yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for file in sorted(CORPUS.glob("crd-schemas/*/*.json")):
        kind, _, version = file.stem.rpartition("_")
        schema = structural(json.loads(file.read_bytes()))
        known = {row["kind"].lower(): row["kind"] for row in TREATED if row["group"] == file.parent.name}
        spec = {
            "group": file.parent.name,
            "names": {"kind": (known | BUILT_IN).get(kind, kind)},
            "versions": [{"name": version, "schema": {"openAPIV3Schema": schema}}],
        }
        yield file, {"spec": spec}


def structural(schema: Any) -> Any:
    """A schema without what its publisher added for readers of plain JSON schema."""
    if isinstance(schema, list):
        return [structural(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: structural(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}


def rows_of(definition: dict[str, Any], version: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows for a version of a kind, each with that version only."""
    group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
    rows = [row for row in TREATED if (row["group"], row["kind"]) == (group, kind)]
    if not rows and group == "argoproj.io":
        rows = [schemas.row_of(version["schema"]["openAPIV3Schema"]) | {"group": group, "kind": kind}]
    for row in rows:
        if version["name"] in row.get("versions", [version["name"]]):
            yield row | {"versions": [version["name"]]}


def judged() -> Iterator[Verdict]:
    """The rows with a definition at hand."""
    for file, definition in definitions():
        for version in definition["spec"]["versions"]:
            for row in rows_of(definition, version):
                yield judge(row, file, definition)


def judge(row: dict[str, Any], file: Path, definition: dict[str, Any]) -> Verdict:
    marked, places = with_unknown_fields(row)
    if not places:
        return Verdict(row, file, "unprovable", "the schema is open from its root on")
    before = manifest(row)
    after = yaml.safe_load(run(yaml.safe_dump(before, sort_keys=False).encode(), settings(ALWAYS)).output)
    old, new, open_ = kubernetes.create_custom(definition, [before, copy.deepcopy(after), marked])
    wrong = [f"pruned: {path}" for path in sorted(set(new.unknown) - set(old.unknown))]
    wrong += [f"invalid: {problem}" for problem in sorted(set(new.invalid) - set(old.invalid))]
    wrong += [] if after == before else [f"not stored: {path}" for path in manifests.missing(after, new.stored)]
    closed = sum(UNKNOWN in path for path in open_.unknown)
    if wrong or after == before:
        return Verdict(row, file, "wrong", wrong=tuple(wrong or ["krmfn writes nothing"]))
    if old.unknown:
        return Verdict(row, file, "in part", f"the schema lacks {', '.join(old.unknown)}")
    if closed < places:
        return Verdict(row, file, "in part", f"the schema leaves open {places - closed} of {places} places")
    return Verdict(row, file, "proved")


def with_unknown_fields(row: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The object of a row with a field that no schema has at each place, and how many places there are."""
    data = manifest(row)
    paths = {*row.get("podSpecs", []), *(entry["path"].rpartition(".")[0] for entry in entries(row, "pullSecrets"))}
    paths |= {entry["path"] for key in ("containers", "images") for entry in entries(row, key)}
    for path in paths:
        at(data, path)[UNKNOWN] = 1
    return data, len(paths)


def table(verdicts: list[Verdict]) -> str:
    """The verdicts for a reader: how many rows are proved, and why the others are not."""
    judged = {(verdict.row["group"], verdict.row["kind"]) for verdict in verdicts}
    without = sum((row["group"], row["kind"]) not in judged for row in TREATED)
    lines = [f"{count:5} {word}" for word, count in Counter(verdict.word for verdict in verdicts).items()]
    for verdict in verdicts:
        if verdict.word != "proved":
            name = f"{verdict.row['group']}/{verdict.row['versions'][0]} {verdict.row['kind']}"
            lines.append(f"      {name}: {verdict.word}: {verdict.reason or '; '.join(verdict.wrong)}")
    return "\n".join(["rows of kinds:", *lines, f"{without:5} unprovable: no definition of the kind is here"])


@needs_shared
def test_nothing_that_a_row_writes_is_pruned_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = list(judged())
    with capsys.disabled():
        sys.stdout.write(f"\n{table(verdicts)}\n")
    assert not [verdict for verdict in verdicts if verdict.wrong], table(verdicts)
    assert sum(verdict.word == "proved" for verdict in verdicts) >= 9


@needs_shared
def test_mappings_that_a_row_creates_are_valid_and_kept() -> None:
    proved = set()
    for _, definition in definitions():
        rows = [row for version in definition["spec"]["versions"] for row in rows_of(definition, version)]
        for row in (row for row in rows if "create" in row):
            for instead in ("absent", "null", "empty"):
                before = bare(row, instead)
                after = yaml.safe_load(run(yaml.safe_dump(before).encode(), settings(ALWAYS)).output)
                assert after != before
                old, new = kubernetes.create_custom(definition, [before, copy.deepcopy(after)])
                assert set(new.unknown) == set(old.unknown), row
                assert set(new.invalid) <= set(old.invalid), row
                assert not manifests.missing(after, new.stored), row
            proved.add(row["kind"])
    assert proved >= {"Kafka", "Pooler"}
