"""The benchmark without its times: valid inputs, an end at wrong outputs, and what it shows of what it measured."""

import sys
from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise, product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import hosts
import pytest
import yaml

from krmfn import run

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import doc_parts
from bench import goals, measured, measuring, plot, prose, sides, table
from bench.inputs import definitions, deployments, resource_lists, workflows
from bench.measured import Measured, Report
from bench.processes import Run
from bench.rows import ROWS, Row, Workshop
from bench.sides import GO, GO_PRINTS, OURS, UNCOLLECTED, USUAL, Programs

KEPT = measured.kept()
FORMS = {"container", "containerSet", "dag", "data", "http", "plugin", "resource", "script", "steps", "suspend"}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """All that is here, but nothing in Go."""
    folder = tmp_path_factory.mktemp("bench")
    return Programs(folder, str(hosts.Workplace(folder).krmfn), go=False)


def row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def measure(name: str, folder: Path, programs: Programs) -> Measured:
    """A row on a hundredth of its input."""
    return measuring.measure(row(name), Workshop(folder, programs, shrink=100), 1)


def items(texts: Iterable[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.load("".join(texts), Loader=yaml.CSafeLoader)
    return found


# What it reads


@pytest.mark.parametrize("name", [row.name for row in ROWS])
def test_all_sides_do_the_same_on_each_row(name: str, tmp_path: Path, programs: Programs) -> None:
    if (host := row(name).needs) in sides.HOSTS:
        hosts.require(host.split()[0])
    found = measure(name, tmp_path, programs)
    assert OURS in found.runs
    assert len(found.runs) > 1
    assert found.size > 0
    assert all(run.cpu > 0 and run.wall > 0 and run.kilobytes > 0 for runs in found.runs.values() for run in runs)


def test_function_in_go_does_the_same(tmp_path: Path) -> None:
    hosts.require("go")
    programs = Programs(tmp_path, str(hosts.Workplace(tmp_path).krmfn))
    if GO in programs.absent:
        hosts.absent(programs.absent[GO])
    assert GO in measure("2000", tmp_path, programs).runs
    assert GO_PRINTS in measure("argo", tmp_path, programs).runs


@pytest.mark.parametrize("make", [deployments.deployments, deployments.warned])
def test_each_deployment_gets_two_policies_and_a_secret(make: Any) -> None:
    outcome = run((resource_lists.IMAGE_PULL + "items:\n" + "".join(make(30))).encode())
    assert outcome.exit_code == 0
    kinds = Counter(change.path.rpartition(".")[2] for change in outcome.changes)
    assert kinds == {"imagePullPolicy": 60, "imagePullSecrets": 30}
    warnings = [result for result in outcome.results if str(result).startswith("warning")]
    assert len(warnings) == (30 if make is deployments.warned else 0)


def test_workflows_have_templates_of_every_form() -> None:
    made = items(workflows.workflows(30_000))
    assert {item["kind"] for item in made} == {
        "Workflow",
        "WorkflowTemplate",
        "ClusterWorkflowTemplate",
        "CronWorkflow",
    }
    for item in made:
        spec = item["spec"].get("workflowSpec", item["spec"])
        assert set(chain.from_iterable(spec["templates"])) >= FORMS
        names = {template["name"] for template in spec["templates"]}
        steps = (step for template in spec["templates"] for steps in template.get("steps", ()) for step in steps)
        tasks = (task for template in spec["templates"] for task in template.get("dag", {}).get("tasks", ()))
        assert {call["template"] for call in chain(steps, tasks) if "inline" not in call} <= names


def test_definitions_are_well_formed_and_of_realistic_size() -> None:
    texts = list(definitions.definitions(10))
    made = items(texts)
    assert len({item["metadata"]["name"] for item in made}) == len(made)
    for item in made:
        spec = item["spec"]
        assert item["metadata"]["name"] == f"{spec['names']['plural']}.{spec['group']}"
        for version in spec["versions"]:
            assert_structural(version["schema"]["openAPIV3Schema"])
    assert all(30_000 < len(text) < 1_000_000 for text in texts)
    assert any("imagePullSecrets" in text for text in texts)


def assert_structural(schema: dict[str, Any]) -> None:
    """As the API server wants schemas: a type for everything, and requires only what is there."""
    assert "type" in schema or schema.get("x-kubernetes-int-or-string"), schema
    assert set(schema.get("required", ())) <= schema.get("properties", {}).keys()
    for below in schema.get("properties", {}).values():
        assert_structural(below)
    if schema.get("type") == "array":
        assert_structural(schema["items"])


def test_real_definitions_and_workflows_can_take_their_place(tmp_path: Path, programs: Programs) -> None:
    crds, corpus = tmp_path / "crds", tmp_path / "corpus"
    for folder, item in ((crds, next(definitions.definitions(1))), (corpus, next(workflows.workflows(1)))):
        folder.mkdir()
        (folder / "a.yaml").write_text("# Real.\n---\n" + "".join(line[2:] for line in item.splitlines(keepends=True)))
    workshop = Workshop(tmp_path, programs, crds, corpus, shrink=100)
    for name in ("argo", "crds-items", "crds-bytes"):
        measuring.measure(row(name), workshop, 1)
    with pytest.raises(SystemExit, match="holds no Workflow"):
        list(workflows.workflows_of(crds, 1))
    with pytest.raises(SystemExit, match="holds no CustomResourceDefinition"):
        list(definitions.definitions_of(corpus, 1))


# What it does about wrong outputs


def fake(folder: Path, script: str) -> Programs:
    """Programs with a krmfn that is a script."""
    krmfn = folder / "krmfn"
    krmfn.write_text(f"#!/bin/sh\n{script}\n")
    krmfn.chmod(0o755)
    return Programs(folder, str(krmfn), go=False)


@pytest.mark.parametrize(
    ("name", "script", "says"),
    [
        ("10", "cat", "krmfn is wrong: resource 0.spec.template.spec"),
        ("cold-flags", "cat", "krmfn is wrong: resource 0.spec.template.spec"),
        ("10", "echo 'items: ['", "krmfn is wrong: "),
        ("10", "true", "krmfn is wrong: 0 resources, and there is more in what is expected"),
        ("10", "echo no >&2; exit 3", "ended with 3 and not with 0\nno"),
        ("files-check-changed", "true", "ended with 0 and not with 1"),
        ("files-fix-changed", "true", "krmfn is wrong: resource 1.spec.template.spec"),
        ("files-check-unchanged", "for last; do :; done; touch $last/new.yaml", "krmfn is wrong: it should write no"),
    ],
)
def test_wrong_krmfn_stops_it(name: str, script: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        measure(name, tmp_path, fake(tmp_path, script))
    assert says in str(stopped.value)


@pytest.mark.parametrize("side", [UNCOLLECTED, sides.SCAN])
def test_wrong_peer_stops_it(side: str, tmp_path: Path, programs: Programs) -> None:
    other = Programs(tmp_path, programs.commands[OURS][0], go=False)
    other.commands[side] = ("/bin/cat",)
    with pytest.raises(SystemExit, match=f"{side} is wrong: "):
        measure("10", tmp_path, other)


@pytest.mark.parametrize("way", ["", "pulls"])
def test_comparison_sees_policies_and_secrets_and_not_the_form(way: str, tmp_path: Path) -> None:
    def compare(one: str, other: str) -> int:
        paths = [tmp_path / "one.yaml", tmp_path / "other.yaml"]
        for path, text in zip(paths, (one, other), strict=True):
            path.write_text(text)
        return sides.succeeds(sys.executable, str(sides.PEERS / "same.py"), *map(str, paths), *way.split())

    pod = "kind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, imagePullPolicy: Always}\n"
    notes = pod.replace("{name: a}", "{name: a, annotations: {config.kubernetes.io/index: '0'}}", 1)
    assert compare(pod, "kind: List\nitems:\n- " + pod.replace("\n", "\n  "))
    assert compare(pod, notes)
    assert not compare(pod, pod.replace("Always", "Never"))
    assert not compare(pod, pod + "  imagePullSecrets: [{name: b}]\n")
    assert not compare(pod, pod + "---\n" + pod)
    assert compare(pod, pod + "  hostname: b\n") == (way == "pulls")


# What it makes of the times


def report(ours: float, others: float, *, kilobytes: float = 30_000, name: str = "2000") -> Report:
    """Of one row, with the same times for all others."""
    runs = {side: [Run(cpu, cpu, kilobytes)] * 3 for side, cpu in ((OURS, ours), *product((USUAL, GO), [others]))}
    made = Measured(name, "2,000 Deployments", 3_000_000, 2000, True, runs)
    return Report("2026-01-02", {"processor": "x"}, {"krmfn": "1"}, {OURS: 20_000.0}, [made])


def lines(made: Report) -> list[str]:
    return [*table.lines(made, made.rows[0]), *table.summary(made)]


def test_missed_goal_is_printed_as_missed() -> None:
    shown = lines(report(0.2, 1))
    assert "0.200 x  (at most 0.13: MISSED)" in next(line for line in shown if line.startswith("  load and dump"))
    assert "0.200 x  (at most 0.5)" in next(line for line in shown if line.startswith("  Go on kyaml"))
    assert "  krmfn's memory beyond its start is 3.4 x the input (at most 3: MISSED)" in shown
    assert "1 of 3 goals are reached" in shown
    assert "  2000: 0.20 of load and dump (at most 0.13: MISSED)" in shown


def test_reached_goals_are_not() -> None:
    assert "MISSED" not in "".join(lines(report(0.1, 1, kilobytes=25_000)))


def test_limit_itself_is_enough_unless_it_is_strict() -> None:
    assert goals.Goal("x", GO, 0.5).met_by(0.5)
    assert not goals.Goal("x", GO, 0.5, strictly=True).met_by(0.5)
    assert "(below 1: MISSED)" in "".join(lines(report(1, 1, name="200")))


def test_medians_are_compared() -> None:
    made = report(0.1, 1).rows[0]
    made.runs[OURS][:] = [Run(cpu, 1, 1) for cpu in (0.1, 9.0, 0.2)]
    assert made.ratio(USUAL) == pytest.approx(0.2)


def test_goals_are_about_rows_and_sides_that_are_measured() -> None:
    for goal in goals.GOALS:
        kept = KEPT.row(goal.row)
        assert kept, goal
        assert goal.of == goals.INPUT or goal.of in kept.runs, goal


# What it shows


def test_json_gives_back_what_was_measured() -> None:
    assert Report.from_json(KEPT.to_json()) == KEPT
    assert KEPT.to_json() == measured.KEPT.read_text(encoding="utf-8")


def test_kept_measurement_is_of_every_row() -> None:
    assert [row.name for row in KEPT.rows] == [row.name for row in ROWS]
    assert all(len(runs) >= 3 for row in KEPT.rows for runs in row.runs.values())


def test_numbers_in_the_readme_are_those_of_the_json() -> None:
    pages = [page for page in doc_parts.pages() if "speed" in doc_parts.in_page(page.read_text(encoding="utf-8"))]
    assert pages
    for page in pages:
        assert doc_parts.made("speed", page=page) in page.read_text(encoding="utf-8"), "run tools/readme.py"
    assert KEPT.date in prose.part(KEPT)
    assert KEPT.machine["processor"] in prose.part(KEPT)


def test_plot_is_the_one_made_from_the_json() -> None:
    assert (hosts.REPOSITORY / prose.PLOT).read_text(encoding="utf-8") == plot.svg(KEPT), "run tools/readme.py"


def test_plot_is_xml_whose_labels_stand_apart_and_inside() -> None:
    root = ElementTree.fromstring(plot.svg(KEPT))
    space = {"": "http://www.w3.org/2000/svg"}
    labels = [group.find("text", space) for group in root.findall("g", space)]
    heights = sorted(float(label.attrib["y"]) for label in labels if label is not None)
    wide = 7.5  # pixels of a letter, at most
    assert all(
        float(label.attrib["x"]) + wide * len(label.text or "") < plot.WIDTH for label in labels if label is not None
    )
    assert len(heights) == len(plot.LINES)
    assert all(other - one >= plot.LABEL_HEIGHT - 0.2 for one, other in pairwise(heights))
    circles = root.findall(".//circle", space)
    assert len(circles) == len(plot.LINES) * sum(row.name.isdigit() for row in ROWS)
    for circle in circles:
        assert plot.LEFT <= float(circle.attrib["cx"]) <= plot.WIDTH - plot.RIGHT
        assert plot.TOP <= float(circle.attrib["cy"]) <= plot.HEIGHT - plot.BOTTOM
    assert "prefers-color-scheme: dark" in plot.svg(KEPT)
