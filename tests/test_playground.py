"""The playground, in a real browser: it does what the command does, and asks for nothing but the files of the site."""

import functools
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import browser
import hosts
import pytest
import test_cases
import test_site
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

from website import building, playground

COMMANDS = """
import io, json, os, sys
sys.modules["yaml._yaml"] = None  # the browser has no libyaml either
from krmfn import cli

def run(argv, data):
    sys.stdin, sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(part), "utf-8") for part in (data, b"", b""))
    code = cli.main(argv)
    return code, *(stream.buffer.getvalue().decode() for stream in (sys.stdout, sys.stderr))

answers, printed = [], sys.stdout
for number, (argv, data, settings) in enumerate(json.load(sys.stdin)):
    os.makedirs(str(number))
    os.chdir(str(number))
    if settings:
        with open("krmfn.yaml", "w", newline="") as file:
            file.write(settings)
    answers.append(run(argv, data.encode()))
    os.chdir("..")
json.dump(answers, printed)
"""
"""Runs commands one after the other: from `[[argv, stdin, krmfn.yaml], …]` to `[[code, stdout, stderr], …]`."""
ASK_ALL = """
const [asked, done] = arguments;
(async () => {
  const answers = [];
  for (const one of asked) answers.push(await krmfn.run(one));
  return answers;
})().then(done, (error) => done(String(error)));
"""
POD = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: b}]}}"
EMPTY = {"secrets": [], "policy": "", "overwrite": "", "settings": ""}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page of the playground is served."""
    hosts.require("chromium")
    test_site.require_generator()
    if not (playground.HOME / "complete").exists():
        hosts.absent(f"pyodide {playground.VERSION} is not in .hosts; `make site` fetches it")
    site = tmp_path_factory.mktemp("site") / "built"
    building.build(site)
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/playground/"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    yield from browser.opened(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def loaded(address: str, chrome: Chrome) -> Chrome:
    """The page, with its first answer."""
    chrome.get(address)
    assert state(chrome, "done")
    return chrome


@pytest.fixture
def page(loaded: Chrome) -> Chrome:
    """The page with empty fields: Python takes seconds to load, so it stays."""
    loaded.execute_script("document.querySelector('.playground form').reset()")
    return loaded


def state(page: Chrome, wanted: str) -> bool:
    """Wait until the playground has this state."""
    shown = page.find_element(By.CSS_SELECTOR, ".playground")
    return WebDriverWait(page, 60).until(lambda _: shown.get_attribute("data-state") == wanted)


def field(page: Chrome, name: str) -> Any:
    return page.find_element(By.NAME, name)


def settled(page: Chrome, change: Callable[[], object]) -> str:
    """Change a field; the results that are shown then."""
    page.execute_script("document.querySelector('.playground').dataset.state = 'before'")
    change()
    assert state(page, "done")
    return "\n".join(line.text for line in page.find_elements(By.CSS_SELECTOR, ".results li"))


def typed(page: Chrome, name: str, text: str) -> None:
    field(page, name).clear()
    field(page, name).send_keys(text)


def cleared(page: Chrome, *names: str) -> None:
    for name in names:
        typed(page, name, " ")


def changes(page: Chrome) -> list[str]:
    return [line.text for line in page.find_elements(By.CSS_SELECTOR, ".added, .removed")]


def spec_of(case: test_cases.Case) -> str:
    """The settings file of a case; empty when its input brings settings."""
    spec = case.spec
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
    return json.dumps(config) if spec is not None else ""


def loadable() -> Iterator[tuple[test_cases.Case, str]]:
    """The cases that are text, as what is pasted is; for the parser that the browser has."""
    for case in test_cases.find_cases():
        try:
            text = case.data.decode()
        except UnicodeDecodeError:
            continue
        if "pure" in case.loaders:
            yield case, text


def test_it_does_what_the_command_does_on_every_case(page: Chrome, tmp_path: Path, tell: Callable[[str], None]) -> None:
    cases = [*loadable()]
    asked = [EMPTY | {"manifest": text, "settings": spec_of(case)} for case, text in cases]
    commands = [[["--config=krmfn.yaml"] if one["settings"] else [], one["manifest"], one["settings"]] for one in asked]
    oracle = subprocess.Popen(
        [sys.executable, "-c", COMMANDS], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert oracle.stdin
    with oracle:
        oracle.stdin.write(json.dumps(commands))
        oracle.stdin.close()
        page.set_script_timeout(300)
        answers = page.execute_async_script(ASK_ALL, asked)
        assert isinstance(answers, list), answers
        assert oracle.stdout
        expected = json.load(oracle.stdout)
    different = {}
    for (case, _), answer, theirs in zip(cases, answers, expected, strict=True):
        spoken = "".join(f"{one['text']}\n" for one in answer["results"] if one["severity"] != "info")
        ours = [answer["code"], answer["output"] or "", spoken]
        if ours != theirs:
            different[case.name] = ours, theirs
    assert different == {}
    assert len(cases) > 700
    tell(f"cases that the playground answers as the command does: {len(cases)}")


def test_the_example_is_edited_when_the_page_opens(loaded: Chrome, address: str) -> None:
    page = loaded
    page.get(address)
    assert state(page, "done")
    assert "+      - name: regcred" in changes(page)
    assert page.find_element(By.CSS_SELECTOR, ".results").text.startswith("info: Deployment shop: imagePullPolicy on 2")


def test_what_is_typed_and_chosen_counts(page: Chrome) -> None:
    settled(page, lambda: typed(page, "manifest", POD))
    settled(page, lambda: typed(page, "secrets", "one, two"))
    settled(page, lambda: Select(field(page, "policy")).select_by_visible_text("Never"))
    assert changes(page)[-1] == (
        "+{apiVersion: v1, kind: Pod, spec: {imagePullSecrets: [{name: one}, {name: two}], "
        "containers: [{name: a, image: b, imagePullPolicy: Never}]}}"
    )
    settled(page, lambda: Select(field(page, "policy")).select_by_visible_text("Defaulted"))
    settled(page, lambda: typed(page, "secrets", " "))
    text = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: b, imagePullPolicy: Never}]}}"
    assert "runs whatever image it has" in settled(page, lambda: typed(page, "manifest", text))
    assert changes(page) == []
    settled(page, lambda: Select(field(page, "overwrite")).select_by_visible_text("correct stale ones"))
    assert changes(page) == ["-" + text, "+" + text.replace("Never", "Always")]
    settled(page, lambda: Select(field(page, "overwrite")).select_by_visible_text("keep"))


def test_settings_count_and_errors_are_shown(page: Chrome) -> None:
    page.execute_script("document.querySelector('.playground details').open = true")
    head = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: a}\nspec: "
    settled(page, lambda: typed(page, "manifest", POD))
    settled(page, lambda: typed(page, "settings", head + "{pullSecrets: [from-file]}"))
    assert "[{name: from-file}, {name: regcred}]" in changes(page)[-1]
    assert "did you mean `pullSecrets`" in settled(page, lambda: typed(page, "settings", head + "{pullSecret: [a]}"))
    assert changes(page) == []
    assert "nothing is written" in page.find_element(By.CSS_SELECTOR, ".status").text
    assert "stdin is empty" in settled(page, lambda: cleared(page, "settings", "manifest"))


def test_texts_of_manifests_stay_text(page: Chrome) -> None:
    hostile = POD.replace("spec:", 'metadata: {name: "<img src=x onerror=alert(1)>"}, spec:')
    assert "<img src=x" in settled(page, lambda: typed(page, "manifest", hostile))
    assert page.find_elements(By.CSS_SELECTOR, ".playground img") == []


def test_it_asks_for_nothing_but_files_of_the_site(chrome: Chrome, address: str) -> None:
    chrome.get_log("performance")  # type: ignore[no-untyped-call]
    chrome.get_log("browser")  # type: ignore[no-untyped-call]
    chrome.get(address)
    assert state(chrome, "done")
    base = address.removesuffix("playground/")
    messages = [json.loads(entry["message"])["message"] for entry in chrome.get_log("performance")]  # type: ignore[no-untyped-call]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert f"{base}assets/playground.js" in asked
    assert [url for url in asked if not url.startswith((base, "blob:", "data:"))] == []
    assert chrome.get_log("browser") == []  # type: ignore[no-untyped-call]


FETCH = """
const [url, inWorker, done] = arguments;
const send = (url) => fetch(url, { mode: "no-cors" }).then(() => "sent", () => "refused");
if (inWorker) {
  const code = `(${send})(${JSON.stringify(url)}).then(postMessage)`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => done(data);
} else {
  send(url).then(done);
}
"""


@pytest.mark.parametrize("in_worker", [False, True], ids=["page", "worker"])
def test_neither_the_page_nor_its_worker_can_send_anything(page: Chrome, address: str, in_worker: bool) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), _Quiet) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        elsewhere = f"http://127.0.0.1:{other.server_port}/"
        assert page.execute_async_script(FETCH, elsewhere, in_worker) == "refused"
        assert page.execute_async_script(FETCH, address, in_worker) == "sent"
        other.shutdown()


def test_pyodide_is_what_was_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.require("npm")
    monkeypatch.setattr(playground, "HOME", tmp_path / "hosts" / "pyodide")
    monkeypatch.setattr(playground, "INTEGRITY", "sha512-other")
    with pytest.raises(playground.NotFetched, match="is not the package that was locked"):
        playground.fetch()
    assert not playground.HOME.exists()


def test_without_npm_the_reason_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playground, "HOME", tmp_path / "pyodide")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(playground.NotFetched, match="npm: command not found"):
        playground.fetch()
