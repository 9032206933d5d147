"""The page of `krmfn explain --html`, in a real browser: it escapes, sorts, filters, prints, and asks for nothing."""

import json
import re
import time
from collections.abc import Callable, Iterator
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

DAY = "1792540800"
"""Noon of 2026-10-21, UTC."""

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
    write_page(made, ".")
    return made


def write_page(place: Workplace, *paths: str, stdin: str = "", day: str = DAY) -> str:
    """The page about the paths; `day` in seconds."""
    done = place.run(place.krmfn, "explain", "--html", "page.html", *paths, stdin=stdin, SOURCE_DATE_EPOCH=day)
    done.check_returncode()
    return place.read()["page.html"]


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
        "Images filled in later",
        "Values file",
    ):
        assert said in text
    assert "none is for this image" in rows(page)[3].text


def test_texts_of_manifests_stay_text(page: Chrome, place: Workplace) -> None:
    assert page.title == f"Images in {place.folder.name}"
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


def test_its_own_policy_keeps_scripts_of_others_out(page: Chrome, place: Workplace) -> None:
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s)"
    )
    assert page.title == f"Images in {place.folder.name}"


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
    Select(field(page, "only")).select_by_visible_text("image filled in later, or not valid")
    assert len(rows(page)) == 2
    Select(field(page, "only")).select_by_visible_text("stale: nodes keep an old image")
    assert containers(page) == ["cache"]
    assert "stale: nodes keep an old image" in rows(page)[0].text
    Select(field(page, "only")).select_by_visible_text("stale: each start asks the registry")
    assert rows(page) == []
    page.find_element(By.CSS_SELECTOR, ".filters button").click()
    assert len(rows(page)) == 5


def test_tiles_count_places_and_lead_to_them(page: Chrome) -> None:
    tiles = {tile.text.partition("\n")[2]: tile for tile in page.find_elements(By.CSS_SELECTOR, ".tiles a")}
    counts = {label: int(tile.text.partition("\n")[0]) for label, tile in tiles.items()}
    assert counts == {
        "would change": 4,
        "stale pull policy": 1,
        "no pull secret for the image": 2,
        "image filled in later, or not valid": 2,
    }
    page.set_window_size(1280, 600)
    for label, tile in tiles.items():
        tile.send_keys(Keys.ENTER)
        assert len(rows(page)) == counts[label]
        assert Select(field(page, "only")).first_selected_option.text == label
        marked = page.find_elements(By.CSS_SELECTOR, ".tiles a[aria-current=true]")
        assert marked == [tile]
    assert page.execute_script("return scrollY > 300")
    others = page.find_elements(By.CSS_SELECTOR, ".tiles span")
    assert [one.text for one in others] == ["0\npulled at each start", "0\ncredentials needed, none known"]


def test_it_sorts_by_keyboard_numbers_as_numbers(page: Chrome) -> None:
    head = page.find_element(By.CSS_SELECTOR, ".inventory th")
    button = head.find_element(By.TAG_NAME, "button")
    page.find_element(By.CSS_SELECTOR, ".filters button").send_keys(Keys.TAB, Keys.TAB)
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
    head = page.find_element(By.CSS_SELECTOR, ".inventory thead")
    assert head.value_of_css_property("display") == "table-header-group"  # what browsers repeat on each sheet
    data = browser.printed(page)
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) in (2, 3)


def test_paper_says_what_is_filtered_out(page: Chrome) -> None:
    field(page, "text").send_keys("web")
    browser.emulate(page, media="print")
    assert page.find_element(By.CSS_SELECTOR, ".filters").text == "2 of 5 places"


@pytest.fixture
def resized(page: Chrome) -> Iterator[Callable[[int], Chrome]]:
    """Makes the window of the page so many pixels wide."""

    def resize(width: int) -> Chrome:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        return page

    yield resize
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [320, 400])
def test_on_a_phone_nothing_is_cut_off_and_the_chart_can_be_read(resized: Callable[[int], Chrome], width: int) -> None:
    page = resized(width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    inventory = page.find_element(By.CSS_SELECTOR, "#inventory .wide")
    assert inventory.get_property("scrollWidth") == inventory.get_property("clientWidth")
    for text in page.find_elements(By.CSS_SELECTOR, ".chart .name, .chart .number"):
        assert float(text.value_of_css_property("font-size").removesuffix("px")) >= 13
    assert all(bar.size["width"] > 0.8 * width for bar in page.find_elements(By.CSS_SELECTOR, ".bar"))
    assert len(rows(page)) == 5
    field(page, "text").send_keys("shop web:1")
    assert len(rows(page)) == 1


def test_a_wide_window_has_no_empty_half(resized: Callable[[int], Chrome]) -> None:
    page = resized(1400)
    chart, table = (page.find_element(By.CSS_SELECTOR, f".beside > {one}").rect for one in ("figure", ".wide"))
    assert chart["y"] == table["y"]
    assert chart["width"] + table["width"] > 0.85 * 1400
    tiles = page.find_elements(By.CSS_SELECTOR, ".tiles li")
    assert len({tile.rect["y"] for tile in tiles}) == 1


def test_its_headings_are_an_outline(page: Chrome) -> None:
    heads = page.find_elements(By.CSS_SELECTOR, "h1, h2, h3, h4")
    sections = ["Registries", "Needs attention", "Inventory", "Skipped"]
    assert [head.text for head in heads if head.tag_name == "h2"] == sections
    assert [head.tag_name for head in heads] == ["h1", *["h2"] * len(sections)]


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
    assert write_page(place, ".") == text


def test_it_bears_the_day_of_the_run_or_of_the_build(place: Workplace) -> None:
    assert '<time datetime="2026-10-21">2026-10-21</time>' in place.read()["page.html"]
    before = time.strftime("%Y-%m-%d")
    text = write_page(place, ".", day="")
    assert any(f">{day}</time>" in text for day in (before, time.strftime("%Y-%m-%d")))
    write_page(place, ".")


@pytest.mark.parametrize("day", ["today", "9" * 30])
def test_a_day_that_is_none_is_an_error(place: Workplace, day: str) -> None:
    done = place.run(place.krmfn, "explain", "--html", "other.html", ".", SOURCE_DATE_EPOCH=day)
    assert done.returncode == 1
    assert f"SOURCE_DATE_EPOCH in the environment is '{day}': must be a number of seconds since 1970" in done.stderr
    assert "other.html" not in place.read()


def about(text: str) -> tuple[str, list[str]]:
    """The title of a page, and the paths below it."""
    found = re.search(r"<title>Images in (.*)</title>", text)
    head = re.search(r'<p class="about">(.*?)</p>', text)
    assert found is not None
    assert head is not None
    return found[1], re.findall(r"<code>(.*?)</code>", head[1])


def test_its_title_is_the_repository(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    paths = [f"shop/deploy/{name}.yaml" for name in "abcdefg"]
    place.write(dict.fromkeys(paths, MANIFESTS))
    assert about(write_page(place, ".")) == ("work", [])
    assert about(write_page(place, "shop/deploy")) == ("deploy", ["shop/deploy"])
    assert about(write_page(place, stdin=MANIFESTS)) == ("standard input", [])
    assert about(write_page(place, "--stdin-filename", "shop/a.yaml", stdin=MANIFESTS)) == ("a.yaml", ["shop/a.yaml"])
    (place.folder / "shop" / ".git").mkdir()
    assert about(write_page(place, "shop")) == ("shop", [])
    assert about(write_page(place, "shop/deploy")) == ("shop", ["deploy"])
    inside = [path.removeprefix("shop/") for path in paths]
    assert about(write_page(place, *paths)) == ("shop", [*inside[:5], "2 more"])


def test_what_is_skipped_is_there_by_name(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    chart = {"Chart.yaml": "name: a\n", "values.yaml": "a: 1\n", "templates/a.yaml": "a: {{ .Values.a }}\n"}
    place.write({f"chart/{name}": text for name, text in chart.items()})
    place.write({"mixed.yaml": f"{MANIFESTS}---\na: 1\n"})
    text = write_page(place, ".")
    for reason, line in (
        ("Helm template", "chart/templates/a.yaml</code>"),
        ("Values file", "chart/values.yaml</code>"),
        ("Without apiVersion and kind", "mixed.yaml</code> 1 document"),
    ):
        assert re.search(rf"<summary>{reason} <span class=\"count\">1</span></summary><ul><li><code>{line}</li>", text)


def test_findings_of_one_cause_stand_below_it_with_the_fix(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    head = "apiVersion: {}\nkind: {}\nmetadata: {{name: {}}}\nspec: "
    deployment = head.format("apps/v1", "Deployment", "d") + "{selector: {}, template: {spec: {containers: [%s]}}}"
    nginx = "{containers: [{name: a, image: nginx}]}"
    place.write({f"{name}.yaml": head.format("v1", "Pod", name) + nginx for name in ("one", "two")})
    place.write(
        {
            "gadget.yaml": head.format("example.com/v1", "Gadget", "g") + "{thing: {image: quay.io/a/b:1}}",
            "widget.yaml": head.format("example.com/v1", "Widget", "w") + f"{{template: {{spec: {nginx}}}}}",
            "wrong.yaml": deployment % "{name: a, image: Wrong/X}",
            "set.yaml": deployment % "{name: a, image: Wrong/Y, imagePullPolicy: Always}",
            "bad.yaml": deployment % "{name: a, image: nginx, imagePullPolicy: Sometimes}",
        }
    )
    done = place.run(place.krmfn, "explain", "--html", "page.html", "--secret", "regcred", ".")
    assert done.returncode == 1
    text = place.read()["page.html"].partition("<h2>Needs attention</h2>")[2].partition("</section>")[0]
    assert re.findall(r"<summary>(.*?) <span class=\"count\">(\d+)</span>", text) == [
        ("Errors", "1"),
        ("krmfn would change an object that is immutable once it is applied.", "2"),
        ("Warnings", "2"),
        ("krmfn leaves something alone that may run an image.", "1"),
        ("Invalid image references", "1"),
        ("Unknown kinds", "1"),
    ]
    assert text.count("a Pod is immutable") == 1
    assert "<li><code>one.yaml:1:1</code> Pod one</li><li><code>two.yaml:1:1</code> Pod two</li>" in text
    assert "Delete the object from the cluster" in text
    assert "<li><code>set.yaml:4</code> Wrong/Y</li>" in text
    assert "Widget of example.com/v1: spec.template.spec.containers[0].image" in text


def test_without_any_image_it_says_so(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.write({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    text = write_page(place, "a.yaml")
    assert "No image was found." in text
    assert "Nothing: krmfn can read every file and every image, and knows every kind." in text
    assert "<h2>Skipped</h2>" not in text
