"""What `krmfn check` finds, by cause: one id in every format, those of a cause together, each with its fix."""

import json
from xml.etree import ElementTree as ET

import pytest
from hosts import Finished, Workplace

from krmfn.imagepull.causes import CAUSES
from krmfn.imagepull.rules import all_rules

IDS = [rule.NAME for rule in all_rules()] + [cause.name for cause in CAUSES]
MISPLACED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  imagePullSecrets: [{name: mine}]
  selector: {matchLabels: {app: web}}
  template: {spec: {containers: [{name: a, image: "a:1", imagePullPolicy: IfNotPresent}]}}
"""
WRONG_TYPE = """\
apiVersion: v1
kind: Secret
metadata: {name: mine}
type: Opaque
data: {}
---
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  imagePullSecrets: [{name: mine}]
  containers: [{name: a, image: "a:1", imagePullPolicy: IfNotPresent}]
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    made = Workplace(tmp_path_factory.mktemp("findings"))
    texts = {"a.yaml": MISPLACED, "b.yaml": WRONG_TYPE, "c.yaml": MISPLACED}
    made.write({name: text.replace("NAME", name[0]) for name, text in texts.items()})
    return made


def check(place: Workplace, *arguments: str, stdin: str = "") -> Finished:
    return place.run(place.krmfn, "check", *arguments, stdin=stdin)


def test_findings_of_one_cause_stand_together_and_its_fix_is_told_once(place: Workplace) -> None:
    found = check(place, ".")
    assert found.returncode == 0
    assert [(line.split(":")[0], line.rpartition(" ")[2]) for line in found.stdout.splitlines()] == [
        ("b.yaml", "[secret-type]"),
        ("a.yaml", "[misplaced-field]"),
        ("c.yaml", "[misplaced-field]"),
    ]
    fixes = [line for line in found.stderr.splitlines() if "--explain" in line]
    assert [line.partition(":")[0] for line in fixes] == ["secret-type (1)", "misplaced-field (2)"]
    for line, cause in zip(fixes, ("secret-type", "misplaced-field"), strict=True):
        (fix,) = (one.fix for one in CAUSES if one.name == cause)
        assert line.endswith(f": {fix} More: `krmfn check --explain {cause}`")


def test_changes_come_first_in_the_order_of_the_files(place: Workplace) -> None:
    place.write({"d.yaml": MISPLACED.replace(", imagePullPolicy: IfNotPresent", "")})
    lines = check(place, ".").stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["d.yaml", "b.yaml", "a.yaml", "c.yaml", "d.yaml"]
    assert "change: " in lines[0]


def test_ids_are_the_same_in_all_formats(place: Workplace) -> None:
    expected = ["misplaced-field", "misplaced-field", "secret-type"]
    data = json.loads(check(place, "--format", "json", ".").stdout)
    assert sorted(remark["rule"] for report in data["files"] for remark in report["remarks"]) == expected
    (log,) = json.loads(check(place, "--format", "sarif", ".").stdout)["runs"]
    assert sorted(result["ruleId"] for result in log["results"]) == expected
    helped = {rule["id"]: rule["help"]["text"] for rule in log["tool"]["driver"]["rules"] if "help" in rule}
    assert sorted(helped) == sorted(IDS)
    github = check(place, "--format", "github", ".").stdout.splitlines()
    assert sorted(line.partition("title=krmfn ")[2].partition("::")[0] for line in github) == expected
    cases = ET.fromstring(check(place, "--format", "junit", ".").stdout).iter("system-out")
    assert sorted((case.text or "").rpartition("[")[2] for case in cases) == [f"{name}]" for name in expected]
    piped = check(place, stdin=MISPLACED.replace("NAME", "a"))
    assert piped.stderr.splitlines()[0].endswith(" [misplaced-field]")


@pytest.mark.parametrize("name", IDS)
def test_each_id_is_explained(place: Workplace, name: str) -> None:
    told = check(place, "--explain", name)
    assert (told.returncode, told.stderr) == (0, "")
    assert [line.split()[0] for line in told.stdout.splitlines()] == [name, "What:", "Why:", "Fix:"]
    assert told.stdout in check(place, "--explain", "all").stdout


def test_an_unknown_id_is_refused_with_the_nearest(place: Workplace) -> None:
    refused = check(place, "--explain", "secrettype")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "unknown rule 'secrettype', did you mean `secret-type`?" in refused.stderr


def test_no_two_findings_have_one_id() -> None:
    assert len(set(IDS)) == len(IDS)
