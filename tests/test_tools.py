"""The table of tools in docs/tools.md: each line that can be run here is run as it stands there."""

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import hosts
import pytest

DOCS = hosts.REPOSITORY / "docs"
TEXT = (DOCS / "tools.md").read_text(encoding="utf-8")
APP = hosts.REPOSITORY / "examples" / "kustomize-patches"
RENDERED = hosts.REPOSITORY / "examples" / "pipe" / "rendered.yaml"
TOOLS = """Argo CD, Config Sync, Fleet, Flux, GitHub, GitLab, Helm, Helmfile, Jenkins, Kluctl, Porch, Renovate,
    Skaffold, Tanka, Tekton, Terraform, kapp, kpt, kubectl, kustomize, pre-commit"""
# They print manifests; the last ones in a pipe count what they get.
STAND_INS = {
    "helm": "cat rendered.yaml",
    "ytt": "cat rendered.yaml",
    "tk": "cat rendered.yaml",
    "kapp": "grep -c imagePullSecrets",
}
COUNTS = 'case $1 in apply) exec grep -c imagePullSecrets;; esac\nexec KUBECTL "$@"'
FINDS = 1


class Row(NamedTuple):
    """A row of the table."""

    tool: str
    line: str
    where: str
    mark: str
    link: str

    @property
    def is_run(self) -> bool:
        """Whether the test below runs the line: it is one for a shell, and no example has it."""
        return self.line.split()[0] in ("krmfn", "helm", "ytt", "tk")


def rows() -> list[Row]:
    """The rows of the table."""
    found = []
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[1].startswith("`"):
            mark, _, link = cells[3].partition(" ")
            target = re.fullmatch(r"\[(?:example|test)\]\((.+)\)", link)
            assert target or not link
            code = cells[1].strip("`").replace("\\|", "|")
            found.append(Row(cells[0], code, cells[2], mark, target[1] if target else ""))
    return found


ROWS = rows()


def test_every_tool_has_a_row_and_each_row_a_mark() -> None:
    assert sorted({row.tool.partition(",")[0] for row in ROWS}) == " ".join(TOOLS.split()).split(", ")
    assert {row.mark for row in ROWS} == {"✓", "◐", "✗"}
    assert [row.tool for row in ROWS if (row.mark != "✗") != (row.is_run or bool(row.link))] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.link], ids=lambda row: row.tool)
def test_what_a_row_links_to_runs_the_tool(row: Row) -> None:
    target = (DOCS / row.link).resolve()
    if target.is_dir():
        assert (target / ".expected").is_dir()
        assert row.line.split()[0] in (target / "README.md").read_text(encoding="utf-8")
    else:
        assert row.tool.lower() in target.read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("row", [row for row in ROWS if row.is_run], ids=lambda row: row.tool)
def test_a_line_does_what_its_row_says(row: Row, tmp_path: Path) -> None:
    for program in ("kubectl", "kustomize"):
        if program in row.line:
            hosts.require(program)
    workplace = hosts.Workplace(tmp_path)
    shutil.copytree(APP, workplace.folder, dirs_exist_ok=True)
    shutil.copy(RENDERED, workplace.folder / "rendered.yaml")
    (workplace.folder / "image-pull" / "kustomization.yaml").write_text("# to be made\n", encoding="utf-8")
    programs = tmp_path / "stand-ins"
    programs.mkdir()
    for name, script in {**STAND_INS, "kubectl": COUNTS.replace("KUBECTL", str(hosts.find("kubectl")))}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    path = os.pathsep.join([str(programs), workplace.environment["PATH"]])
    before = workplace.read()
    finished = workplace.run("bash", "-o", "pipefail", "-c", row.line, PATH=path)
    assert finished.returncode == (FINDS if "krmfn check" in row.line else 0), finished.stderr
    changed = "".join(text for name, text in workplace.read().items() if text != before.get(name))
    shown = finished.stdout + changed
    if " | k" in row.line:
        assert int(finished.stdout) == RENDERED.read_text(encoding="utf-8").count("containers:")
    else:
        assert "imagePullPolicy" in shown
        assert "regcred" in shown
