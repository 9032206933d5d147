"""The page: all that `krmfn explain` knows, in one self-contained HTML file, for whoever plans to move registries."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from xml.etree import ElementTree as ET

from krmfn.commands.explain.attention import attention
from krmfn.commands.explain.chart import chart
from krmfn.commands.explain.elements import document, element, raw
from krmfn.commands.explain.heading import header, title
from krmfn.commands.explain.inventory import inventory
from krmfn.commands.explain.registries import POLICIES, Registry, registries
from krmfn.commands.explain.skipped import skipped
from krmfn.commands.explain.tiles import tiles
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport


def page(reports: Sequence[FileReport], located: Sequence[LocatedImage], paths: Sequence[str], date: str) -> bytes:
    """The page about these files; `paths` as the user gave them, none for stdin; `date` is that of the run."""
    style, script = (files(__package__).joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    head = element(
        "head",
        ET.Element("meta", charset="utf-8"),
        ET.Element("meta", {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}),
        ET.Element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        ET.Element("meta", name="color-scheme", content="light dark"),
        element("title", title(paths)),
        raw("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the inventory", href="#inventory", class_="skip"),
        header(located, paths, date),
        element(
            "main",
            tiles(located),
            _registries(registries(located)),
            attention(reports, located),
            inventory(located),
            *skipped(reports),
        ),
        element("footer", element("p", "Written by krmfn explain, which changed no manifest and asked no registry.")),
        raw("script", script),
    )
    return document(element("html", head, body, lang="en"))


def _policy(style: str, script: str) -> str:
    """The content security policy: only the page's own style and script, and no network."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'"


def _registries(found: Sequence[Registry]) -> ET.Element:
    if not found:
        return element("section", element("h2", "Registries"), element("p", "No image was found."))
    names = ("Registry", "Images", "Places", "Always", "IfNotPresent", "Never", "No policy", "No secret")
    rows = [
        element(
            "tr",
            element("th", one.name, scope="row"),
            *(
                element("td", f"{number:,}", class_="number" if number else "number zero")
                for number in (one.images, one.places, *(one.policies[policy] for policy in POLICIES), one.unserved)
            ),
        )
        for one in found
    ]
    heads = [element("th", name, scope="col", class_="number" if i else None) for i, name in enumerate(names)]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows), class_="registries")
    scrolled = element("div", table, class_="wide", tabindex="0", role="region", aria_label="Registries, as a table")
    return element(
        "section",
        element("h2", "Registries"),
        element("p", "Places that name an image, by the pull policy they have after a run of krmfn."),
        element("div", chart(found), scrolled, class_="beside"),
    )
