"""`krmfn new`: what it makes passes its own tests at once, and runs under hosts."""

import os
import re
import sys
import tomllib
from pathlib import Path

import hosts
import pytest
import yaml
from hosts import Workplace

from krmfn import cli
from krmfn.commands.new.scaffold import KINDS

each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def new(workplace: Workplace, *arguments: str) -> hosts.Finished:
    return workplace.run("krmfn", "new", *arguments)


@each_kind
def test_its_own_tests_pass_at_once(workplace: Workplace, kind: str) -> None:
    finished = new(workplace, "do-this", "--kind", kind)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == ""
    assert "do-this created; " in finished.stderr
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "do-this/pyproject.toml",
        "do-this",
    ]
    tested = workplace.run(*command, PYTHONPATH=str(hosts.SOURCES))
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout


@each_kind
def test_nothing_of_the_templates_is_left(workplace: Workplace, kind: str) -> None:
    new(workplace, "do-this", "--kind", kind)
    made = workplace.read()
    assert {path for path in made if "@" in path} == set()
    assert [path for path, text in made.items() if re.search(r"@[a-z]+@", text)] == []
    project = tomllib.loads(made["do-this/pyproject.toml"])["project"]
    assert project["scripts"] == {"do-this": "do_this:main"}
    assert project["dependencies"][0].startswith("krmfn>=")
    kptfile = yaml.safe_load(made["do-this/Kptfile"])
    assert [*kptfile["pipeline"]] == [KINDS[kind][0]]
    assert yaml.safe_load(made["do-this/definition.yaml"])["spec"]["names"]["kind"] == "DoThis"
    assert "USER 65534:65534" in made["do-this/Dockerfile"]
    assert 'ENTRYPOINT ["/opt/function/bin/do-this"]' in made["do-this/Dockerfile"]


def installed(workplace: Workplace) -> None:
    """The function as its package would install it."""
    program = workplace.folder / "do-this"
    program.rename(workplace.folder / "package")
    folders = [str(workplace.folder / "package"), str(hosts.SOURCES)]
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = {folders}\nfrom do_this import main\nsys.exit(main())\n",
        encoding="utf-8",
    )
    program.chmod(0o755)


@each_kind
def test_it_runs_under_kustomize(workplace: Workplace, kind: str) -> None:
    hosts.require("kustomize")
    new(workplace, "do-this", "--kind", kind)
    installed(workplace)
    config = (workplace.folder / "package" / "fn-config.yaml").read_text(encoding="utf-8")
    app = (workplace.folder / "package" / "packages" / "first" / "app.yaml").read_text(encoding="utf-8")
    workplace.write(
        {
            "kustomization.yaml": "resources: [app.yaml]\ntransformers: [config.yaml]\n",
            "config.yaml": config.replace("path: do-this", "path: ./do-this"),
            "app.yaml": app,
        }
    )
    build = ["kustomize", "build", "--enable-alpha-plugins", "--enable-exec", "."]
    finished = workplace.run(*build)
    if kind == "validator":
        assert finished.returncode != 0
        assert "quay.io/org/report:2 comes from quay.io" in finished.stderr
        # What is as it should be passes.
        workplace.write({"app.yaml": app.replace("quay.io/", "registry.example.com/")})
        finished = workplace.run(*build)
    assert finished.returncode == 0, finished.stderr
    expected = {
        "transformer": "example.com/owner: team-a",
        "generator": "requests.cpu: 4",
        "validator": "image: registry.example.com/org/report:2",
    }[kind]
    assert expected in finished.stdout.replace('"', "")


@each_kind
def test_it_runs_under_kpt(workplace: Workplace, kind: str) -> None:
    hosts.require("kpt")
    new(workplace, "do-this", "--kind", kind)
    installed(workplace)
    path = os.pathsep.join([str(workplace.folder), workplace.environment["PATH"]])
    package = workplace.folder / "package"
    before = (package / "packages" / "first" / "app.yaml").read_text(encoding="utf-8")
    (package / "app.yaml").write_text(before, encoding="utf-8")
    finished = workplace.run("kpt", "fn", "render", "package", "--allow-exec", PATH=path)
    assert finished.returncode == (kind == "validator"), finished.stderr
    if kind == "transformer":
        assert "example.com/owner: team-a" in (package / "app.yaml").read_text(encoding="utf-8")
    elif kind == "generator":
        assert "kind: ResourceQuota" in (package / "resourcequota-shop-do-this.yaml").read_text(encoding="utf-8")
    else:
        assert "quay.io/org/report:2 comes from quay.io" in finished.stderr


@each_kind
def test_the_pipe_of_its_readme_works(workplace: Workplace, kind: str) -> None:
    new(workplace, "do-this", "--kind", kind)
    installed(workplace)
    readme = (workplace.folder / "package" / "README.md").read_text(encoding="utf-8")
    (line,) = [line.partition("#")[0].strip() for line in readme.splitlines() if " < " in line]
    assert line.startswith("do-this --config fn-config.yaml <")
    finished = workplace.run("bash", "-c", f"cd package && ../{line}")
    assert finished.returncode == (kind == "validator"), finished.stderr
    assert ("apiVersion: v1" in finished.stdout) is (kind != "validator")


@pytest.mark.parametrize("name", ["json", "pytest", "krmfn", "pydantic", "function", "main", "object", "field", "yaml"])
def test_a_name_that_its_imports_need_is_refused(workplace: Workplace, name: str) -> None:
    finished = new(workplace, name)
    assert finished.returncode == 1
    assert f"{name!r} is a name that the function imports" in finished.stderr
    assert workplace.read() == {}


def test_its_folder_may_have_any_name(workplace: Workplace) -> None:
    finished = new(workplace, "do-this", "--output", "it's ü b")
    assert finished.returncode == 0
    assert """`cd 'it'"'"'s ü b' && pip install""" in finished.stderr


def test_a_folder_that_cannot_be_filled_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("krmfn.commands.new.files", lambda *_: {"a": "b", "x" * 300: "c"})
    assert cli.main(["new", "do-this", "--output", str(tmp_path / "made")]) == 1
    assert "made: File name too long" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Do-This", "do_this", "1st", "-x-", "import", "do this", "a/b", ""])
def test_a_name_that_is_none_is_refused(workplace: Workplace, name: str) -> None:
    finished = new(workplace, "--", name)
    assert finished.returncode == 1
    assert "is not a name for a function" in finished.stderr
    assert workplace.read() == {}


def test_a_folder_that_is_there_stays_as_it_is(workplace: Workplace) -> None:
    workplace.write({"do-this/a": "b"})
    finished = new(workplace, "do-this")
    assert finished.returncode == 1
    assert "do-this already exists and was not changed" in finished.stderr
    assert workplace.read() == {"do-this/a": "b"}
    assert new(workplace, "do-this", "--output", "other").returncode == 0
    assert new(workplace, "do-this", "--output", "missing/other").returncode == 1
