"""The site: it is built strictly from the pages in docs, every link leads somewhere, nothing comes from elsewhere."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import browser
import hosts
import pytest
import yaml
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from krmfn.imagepull import kinds

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

from website import building, links, staging

MENU = (hosts.REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")


def require_generator() -> None:
    """Skip the test where Zensical is not installed, or fail it where all hosts have to be there."""
    if not importlib.util.find_spec("zensical"):
        hosts.absent("zensical is not installed; `make site` installs it")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_generator()
    folder = tmp_path_factory.mktemp("site") / "built"
    building.build(folder, with_playground=False)
    return folder


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    yield from browser.opened(tmp_path_factory.mktemp("profile"))


def test_every_page_is_on_the_site_and_in_its_menu(site: Path) -> None:
    listed = set(re.findall(r"([\w/-]+\.md)$", MENU, re.MULTILINE))
    pages = {staging.page_of(path) for path, _ in staging.pages() if not path.startswith("examples/")}
    assert listed == pages
    built = {path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")}
    assert {str(Path(page).with_suffix("")).replace("index", ".") for page in pages} <= built
    examples = {path.parent.name for path in (hosts.REPOSITORY / "examples").glob("*/README.md")}
    assert examples <= {path.parent.name for path in site.glob("examples/*/index.html")}


def test_a_broken_link_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_generator()
    pages = [*staging.pages()]
    for wrong in ("[a](nowhere.md)", "[a](install.md#no-such-heading)"):
        monkeypatch.setattr(
            staging, "pages", lambda wrong=wrong: iter([*pages, ("docs/wrong.md", f"# A\n\n{wrong}\n")])
        )
        with pytest.raises(building.SiteError, match="does not exist"):
            building.build(tmp_path / "site", with_playground=False)
    assert not (tmp_path / "site").exists()


def test_the_site_of_a_failed_build_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_generator()
    page = ("docs/wrong.md", '# A\n\n<img src="https://example.com/a.png">\n\n<a href="nowhere.txt">a</a>\n')
    pages = [*staging.pages(), page]
    monkeypatch.setattr(staging, "pages", lambda: iter(pages))
    with pytest.raises(building.SiteError) as caught:
        building.build(tmp_path / "site", with_playground=False)
    assert "wrong/index.html: loads https://example.com/a.png" in str(caught.value)
    assert "nowhere.txt leads nowhere" in str(caught.value)


def test_each_kind_of_broken_link_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text('<h1 id="there">b</h1><a name="here"></a>')
    (tmp_path / "a.html").write_text(
        '<a href="b/#there"></a><a href="b/#here"></a><a href="https://example.com"></a><a href="#top" id="top"></a>'
        '<link rel="canonical" href="https://example.com"><img src="data:,"><a href="mailto:a@example.com"></a>'
        '<a href="b/#gone"></a><a href="c/"></a><script src="https://example.com/a.js"></script><img src="gone.png">'
        '<link rel="stylesheet" href="//example.com/a.css">'
    )
    assert sorted(links.problems(tmp_path)) == [
        "a.html: b/#gone: the page has no such anchor",
        "a.html: c/ leads nowhere",
        "a.html: gone.png leads nowhere",
        "a.html: loads //example.com/a.css",
        "a.html: loads https://example.com/a.js",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "t, [S](../SECURITY.md), [e](../examples/pipe/index.md), `[a](b)`"),
        (
            "https://git.example.com",
            "[t](https://git.example.com/tests/a.py), [S](../SECURITY.md), [e](../examples/pipe/index.md), `[a](b)`",
        ),
    ],
    ids=["unknown repository", "known repository"],
)
def test_links_out_of_docs_lead_somewhere(source: str, expected: str) -> None:
    text = "[t](../../tests/a.py), [S](../../SECURITY.md), [e](../../examples/pipe), `[a](b)`"
    assert staging.linked(text, "docs/hosts/a.md", source) == expected


def test_code_keeps_what_looks_like_a_link() -> None:
    text = "```sh\n[a](../README.md)\n```\n"
    assert staging.linked(text, "docs/a.md", "") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n- b\n- c\n", "a:\n\n- b\n- c\n"),
        ("- b\n\n  ```sh\n  c\n  ```\n- d\n", "- b\n\n    ```sh\n    c\n    ```\n\n- d\n"),
        ("1. b\n\n   c\n", "1. b\n\n    c\n"),
        ("| `a \\| b` | c \\| d |\n", "| `a | b` | c \\| d |\n"),
        ("```\n- a\n\n  b\n```\n", "```\n- a\n\n  b\n```\n"),
    ],
)
def test_what_github_takes_becomes_what_python_markdown_takes(text: str, expected: str) -> None:
    assert staging.for_python_markdown(text) == expected


def test_no_list_or_code_of_an_example_runs_into_its_text(site: Path) -> None:
    for page in site.rglob("index.html"):
        text = re.sub(r"<(pre|code|script|table)\b.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = re.sub(r"<[^>]+>", "", text)
        assert "```" not in words, page
        assert not re.search(r"[.:;] - [A-Z`*]", words), page


def test_the_table_of_kinds_has_them_all_and_filters(site: Path, chrome: Chrome) -> None:
    chrome.get((site / "kinds" / "index.html").as_uri())
    names = {(row["group"], row["kind"]) for row in kinds.rows()}
    heads = chrome.find_elements(By.CSS_SELECTOR, "table.kinds tbody th")
    assert len(heads) >= len(names) > 500
    field = chrome.find_element(By.CSS_SELECTOR, ".kinds-filter input")
    field.send_keys("MINIO tenant")
    assert [head.text for head in heads if head.is_displayed()] == ["Tenant\nminio.min.io"]
    assert chrome.find_element(By.CSS_SELECTOR, ".kinds-filter output").text.startswith("1 of ")


def test_pages_are_as_wide_as_a_telephone(site: Path, chrome: Chrome) -> None:
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    for page in sorted(site.rglob("index.html")):
        chrome.get(page.as_uri())
        assert chrome.execute_script("return document.documentElement.scrollWidth") <= 400, page
    chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_workflow_builds_and_deploys_what_make_builds() -> None:
    workflow = (hosts.REPOSITORY / ".github" / "workflows" / "site.yaml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(workflow)["jobs"]
    assert any("make site" in step.get("run", "") for step in jobs["build"]["steps"])
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert jobs["build"]["permissions"] == {"contents": "read"}
