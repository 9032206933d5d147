"""Every defect in every shape of pods is found, is all that is found, and goes away with the defect."""

import json
from pathlib import Path
from typing import Any

import pull_defects
import pytest
import yaml
from pull_defects import Defect, Object, Shape

from krmfn import Settings, cli, run
from krmfn.imagepull.causes import CAUSES

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
DEFECTS = dict(pull_defects.defects())


def package(shape: Shape, defect: Defect, *, is_broken: bool) -> list[Object]:
    make = defect.broken if is_broken else defect.healthy
    return [*pull_defects.pods(shape), *make(shape.secret_in)]


def config(defect: Defect) -> Object:
    return {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ImagePull",
        "metadata": {"name": "x"},
        "spec": defect.settings,
    }


def text(objects: list[Object]) -> bytes:
    return yaml.dump_all(objects, Dumper=DUMPER, sort_keys=False, encoding="utf-8")


@pytest.mark.parametrize("name", DEFECTS)
def test_a_stream_with_one_defect_has_one_finding(name: str) -> None:
    defect = DEFECTS[name]
    settings = Settings.from_function_config(config(defect))
    for shape in filter(defect.fits, pull_defects.shapes()):
        found = [str(result) for result in run(text(package(shape, defect, is_broken=False)), settings).results]
        assert found == [], shape
        outcome = run(text(package(shape, defect, is_broken=True)), settings)
        assert len(outcome.results) == 1, (shape, outcome.results)
        [result] = outcome.results
        assert (result.rule, result.severity) == (defect.rule, defect.severity(shape)), shape
        assert defect.words in result.message, shape
        assert pull_defects.SECRET in result.message, shape
        assert pull_defects.PASSWORD not in str(result), shape
        assert result.resource_ref is not None
        assert (result.resource_ref.kind == shape.kind) == defect.on_pods, shape
        giver = pull_defects.ACCOUNT if shape.by_account else "list"
        assert giver in result.message, shape
        is_assumed = shape.pods_in and not shape.secret_in and not defect.on_pods
        assert ("assumed to be in every namespace" in result.message) == bool(is_assumed), shape


@pytest.mark.parametrize("name", DEFECTS)
def test_a_folder_with_one_defect_has_one_finding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """One object a file: what makes the Secret stands beside the pods."""
    defect = DEFECTS[name]
    if defect.rule == "secret-renamed":
        return  # files are no build: their names are those before it
    monkeypatch.chdir(tmp_path)
    (tmp_path / "krmfn.yaml").write_bytes(text([config(defect)]))
    for is_broken in (True, False):
        for shape in filter(defect.fits, pull_defects.shapes()):
            folder = tmp_path / f"{shape}-{'broken' if is_broken else 'healthy'}"
            folder.mkdir()
            for number, one in enumerate(package(shape, defect, is_broken=is_broken)):
                (folder / f"{number}.yaml").write_bytes(text([one]))
    cli.main(["check", "--format", "json", "."])
    report = json.loads(capfdbinary.readouterr().out)
    found = {
        path.parent.name: [(one["rule"], one["severity"], defect.words in one["message"]) for one in remarks]
        for path, remarks in ((Path(one["path"]), one["remarks"]) for one in report["files"])
        if remarks
    }
    # Pods in files that are looked at apart may need a secret that these have by habit.
    is_certain = defect.rule != "secret-registry"
    assert found == {
        f"{shape}-broken": [(defect.rule, defect.severity(shape) if is_certain else "info", True)]
        for shape in filter(defect.fits, pull_defects.shapes())
    }


@pytest.mark.parametrize("output", ["human", "json", "junit", "sarif", "github"])
def test_every_format_has_the_id(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    shape, defect = next(pull_defects.shapes()), DEFECTS["opaque"]
    Path("app.yaml").write_bytes(text(package(shape, defect, is_broken=True)))
    cli.main(["check", "--format", output, "app.yaml"])
    said = capfdbinary.readouterr().out.decode()
    assert defect.rule in said
    [cause] = [cause for cause in CAUSES if cause.name == defect.rule]
    assert all(words in said for words in (cause.description, cause.why, cause.fix)) == (output == "sarif")


def test_the_defects_have_every_cause_of_secrets() -> None:
    assert {defect.rule for defect in DEFECTS.values()} == {
        cause.name for cause in CAUSES if cause.name.startswith("secret-")
    }
