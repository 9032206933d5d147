"""The forms in which users open issues: GitHub takes them, and they ask for what an answer needs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import hosts
import pytest
import yaml
from test_metadata import SOURCE, URLS

FOLDER = hosts.REPOSITORY / ".github" / "ISSUE_TEMPLATE"
CHOOSER = FOLDER / "config.yml"
FORMS = sorted(set(FOLDER.iterdir()) - {CHOOSER})

each_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def fields(path: Path) -> dict[str, dict[str, Any]]:
    """What a form asks for, by id."""
    return {field["id"]: field for field in load(path)["body"] if field["type"] != "markdown"}


@pytest.mark.parametrize("path", [*FORMS, CHOOSER], ids=lambda path: path.stem)
def test_github_takes_it(path: Path) -> None:
    schema = "vendor.github-issue-config" if path == CHOOSER else "vendor.github-issue-forms"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@each_form
def test_a_form_asks_each_thing_once(path: Path) -> None:
    labels = [field["attributes"]["label"] for field in fields(path).values()]
    assert labels
    assert len(labels) == len(set(labels)) == len([field for field in load(path)["body"] if "id" in field])


def test_forms_have_names_of_their_own() -> None:
    assert len({load(path)["name"] for path in FORMS}) == len(FORMS) == 3


def test_who_reports_a_wrong_edit_is_asked_for_all_that_repeats_it() -> None:
    asked = fields(FOLDER / "wrong-edit.yaml")
    assert set(asked) == {"version", "manifest", "settings", "command", "output", "expected"}
    assert {name for name, field in asked.items() if field.get("validations", {}).get("required")} == {
        *asked.keys() - {"settings"}
    }
    assert "`krmfn --version`" in asked["version"]["attributes"]["description"]


def test_vulnerabilities_are_reported_elsewhere() -> None:
    chooser = load(CHOOSER)
    assert chooser["blank_issues_enabled"] is False
    assert [link["url"] for link in chooser["contact_links"]] == [URLS["Security"]]
    assert URLS["Security"].startswith(SOURCE)
    assert "## Report a vulnerability" in (hosts.REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
