"""A real browser without a window, for the page that `krmfn explain --html` writes."""

import base64
from collections.abc import Iterator
from pathlib import Path

import hosts
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1000")


def opened(folder: Path) -> Iterator[Chrome]:
    """Chromium with a profile in the folder; skips the test where it is not installed."""
    hosts.require("chromium")
    hosts.require("chromedriver")
    options = ChromeOptions()
    options.binary_location = str(hosts.find("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    driver = Chrome(options, Service(hosts.find("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def printed(driver: Chrome) -> bytes:
    """The page as the browser prints it, a PDF, in the size that the page asks for."""
    answer = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return base64.b64decode(answer["data"])


def emulate(driver: Chrome, **features: str) -> None:
    """Let the page believe in a medium or its features: `prefers_color_scheme="dark"`; `media="print"`."""
    media = features.pop("media", "")
    wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": wanted})
