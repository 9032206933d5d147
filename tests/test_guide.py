"""docs/functions.md and its reference: their size, and that every public name is there. `test_docs` runs the guide."""

import re
import sys

import hosts

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import sdk_reference

GUIDE = (hosts.REPOSITORY / "docs" / "functions.md").read_text(encoding="utf-8")


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
