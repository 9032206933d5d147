"""The pages in docs are true: what is made is up to date, each block of code is run, each link leads somewhere.

A page's blocks are run one after the other in one folder. With KRMFN_UPDATE_DOCS=true the pages get
what their consoles print.
"""

import doctest
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import hosts
import pytest
import snippets
import yaml
from snippets import Block

from krmfn import Settings, run
from krmfn.errors import SettingsError

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import doc_parts

PAGES = doc_parts.pages()
UPDATE = os.environ.get("KRMFN_UPDATE_DOCS", "").lower() == "true"
REGCRED = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": "regcred"}}
STAND_INS = {
    **dict.fromkeys(("helm", "ytt", "tk"), "cat rendered.yaml"),
    **dict.fromkeys(("kubectl", "kapp", "kubeseal"), "grep apiVersion"),
}
"""They print manifests, or fail unless they get some."""
POD = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: b}]}}"
HOSTS = ("kustomize", "kpt")
"""What consoles run besides krmfn, Python and a shell."""
_TOOK = re.compile(r" in [0-9.]+s")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(hosts.REPOSITORY)))


def without_made(text: str) -> str:
    """A page, blank where parts are made: tests of the code and of the examples run what these show."""
    return doc_parts.PART.sub(lambda match: re.sub("[^\n]", " ", match[0]), text)


def blocks(page: Path) -> list[Block]:
    return list(snippets.blocks(without_made(page.read_text(encoding="utf-8"))))


class Runner:
    """Runs the blocks of a page in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workplace = hosts.Workplace(folder)
        self._names: dict[str, object] = {}
        self._places = 0

    def run(self, block: Block) -> str:
        """What the block should be: its own text, unless a console prints something else."""
        if block.how == "not run":
            assert block.what
        elif block.how == "runs":
            text = (hosts.REPOSITORY / block.what).read_text(encoding="utf-8")
            assert [line for line in block.text.splitlines() if line not in text] == []
        elif block.is_doctest:
            test = doctest.DocTestParser().get_doctest(block.text, self._names, "page", None, None)
            assert doctest.DocTestRunner().run(test, clear_globs=False).failed == 0
            self._names = test.globs
        elif block.language == "diff":
            _check_diff(block.text)
        elif block.file:
            self._workplace.write({block.file: block.text})
            _check_config(block)
        elif block.language == "console":
            shown = "".join(f"$ {command}\n{self._output(command)}" for command, _ in block.sessions())
            return block.text if _TOOK.sub("", shown) == _TOOK.sub("", block.text) else shown
        elif block.language == "sh":
            self._run_commands(block)
        else:
            pytest.fail(f"how to run this? tests/snippets.py has the ways\n{block.text}")
        return block.text

    def _output(self, command: str) -> str:
        """What a console shows, errors too."""
        return self._shell(f"sh -c {shlex.quote(command)} 2>&1", self._workplace).stdout

    def _run_commands(self, block: Block) -> None:
        workplace, programs = self._workplace, ""
        if block.how == "in":
            self._places += 1
            (self._folder / str(self._places)).mkdir()
            workplace = hosts.Workplace(self._folder / str(self._places))
            shutil.copytree(hosts.REPOSITORY / block.what, workplace.folder, dirs_exist_ok=True)
        elif block.how == "stand-ins":
            programs = str(_stand_ins(self._folder / "stand-ins", block.what.split()))
        for command, code in block.commands():
            finished = self._shell(command, workplace, programs)
            assert finished.returncode == code, (command, finished.stdout, finished.stderr)

    def _shell(self, command: str, workplace: hosts.Workplace, programs: str = "") -> hosts.Finished:
        path = [programs, str(Path(sys.executable).parent), workplace.environment["PATH"]]
        environment = {
            "PATH": os.pathsep.join(filter(None, path)),
            "PYTHONPATH": str(hosts.SOURCES),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return workplace.run("bash", "-o", "pipefail", "-c", command, **environment)


def _stand_ins(folder: Path, names: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\n{STAND_INS[name]}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def _check_diff(text: str) -> None:
    lines = text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert run(before.encode(), Settings.from_function_config(REGCRED)).output.decode() == after


def _check_config(block: Block) -> None:
    """Settings that a page shows are valid, unless it shows what is not."""
    config = yaml.safe_load(block.text) if block.language == "yaml" and "\n---" not in block.text else None
    if isinstance(config, dict) and config.get("kind") == "ImagePull" and "misspelt" not in block.file:
        Settings.from_function_config(config)


def _needed(page: Path) -> Iterator[str]:
    """The hosts that blocks of the page run."""
    shown = "\n".join(block.text for block in blocks(page) if block.how in ("", "in") and block.language != "yaml")
    return (name for name in HOSTS if re.search(rf"\b{name} (?:build|fn)\b", shown))


@each_page
def test_each_block_does_what_it_says(page: Path, tmp_path: Path) -> None:
    for name in _needed(page):
        hosts.require(name)
    text = page.read_text(encoding="utf-8")
    runner = Runner(tmp_path)
    pieces, done = [], 0
    for block in blocks(page):
        pieces += [text[done : block.start], runner.run(block)]
        done = block.end
    shown = "".join([*pieces, text[done:]])
    if UPDATE:
        page.write_text(shown, encoding="utf-8")
        text = shown
    assert text == shown


@each_page
def test_what_is_made_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert snippets.comparable(text) == snippets.comparable(doc_parts.filled(page)), "run tools/readme.py"


def test_every_part_stands_somewhere() -> None:
    assert {name for page in doc_parts.pages() for name in doc_parts.in_page(page.read_text())} == {*doc_parts.MAKERS}


@each_page
def test_files_it_links_to_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_a_block_that_does_not_do_what_it_says_is_noticed(tmp_path: Path) -> None:
    wrong = "```console\n$ echo a\nb\n```\n"
    (block,) = snippets.blocks(wrong)
    assert Runner(tmp_path).run(block) == "$ echo a\na\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```sh\nfalse\n```\n", id="a command that fails"),
        pytest.param("```sh\ntrue # exit code 1\n```\n", id="a command that does not fail"),
        pytest.param("```python\n>>> 1\n2\n```\n", id="python that gives something else"),
        pytest.param("```yaml\na: 1\n```\n", id="YAML without the name of its file"),
        pytest.param("```yaml\n# a.yaml\nkind: ImagePull\nspec: {a: 1}\n```\n", id="settings with an unknown key"),
        pytest.param(
            f"```diff\n {POD}\n```\n",
            id="a diff that is none of krmfn's",
        ),
        pytest.param("<!-- runs: README.md -->\n```sh\nno such line\n```\n", id="a line that stands nowhere else"),
        pytest.param("<!-- stand-ins: kubectl -->\n```sh\ntrue | kubectl apply\n```\n", id="a pipe that gives nothing"),
    ],
)
def test_what_is_wrong_fails(text: str, tmp_path: Path) -> None:
    (block,) = snippets.blocks(text)
    with pytest.raises((AssertionError, pytest.fail.Exception, SettingsError)):
        Runner(tmp_path).run(block)
