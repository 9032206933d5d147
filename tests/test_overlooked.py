"""What krmfn leaves alone and says so: the row that it proposes is one that does what it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from krmfn import Settings, run
from krmfn.cli import main

CASES = Path(__file__).parent / "cases" / "left-alone"
FILES = ("embedded-objects-of-an-unknown-kind.yaml", "fields-of-unknown-kinds.yaml")


def settings(**spec: Any) -> Settings:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "a"}, "spec": spec}
    return Settings.from_function_config(config)


def proposed(data: bytes, given: Settings) -> list[str]:
    messages = [result.message for result in run(data, given).results if result.rule == "left-alone"]
    return [match[1] for message in messages if (match := re.search(r"add (\{.*\}) to `kinds`", message))]


@pytest.mark.parametrize("name", FILES)
def test_the_row_that_it_proposes_ends_the_message(name: str) -> None:
    data = (CASES / name).read_bytes()
    secrets = [{"name": "regcred"}]
    rows = proposed(data, settings(pullSecrets=secrets))
    assert rows
    kinds = [yaml.load(row, Loader=yaml.BaseLoader) for row in rows]
    with_rows = settings(pullSecrets=secrets, kinds=kinds)
    assert run(data, with_rows).exit_code == 0
    assert proposed(data, with_rows) == []


def test_an_object_is_one_that_runs_images_by_the_row_of_its_kind() -> None:
    inner = "{apiVersion: example.com/v1, kind: Shop, %s}"
    outer = "apiVersion: example.org/v1\nkind: Mall\nmetadata: {name: a}\nspec: {shop: %s}\n"
    with_row = settings(kinds=[{"group": "example.com", "kind": "Shop", "podSpecs": ["pods[].spec"]}])
    runs = inner % "pods: [{spec: {containers: [{name: a, image: a}]}}]"
    (row,) = proposed((outer % runs).encode(), with_row)
    assert row == "{group: example.org, kind: Mall, objects: [spec.shop]}"
    only_refers = inner % "name: a, image: 'example.com/a:1'"
    (row,) = proposed((outer % only_refers).encode(), with_row)
    assert "images: [{path: 'spec.shop', image: image, policy: ''}]" in row


def test_files_say_it_once_and_count_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes((CASES / "helm-values.yaml").read_bytes())
    main(["check", "--secret", "regcred", str(tmp_path)])
    said = capfd.readouterr()
    assert said.out.count("Helm renders the values of this HelmRelease") == 1
    assert "2 kinds left alone (-v names them)" in said.err
    main(["check", "-v", str(tmp_path)])
    assert capfd.readouterr().out.count("Helm renders the values of this HelmRelease") == 2


def test_files_say_it_once_whatever_is_embedded(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    work = "apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nmetadata: {name: a}\n"
    work += "spec: {workload: {manifests: [%s]}}\n"
    pod = "{apiVersion: v1, kind: Pod, spec: {containers: [{image: 'a:1'}]}}"
    job = "{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {containers: [{image: 'a:1'}]}}}}"
    unknown = "apiVersion: example.com/v1\nkind: %s\nmetadata: {name: a}\nspec: {%s: 'a/b:1'}\n"
    texts = [work % pod, work % f"{job}, {pod}", unknown % ("Shop", "image"), unknown % ("Shop", "webImage")]
    for i, text in enumerate([*texts, unknown % ("Store", "image")]):
        (tmp_path / f"{i}.yaml").write_text(text, encoding="utf-8")
    main(["check", "--secret", "regcred", str(tmp_path)])
    said = capfd.readouterr()
    assert [line.partition(":")[0][-6:] for line in said.out.splitlines() if "left-alone" in line] == [
        "0.yaml",
        "2.yaml",
        "4.yaml",
    ]
    assert "3 kinds left alone (-v names them)" in said.err


def test_explain_lists_images_in_texts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_bytes((CASES / "images-in-texts.yaml").read_bytes())
    main(["explain", "--format", "json", str(tmp_path)])
    said = capfd.readouterr()
    found = [(one["name"], one["image"]) for one in json.loads(said.out)["images"] if one["role"] == "unknown"]
    assert found == [
        ("whole-objects", "registry.example.com/a:1"),
        ("whole-objects", "b:1"),
        ("said-once", "a:1"),
        ("a-template-and-json", "{{ .Values.image }}:{{ .tag }}"),
        ("a-template-and-json", "d:1"),
    ]
    assert "2 kinds left alone (-v names them)" in said.err


def test_explain_lists_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("fields-of-unknown-kinds.yaml", "helm-values.yaml"):
        (tmp_path / name).write_bytes((CASES / name).read_bytes())
    main(["explain", "--format", "json", str(tmp_path / "fields-of-unknown-kinds.yaml")])
    found = json.loads(capfd.readouterr().out)["images"]
    assert [(one["kind"], one["field"], one["image"], one["role"]) for one in found] == [
        ("Database", "spec.image", "registry.example.com/db:1", "unknown"),
        ("Database", "spec.backupImage", "registry.example.com/backup", "unknown"),
        ("Database", "spec.image", "registry.example.com/db:2", "unknown"),
        ("Proxy", "spec.image", "", "unknown"),
        ("Portal", "spec.parts[0].image_pull_policy", "", "unknown"),
        ("Gate", "spec.imagePullSecrets", "", "unknown"),
        ("Door", "spec.pullSecret", "", "unknown"),
        ("Window", "spec.pullSecretRef", "", "unknown"),
        ("Wall", "spec.pullSecrets", "", "unknown"),
    ]
    assert all("unknown kind example.com/v1" in one["policy"]["why"] for one in found)
    main(["explain", str(tmp_path / "helm-values.yaml")])
    assert "Helm renders the values of this HelmRelease elsewhere: 2 images" in capfd.readouterr().out
