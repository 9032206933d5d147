"""A further rule, all of it in this one file: once it is in the list of rules, every report and format knows it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from krmfn import Settings, cli, run
from krmfn.imagepull import rules
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.rules import Context
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import Verdict
from krmfn.splice import nodes, paths
from krmfn.splice.changes import AddKey, Beside, Change

# The rule: a module, as those in `krmfn/imagepull/rules/` are.

NAME = "termination-message-policy"
DESCRIPTION = "A container tells nothing of why it ended."
WHY = "Nobody sees what it wrote last."
FIX = "Add the key."
KEY, VALUE = "terminationMessagePolicy", "FallbackToLogsOnError"


def check(pod_spec: PodSpec, _: Context) -> Verdict:
    """The key for each container that lacks it; image volumes and images that controllers read have no such key."""
    verdict = Verdict()
    for container in pod_spec.containers:
        is_container = container.field.is_passed_on and not container.field.path.endswith("volumes[].image")
        if is_container and nodes.child(container.node, KEY) is None:
            path = paths.join(container.path, KEY)
            verdict.changes.append(AddKey(path, container.node, KEY, VALUE, Beside(after=("name",)), rule=NAME))
    return verdict


def summary(changes: Sequence[Change], _: Sequence[Use]) -> str:
    """How many got it."""
    return f"{KEY} on {len(changes)}"


# What is said of it.

POD = """\
apiVersion: v1
kind: Pod
metadata: {generateName: web-}
spec:
  containers:
  - name: web
    image: nginx:1.27
    imagePullPolicy: IfNotPresent
"""


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "OF_PODS", [*rules.OF_PODS, sys.modules[__name__]])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "web.yaml").write_text(POD)
    monkeypatch.chdir(tmp_path)
    return "web.yaml"


def said(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> str:
    cli.main(arguments)
    out, err = capfdbinary.readouterr()
    assert b"bug" not in err
    return out.decode()


def test_a_run_does_and_sums_up_what_it_wants() -> None:
    outcome = run(POD.encode(), Settings())
    assert outcome.output.decode() == POD.replace("name: web\n", f"name: web\n    {KEY}: {VALUE}\n")
    assert [str(result) for result in outcome.results] == [f"info: Pod web-: {KEY} on 1"]
    assert [(change.path, change.rule) for change in outcome.changes] == [(f"spec.containers[0].{KEY}", NAME)]


def test_what_has_the_key_and_what_has_no_such_key_stays() -> None:
    volume = "  volumes:\n  - name: data\n    image: {reference: nginx:1.27, pullPolicy: IfNotPresent}\n"
    text = POD.replace("    image:", f"    {KEY}: File\n    image:") + volume
    assert run(text.encode(), Settings()).output == text.encode()


def test_no_two_rules_have_one_name() -> None:
    names = [rule.NAME for rule in rules.all_rules()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("human", f"spec.containers[0].{KEY}: should be {VALUE}"),
        ("github", f"title=krmfn {NAME}::"),
        ("junit", f"spec.containers[0].{KEY}: should be {VALUE}"),
    ],
)
def test_check_names_it(file: str, capfdbinary: pytest.CaptureFixture[bytes], form: str, expected: str) -> None:
    assert expected in said(capfdbinary, "check", "--format", form, file)


def test_check_names_it_in_json(file: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (report,) = json.loads(said(capfdbinary, "check", "--format", "json", file))["files"]
    assert [remark["rule"] for remark in report["remarks"]] == [NAME]


def test_check_describes_it_in_sarif(file: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (log,) = json.loads(said(capfdbinary, "check", "--format", "sarif", file))["runs"]
    described = {rule["id"]: rule["shortDescription"]["text"] for rule in log["tool"]["driver"]["rules"]}
    assert described[NAME] == DESCRIPTION
    assert [result["ruleId"] for result in log["results"]] == [NAME]


def test_explain_has_it_beside_policy_and_secrets(file: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    expected = {"rule": NAME, "field": f"spec.containers[0].{KEY}", "toBe": VALUE}
    (image,) = json.loads(said(capfdbinary, "explain", "--format", "json", file))["images"]
    assert image["otherChanges"] == [expected]
    shown = f"spec.containers[0].{KEY} → {VALUE} ({NAME})"
    assert shown in said(capfdbinary, "explain", file)
    assert shown in said(capfdbinary, "explain", "--format", "csv", file)
    said(capfdbinary, "explain", "--html", "page.html", file)
    assert shown in Path("page.html").read_text()


def test_fix_writes_it(file: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said(capfdbinary, "fix", file)
    assert Path(file).read_text() == POD.replace("name: web\n", f"name: web\n    {KEY}: {VALUE}\n")
