"""The README is true: what is made from the code, its Python, its diff, its commands and its links."""

import doctest
import re
import sys
from pathlib import Path

import hosts
import snippets
import yaml

from krmfn import Settings, run

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
sys.path.insert(0, str(ROOT / "tools"))

import doc_parts  # noqa: E402 - tools are no package


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_what_is_made_is_up_to_date() -> None:
    assert snippets.comparable(TEXT) == snippets.comparable(doc_parts.filled(ROOT / "README.md")), "run tools/readme.py"


def test_python_does_what_it_says() -> None:
    (block,) = blocks("python")
    test = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_function_of_ones_own_does_what_it_says(tmp_path: Path) -> None:
    section = TEXT.partition("## Write your own\n")[2].partition("\n## ")[0]
    code = "".join(line[4:] + "\n" for line in section.splitlines() if line.startswith("    ") or not line)
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"own.py": code})
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web} # mine\nspec: {replicas: 1}\n"
    finished = workplace.run(sys.executable, "own.py", "--replicas", "3", stdin=text, PYTHONPATH=str(hosts.SOURCES))
    assert finished.stdout == text.replace("1}", "3}"), finished.stderr


def test_diff_is_what_krmfn_does() -> None:
    (block,) = blocks("diff")
    lines = block.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    settings = Settings.from_function_config(
        {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "spec": {"pullSecrets": [{"name": "regcred"}]}}
    )
    assert run(before.encode(), settings).output.decode() == after


def test_function_configs_are_valid() -> None:
    configs = [config for block in blocks("yaml") if (config := yaml.safe_load(block)).get("kind") == "ImagePull"]
    assert len(configs) == 2
    for config in configs:
        Settings.from_function_config(config)


def test_files_it_names_are_there() -> None:
    names = re.findall(r"\]\(([^):#]+)\)", TEXT) + re.findall(r"< (examples/\S+)", TEXT)
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []


def commands_on_files() -> list[str]:
    lines = (line for block in blocks("sh") for line in block.splitlines())
    return [line for line in lines if re.match(r"krmfn (check|diff|fix|explain) ", line)]


def test_commands_on_files_do_what_it_says(tmp_path: Path) -> None:
    """Run in a repository with the example, in the order in which they stand there."""
    commands = [line for line in commands_on_files() if "--build" not in line]
    assert len(commands) == 7
    workplace = hosts.Workplace(tmp_path)
    workplace.write({"a.yaml": (ROOT / "examples" / "pipe" / "rendered.yaml").read_text()})
    workplace.run("git", "init", "-q")
    codes = [workplace.run("bash", "-o", "pipefail", "-c", command).returncode for command in commands]
    assert codes == [1, 1, 0, 0, 0, 0, 0]
    assert "inventory" in (workplace.folder / "images.html").read_text()
    assert '"2.1.0"' in (workplace.folder / "krmfn.sarif").read_text()
    assert workplace.run("krmfn", "check", ".").returncode == 0


def test_commands_on_builds_do_what_it_says(tmp_path: Path) -> None:
    hosts.require("kustomize")
    commands = [line for line in commands_on_files() if "--build" in line]
    assert len(commands) == 2
    workplace = hosts.Workplace(tmp_path)
    rendered = (ROOT / "examples" / "pipe" / "rendered.yaml").read_text()
    workplace.write({"overlays/prod/a.yaml": rendered, "overlays/prod/kustomization.yaml": "resources: [a.yaml]\n"})
    for command in commands:
        finished = workplace.run("bash", "-o", "pipefail", "-c", command)
        assert finished.returncode == 1
        assert "overlays/prod/kustomization.yaml: change: Deployment " in finished.stdout


def test_make_targets_it_names_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", TEXT, re.MULTILINE):
        assert f"\n{target}:" in makefile
