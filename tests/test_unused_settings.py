"""Settings that match nothing: said of an input that is whole, and of trees that were looked at as a whole."""

import json
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import laws
import pytest
import yaml

from krmfn import Settings, Severity, run
from krmfn.cli import main
from krmfn.files.build_output import OutputExaminer
from krmfn.imagepull.unused_settings import Found

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec: {{selector: {{}}, template: {{spec: {{containers: [{{name: web, image: {image}}}]}}}}}}
"""
TEAM = DEPLOYMENT.format(name="web", image="registry.example.com/team/app:1")
OTHER = DEPLOYMENT.format(name="other", image="nginx:1")
CONFIG = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec:
  pullSecrets: [{name: team, images: [registry.example.com/*, "registry.example.com/team/*", nginx]}]
  exclude: [{kind: Deploymnet}]
"""
STAR = (
    "'registry.example.com/*' matches no image here; "
    "'registry.example.com/**' would match registry.example.com/team/app:1"
)


def said(data: str, **spec: Any) -> list[str]:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "a"}, "spec": spec}
    results = [one for one in run(data.encode(), Settings.from_function_config(config)).results if one.rule]
    assert {(one.severity, one.rule) for one in results} <= {(Severity.INFO, "unused-setting")}
    return [one.message for one in results]


def of_images(*patterns: str) -> dict[str, Any]:
    return {"pullSecrets": [{"name": "team", "images": [*patterns]}]}


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (of_images("registry.example.com/team/*"), []),
        (of_images("registry.example.com/*"), [f"`pullSecrets[0].images[0]` {STAR}"]),
        (of_images("**", "!quay.io/*"), ["`pullSecrets[0].images[1]` '!quay.io/*' matches no image here"]),
        (
            {"pullPolicy": {"rules": [{"images": ["registry.example.com/team/apps"], "policy": "Always"}]}},
            ["`pullPolicy.rules[0].images[0]` 'registry.example.com/team/apps' matches no image here"],
        ),
        ({"include": [{"namespace": "shop"}]}, []),
        (
            {"include": [{"namespace": "shop"}, {"kind": "Jobs", "labels": {"a": "b"}}]},
            ["`include[1]` {kind: Jobs, labels: {a: b}} matches no object here that krmfn could edit"],
        ),
        ({"exclude": [{"name": "web"}]}, []),
        (
            {"kinds": [{"group": "example.com", "kind": "Shop", "ignore": True}]},
            ["`kinds[0]` {group: example.com, kind: Shop} matches no object here"],
        ),
        (
            {"kinds": [{"group": "extensions", "kind": "Deployment", "ignore": True}]},
            ["`kinds[0]` {group: extensions, kind: Deployment} matches no object here; there is a Deployment of apps"],
        ),
    ],
)
def test_an_input_that_is_whole(spec: Any, messages: list[str]) -> None:
    assert said(TEAM, **spec) == messages


def test_an_image_counts_that_is_left_alone() -> None:
    assert said(TEAM, **of_images("registry.example.com/team/*"), exclude=[{"kind": "Deployment"}]) == []
    unknown = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {image: quay.io/a:1}\n"
    config = {"pullSecrets": [{"name": "team", "images": ["quay.io/*"]}]}
    assert "unused-setting" not in {one.rule for one in run(unknown.encode(), image_pull(config)).results}


def test_an_object_counts_of_which_only_a_path_is_forbidden() -> None:
    shop = "---\napiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\n"
    row = {"group": "example.com", "kind": "Shop", "forbid": ["spec.backup"]}
    assert said(TEAM + shop, kinds=[row]) == []
    assert len(said(TEAM, kinds=[row])) == 1


def test_an_image_counts_of_an_unknown_kind_that_is_skipped() -> None:
    unknown = TEAM.replace("apps/v1", "example.com/v1").replace("Deployment", "Web")
    patterns = of_images("registry.example.com/team/*")
    assert said(OTHER + "---\n" + unknown, **patterns, unknownKinds="Skip") == []


def test_an_image_counts_that_may_match_when_it_is_filled_in() -> None:
    assert said(DEPLOYMENT.format(name="a", image="'{{image}}'"), **of_images("quay.io/**")) == []


def test_an_input_without_images_says_nothing() -> None:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    assert said(config, **of_images("quay.io/**"), exclude=[{"kind": "Job"}]) == []


def test_a_selector_may_be_for_accounts_that_krmfn_would_create() -> None:
    secrets = {"pullSecrets": [{"name": "regcred"}], "exclude": [{"kind": "ServiceAccount"}]}
    attached = secrets | {"attachTo": ["ServiceAccounts"], "serviceAccounts": {"create": True}}
    assert said(TEAM, **attached) == []
    assert len(said(TEAM, **secrets)) == 1


def image_pull(spec: Any) -> Settings:
    return Settings.from_function_config({"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": spec})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for file, text in {"krmfn.yaml": CONFIG, "a/web.yaml": TEAM, "b/other.yaml": OTHER}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


LINES = [
    f"krmfn.yaml: info: pullSecrets[0].images[0]: {STAR} [unused-setting]",
    "krmfn.yaml: info: exclude[0]: {kind: Deploymnet} matches no object here that krmfn could edit [unused-setting]",
]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("command", ["check", "diff", "explain", "fix"])
@pytest.mark.parametrize("config", [(), ("--config", "krmfn.yaml")], ids=["found", "given"])
def test_a_whole_tree(command: str, config: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    main([command, *config, "."])
    plain = capfd.readouterr()
    assert "unused-setting" not in plain.out + plain.err
    assert ("2 settings match nothing (-v names them)" in plain.err) == (command != "diff")
    main([command, "-v", *config, "."])
    verbose = capfd.readouterr()
    assert [line for line in (verbose.out + verbose.err).splitlines() if line.endswith("[unused-setting]")] == LINES


@pytest.mark.parametrize("paths", [["a"], ["a/web.yaml", "b/other.yaml"], ["a", "b"], [".", "--shard", "1/1"]])
def test_a_part_of_a_tree_says_nothing(paths: list[str], tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for config in ([], ["--config", str(tree / "krmfn.yaml")]):
        main(["check", "-v", *config, *paths])
        assert "unused-setting" not in capfd.readouterr().out


def test_a_file_that_fails_may_hold_what_is_meant(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tree / "b" / "other.yaml").write_text(f"{OTHER}broken: [\n", encoding="utf-8")
    main(["check", "-v", "."])
    assert "unused-setting" not in capfd.readouterr().out


def test_several_processes_know_together(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for i in range(101):
        (tree / f"more-{i}.yaml").write_text(OTHER, encoding="utf-8")
    main(["check", "-v", "--jobs", "2", "."])
    assert [line for line in capfd.readouterr().out.splitlines() if line.endswith("[unused-setting]")] == LINES


@pytest.mark.usefixtures("tree")
def test_shards_know_together(capfd: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    reports = []
    for shard in ("1/2", "2/2"):
        main(["check", "--shard", shard, "--format", "json", "."])
        reports.append(tmp_path_factory.mktemp("reports") / "report.json")
        reports[-1].write_text(capfd.readouterr().out, encoding="utf-8")
    fields = [
        {remark.get("field") for one in json.loads(report.read_text())["files"] for remark in one["remarks"]}
        for report in reports
    ]
    assert "pullSecrets[0].images[2]" in fields[0] | fields[1]
    main(["check", "-v", "--merge", *map(str, reports)])
    assert [line for line in capfd.readouterr().out.splitlines() if line.endswith("[unused-setting]")] == LINES
    main(["check", "--format", "json", "."])
    single = capfd.readouterr().out
    main(["check", "--format", "json", "--merge", *map(str, reports)])
    assert json.loads(single) == json.loads(capfd.readouterr().out)


@pytest.mark.usefixtures("tree")
def test_sarif_names_the_setting(capfd: pytest.CaptureFixture[str]) -> None:
    main(["check", "--format", "sarif", "."])
    (run,) = json.loads(capfd.readouterr().out)["runs"]
    found = [one for one in run["results"] if one["ruleId"] == "unused-setting"]
    names = [one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for one in found]
    assert names == ["pullSecrets[0].images[0]", "exclude[0]"]


def test_check_on_stdin_takes_it_for_no_change(
    tree: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    explicit = TEAM.replace("team/app:1}", "team/app:1, imagePullPolicy: Always}")
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(explicit.encode())))
    (tree / "few.yaml").write_text(CONFIG.replace("registry.example.com/*, ", "").replace("team/*", "x"))
    assert main(["check", "--config", "few.yaml"]) == 0
    assert capfd.readouterr().out == ""


def test_a_resource_list_gets_it_as_a_result() -> None:
    items = "".join(f"{'- ' if not i else '  '}{line}\n" for i, line in enumerate(TEAM.splitlines()))
    config = "".join(f"  {line}\n" for line in CONFIG.splitlines())
    data = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n{config}items:\n{items}"
    outcome = run(data.encode())
    laws.check(data.encode(), outcome, run)
    results = yaml.safe_load(outcome.output)["results"]
    found = [one["message"] for one in results if one.get("tags") == {"rule": "unused-setting"}]
    assert [message.partition(" ")[0] for message in found] == [
        "`pullSecrets[0].images[0]`",
        "`pullSecrets[0].images[2]`",
        "`exclude[0]`",
    ]


def test_the_output_of_a_build_is_one_of_several() -> None:
    report = OutputExaminer([]).examine("kustomization.yaml", TEAM.encode(), image_pull(of_images("quay.io/*")))
    assert "unused-setting" not in {remark.rule for remark in report.remarks}
    assert report.remarks


def test_what_two_runs_have_found_is_joined() -> None:
    one = Found(frozenset({"a"}), frozenset({("", "Pod")}), frozenset({"include[0]"}))
    other = Found(frozenset({"b"}), frozenset({("apps", "Deployment")}), frozenset({"exclude[0]"}))
    assert one.with_that_of(other) == Found(
        frozenset({"a", "b"}), frozenset({("", "Pod"), ("apps", "Deployment")}), frozenset({"include[0]", "exclude[0]"})
    )
