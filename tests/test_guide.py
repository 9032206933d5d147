"""docs/functions.md: each file in it is written, each command in it run, in their order, in one folder."""

import os
import re
import shlex
import sys
from pathlib import Path

import hosts
import pytest
from hosts import Workplace

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import sdk_reference

GUIDE = (hosts.REPOSITORY / "docs" / "functions.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.(?:py|yaml))\n")
TOOK = re.compile(r" in [0-9.]+s")


def test_every_snippet_does_what_it_says(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path)
    scripts = Path(sys.executable).parent
    path = os.pathsep.join([str(scripts), workplace.environment["PATH"]])
    commands = 0
    for language, text in BLOCK.findall(GUIDE):
        if language == "console":
            for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                line, _, expected = command.partition("\n")
                quoted = shlex.quote(line)
                finished = workplace.run(
                    "sh",
                    "-c",
                    f"sh -c {quoted} 2>&1",
                    PATH=path,
                    PYTHONPATH=str(hosts.SOURCES),
                    PYTHONDONTWRITEBYTECODE="1",
                )
                assert TOOK.sub("", finished.stdout) == TOOK.sub("", expected), line
                commands += 1
        else:
            name = FILE.match(text)
            assert name, f"a block of {language} begins with the name of its file"
            workplace.write({name[1]: text})
    assert commands == 7


def test_the_guide_has_two_pages_and_names_what_is_there() -> None:
    assert len(GUIDE.splitlines()) < 320
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (hosts.REPOSITORY / "docs" / target).exists(), target


def test_the_reference_is_made_from_the_docstrings() -> None:
    file = hosts.REPOSITORY / "docs" / "functions-reference.md"
    assert file.read_text(encoding="utf-8") == sdk_reference.text(), "run tools/readme.py"


def test_every_public_name_is_documented() -> None:
    text = sdk_reference.text()
    for name in (*sdk_reference.names(),):
        assert f"`{name}" in text


@pytest.fixture(autouse=True)
def _no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRMFN_UPDATE", raising=False)
