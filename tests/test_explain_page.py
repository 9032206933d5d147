"""The page of `krmfn explain --html`, in a real browser: it escapes, sorts, filters, prints, and asks for nothing."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import browser
import pytest
from hosts import Workplace
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

HOSTILE = (
    """</td></script><script>document.title='owned'</script><img src=x onerror="document.title='owned'">&amp;"'`${1}"""
)

CONFIG = """\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata: {name: image-pull}
spec:
  pullSecrets:
  - {name: team, images: ["registry.example.com/**"]}
"""

MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    spec:
      containers:
      - {name: web, image: "registry.example.com/shop/web:10"}
      - {name: old, image: "registry.example.com/shop/web:9"}
      - {name: cache, image: redis, imagePullPolicy: Never}
      - {name: later, image: "{{image}}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
"""


def hostile() -> str:
    text = json.dumps(HOSTILE)
    containers = f"[{{name: {text}, image: {text}, imagePullPolicy: {json.dumps(HOSTILE + '${POLICY}')}}}]"
    metadata = f"{{name: {text}, namespace: {text}}}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{containers: {containers}}}\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A folder with `page.html` about it."""
    made = Workplace(tmp_path_factory.mktemp("page"))
    made.write({"krmfn.yaml": CONFIG, "shop.yaml": MANIFESTS, "<b>&.yaml": hostile(), "values.yaml": "a: 1\n"})
    made.run(made.krmfn, "explain", "--html", "page.html", ".").check_returncode()
    return made


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    yield from browser.opened(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def page(place: Workplace, chrome: Chrome) -> Chrome:
    """The page, just opened."""
    browser.emulate(chrome)
    chrome.get((place.folder / "page.html").as_uri())
    return chrome


def rows(page: Chrome) -> list[WebElement]:
    """Those of the inventory that are shown."""
    return [row for row in page.find_elements(By.CSS_SELECTOR, ".inventory tbody tr") if row.is_displayed()]


def containers(page: Chrome) -> list[str]:
    found = [re.search(r"container (\S+) spec", row.text.replace("\n", " ")) for row in rows(page)]
    return [match[1] for match in found if match]


def field(page: Chrome, name: str) -> WebElement:
    return page.find_element(By.NAME, name)


def test_it_shows_every_image_and_what_is_to_be_looked_at(page: Chrome) -> None:
    assert len(rows(page)) == 5
    text = page.find_element(By.TAG_NAME, "body").text
    for said in (
        "5 places",
        "default for the tag 10",
        "for registry.example.com/shop/web:10",
        "Filled in later",
        "values file",
    ):
        assert said in text
    assert "none is for this image" in rows(page)[3].text


def test_texts_of_manifests_stay_text(page: Chrome) -> None:
    assert page.title == "Images in ."
    assert page.find_elements(By.CSS_SELECTOR, "img, iframe, td script, li script") == []
    assert len(page.find_elements(By.TAG_NAME, "script")) == 1
    assert HOSTILE in rows(page)[0].text.replace("\n", " ")
    assert "<b>&.yaml" in rows(page)[0].text


def test_it_asks_for_nothing_over_the_network_and_complains_of_nothing(page: Chrome) -> None:
    def messages() -> Iterator[dict[str, Any]]:
        for entry in page.get_log("performance"):  # type: ignore[no-untyped-call]
            yield json.loads(entry["message"])["message"]

    page.get_log("browser")  # type: ignore[no-untyped-call]
    list(messages())
    page.refresh()
    asked = [m["params"]["request"]["url"] for m in messages() if m["method"] == "Network.requestWillBeSent"]
    assert asked == [page.current_url]
    assert page.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_its_own_policy_keeps_scripts_of_others_out(page: Chrome) -> None:
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s)"
    )
    assert page.title == "Images in ."


def test_it_filters(page: Chrome) -> None:
    field(page, "text").send_keys("shop WEB:1")
    assert containers(page) == ["web"]
    assert page.find_element(By.NAME, "shown").text == "1 of 5 places"
    field(page, "text").clear()
    field(page, "text").send_keys(" ")
    Select(field(page, "registry")).select_by_visible_text("registry.example.com")
    assert containers(page) == ["web", "old"]
    Select(field(page, "registry")).select_by_visible_text("all")
    Select(field(page, "policy")).select_by_visible_text("Never")
    assert containers(page) == ["cache"]
    Select(field(page, "policy")).select_by_visible_text("all")
    Select(field(page, "only")).select_by_visible_text("filled in later, or not valid")
    assert len(rows(page)) == 2
    Select(field(page, "only")).select_by_visible_text("stale policy: nodes keep an old image")
    assert containers(page) == ["cache"]
    assert "stale: nodes keep an old image" in rows(page)[0].text
    Select(field(page, "only")).select_by_visible_text("stale policy: each start asks the registry")
    assert rows(page) == []


def test_it_sorts_by_keyboard_numbers_as_numbers(page: Chrome) -> None:
    head = page.find_element(By.CSS_SELECTOR, ".inventory th")
    button = head.find_element(By.TAG_NAME, "button")
    field(page, "only").send_keys(Keys.TAB, Keys.TAB)
    assert page.switch_to.active_element == button
    assert page.execute_script("return getComputedStyle(arguments[0]).outlineStyle", button) == "solid"
    button.send_keys(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    assert [name for name in containers(page) if name in ("web", "old")] == ["old", "web"]
    button.send_keys(Keys.SPACE)
    assert head.get_attribute("aria-sort") == "descending"
    assert [name for name in containers(page) if name in ("web", "old")] == ["web", "old"]


def test_it_is_a_plain_table_without_its_script(place: Workplace, chrome: Chrome) -> None:
    chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chrome.get((place.folder / "page.html").as_uri())
        assert len(rows(chrome)) == 5
        assert not chrome.find_element(By.CSS_SELECTOR, ".filters").is_displayed()
        assert chrome.find_elements(By.CSS_SELECTOR, ".inventory button") == []
    finally:
        chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


CONTRASTS = """
const channel = (value) => (value /= 255, value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
const ground = (one) => {
  for (let at = one; at; at = at.parentElement) {
    const found = numbers(getComputedStyle(at).backgroundColor);
    if (found.length < 4 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("body *")]
  .filter((one) => one.offsetParent && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => {
    const both = [numbers(getComputedStyle(one).color), ground(one)].map(luminance);
    const [light, dark] = both.sort((a, b) => b - a);
    return [(light + 0.05) / (dark + 0.05), one.tagName + "." + one.className];
  })
  .filter(([contrast]) => contrast < 4.5);
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: Chrome, scheme: str) -> None:
    """By WCAG 2.2, success criterion 1.4.3."""
    browser.emulate(page, prefers_color_scheme=scheme)
    color = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    red = re.search(r"\d+", color)
    assert red is not None
    assert (int(red[0]) > 128) == (scheme == "light")
    assert page.execute_script(CONTRASTS) == []


def test_policies_in_the_chart_differ_by_more_than_their_colour(page: Chrome) -> None:
    looks = {
        tuple(bar.value_of_css_property(name) for name in ("fill", "stroke-dasharray"))
        for bar in page.find_elements(By.CSS_SELECTOR, ".legend rect")
    }
    patterned = [fill for fill, dashes in looks if "url" in fill or dashes != "none"]
    assert (len(looks), len(patterned)) == (4, 3)
    told = page.find_element(By.CSS_SELECTOR, ".chart").get_attribute("aria-label")
    assert told is not None
    assert "registry.example.com: 2 IfNotPresent" in told


def test_on_paper_it_is_light_whole_and_fits(page: Chrome) -> None:
    browser.emulate(page, media="print", prefers_color_scheme="dark")
    assert page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"
    assert not page.find_element(By.CSS_SELECTOR, ".filters").is_displayed()
    assert len(rows(page)) == 5
    data = browser.printed(page)
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) in (2, 3)


def test_a_narrow_window_scrolls_tables_and_not_the_page(page: Chrome) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 700, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        wide = page.execute_script("return document.documentElement.scrollWidth")
        assert wide <= 360
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


class _Elements(HTMLParser):
    """Checks that all that is opened is closed, in a page that no browser has mended."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_well_formed_and_says_the_same_every_time(place: Workplace) -> None:
    text = place.read()["page.html"]
    elements = _Elements()
    elements.feed(text)
    assert elements.open == []
    place.run(place.krmfn, "explain", "--html", "again.html", ".").check_returncode()
    assert place.read()["again.html"] == text
    Path(place.folder / "again.html").unlink()


def test_without_any_image_it_says_so(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.write({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    place.run(place.krmfn, "explain", "--html", "page.html", "a.yaml").check_returncode()
    assert "No image was found." in place.read()["page.html"]
