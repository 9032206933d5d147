"""The page: all that `krmfn explain` knows in one HTML file that needs nothing else, for who is to move registries."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from xml.etree import ElementTree as ET

from krmfn.commands.explain import unresolved
from krmfn.commands.explain.chart import chart
from krmfn.commands.explain.elements import document, element, raw
from krmfn.commands.explain.inventory import inventory
from krmfn.commands.explain.registries import INVALID, OPEN, POLICIES, Registry, registries
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.imagepull.explanation.images import Credentials, State


def page(reports: Sequence[FileReport], located: Sequence[LocatedImage], paths: Sequence[str]) -> bytes:
    """The page about these files; `paths` as they were given."""
    style, script = (files(__package__).joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    found = registries(located)
    where = ", ".join(paths) if paths and paths != ["-"] else "standard input"
    head = element(
        "head",
        ET.Element("meta", charset="utf-8"),
        ET.Element("meta", {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}),
        ET.Element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        ET.Element("meta", name="color-scheme", content="light dark"),
        element("title", f"Images in {where}"),
        raw("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the inventory", href="#inventory", class_="skip"),
        element("header", element("h1", "Images in ", element("span", where)), element("p", _lede(located, found))),
        element(
            "main", _figures(located), *_registries(found), *unresolved.section(reports, located), *inventory(located)
        ),
        element("footer", element("p", "Made by krmfn explain. Nothing has been changed, and no image was asked for.")),
        raw("script", script),
    )
    return document(element("html", head, body, lang="en"))


def _policy(style: str, script: str) -> str:
    """What a browser lets the page do: its own style and script, and nothing over the network."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'"


def _lede(located: Sequence[LocatedImage], found: Sequence[Registry]) -> str:
    resources = len({(one.path, one.image.resource) for one in located})
    known = sum(one.name not in (OPEN, INVALID) for one in found)
    images = len({one.image.reference.text for one in located if one.image.reference.text})
    return (
        f"{_count(images, 'image')} of {_count(known, 'registry')}, named in {_count(len(located), 'place')} "
        f"of {_count(resources, 'resource')}."
    )


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"


def _figures(located: Sequence[LocatedImage]) -> ET.Element:
    images = [one.image for one in located]
    figures = (
        (sum(image.is_changed for image in images), "places would change"),
        (
            sum(image.is_unserved for image in images),
            "have no pull secret for their image",
        ),
        (
            sum(image.credentials is Credentials.CACHE for image in images),
            "run only on nodes that have the image already",
        ),
        (sum(image.policy.to_be == "Always" for image in images), "pull at each start"),
        (sum(image.policy.stale is not None for image in images), "have a stale pull policy"),
        (
            sum(image.reference.state in (State.TEMPLATED, State.INVALID) for image in images),
            "have an image that is filled in later, or not valid",
        ),
    )
    return element(
        "ul", *(element("li", element("b", f"{number:,}"), f" {text}") for number, text in figures), class_="figures"
    )


def _registries(found: Sequence[Registry]) -> Iterable[ET.Element]:
    if not found:
        return [element("section", element("h2", "Registries"), element("p", "No image was found."))]
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
    return [
        element(
            "section",
            element("h2", "Registries"),
            element("p", "Places that name an image, by the pull policy they have after a run of krmfn."),
            chart(found),
            element("div", table, class_="wide", tabindex="0", role="region", aria_label="Registries, as a table"),
        )
    ]
