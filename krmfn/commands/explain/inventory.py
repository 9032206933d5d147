"""The inventory of the page: a table of all images, which the page's script can sort and filter."""

from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import Child, element
from krmfn.commands.explain.marks import MARKS, STALE
from krmfn.commands.explain.registries import name_of
from krmfn.commands.explain.table import CREDENTIALS, other_change, running
from krmfn.files.located_images import LocatedImage
from krmfn.files.report_lines import line_of
from krmfn.imagepull.explanation.images import ExplainedImage, ExplainedSecret, Role, State, WrittenImage
from krmfn.imagepull.verdicts import Delivery

_HEADS = ("Image", "Place", "Pull policy", "Pull secrets", "Known by")
_SIGNS = {
    Delivery.LISTED: "=",
    Delivery.INHERITED: "↓",
    Delivery.ADDED: "+",
    Delivery.ATTACHED: "+",
    Delivery.MISSED: "✗",
}
_SHORT = 19
"""How much of a digest is shown: `sha256:` and twelve digits."""


def inventory(located: Sequence[LocatedImage]) -> ET.Element:
    """The section with its table and filters."""
    head = element("h2", "Inventory")
    if not located:
        return element("section", head, element("p", "No image was found."), id="inventory")
    table = element(
        "table",
        element("thead", element("tr", *(element("th", name, scope="col") for name in _HEADS))),
        element("tbody", *map(_row, located)),
        class_="inventory",
    )
    scrolled = element("div", table, class_="wide", tabindex="0", role="region", aria_label="Inventory of images")
    return element("section", head, _filters(located), scrolled, id="inventory")


def _filters(located: Sequence[LocatedImage]) -> ET.Element:
    """The filters. They need the script, so they are hidden until it runs."""
    by_name = sorted({name_of(one.image) for one in located} - {""})
    policies = sorted({one.image.policy.to_be or "none" for one in located})
    only = (("", "all"), *((mark.name, mark.label) for mark in MARKS))
    return element(
        "form",
        element("label", "Find ", element("input", type="search", name="text", autocomplete="off")),
        _select("Registry", "registry", [("", "all"), *((name, name) for name in by_name)]),
        _select("Policy", "policy", [("", "all"), *((policy, policy) for policy in policies)]),
        _select("Only", "only", only),
        element("button", "Show all", type="reset"),
        element("output", name="shown", aria_live="polite"),
        class_="filters",
        hidden="hidden",
    )


def _select(label: str, name: str, options: Iterable[tuple[str, str]]) -> ET.Element:
    made = [element("option", text, value=value) for value, text in options]
    return element("label", f"{label} ", element("select", *made, name=name))


def _row(one: LocatedImage) -> ET.Element:
    image = one.image
    return element(
        "tr",
        element("td", *_name(image.reference), *_runs(image)),
        element("td", *_place(one)),
        element("td", *_policy(image), class_="policy"),
        element("td", *_secrets(image)),
        element("td", image.origin),
        data_registry=name_of(image),
        data_policy=image.policy.to_be or "none",
        data_marks=" ".join(mark.name for mark in MARKS if mark.fits(image)),
    )


def _runs(image: ExplainedImage) -> Iterator[Child]:
    for one in image.runs if image.role is not Role.PATCH else ():
        yield element("span", f"→ {running(one)}", class_="why")


def _name(reference: WrittenImage) -> Iterator[Child]:
    if not reference.text:
        yield element("span", "no image named", class_="why")
        return
    if reference.state is not State.RESOLVED:
        sign = "filled in later" if reference.state is State.TEMPLATED else "not a valid reference"
        yield element("code", reference.text)
        yield element("span", sign, class_="badge")
        return
    digest = f"@{reference.digest[:_SHORT]}…" if reference.digest else ""
    tag = element("b", f":{reference.tag}" if reference.tag else "")
    yield element("span", reference.registry, class_="registry")
    yield element("code", reference.repository, tag, digest, title=reference.text)


def _place(one: LocatedImage) -> Iterator[Child]:
    image = one.image
    yield element("code", line_of(one.path, one.line))
    yield element("span", str(image.resource), class_="resource")
    yield element("span", f"{image.role} {image.container}".rstrip(), " ", element("code", image.field), class_="why")


def _policy(image: ExplainedImage) -> Iterator[Child]:
    if image.policy.to_be != image.policy.now:
        yield element("del", image.policy.now) if image.policy.now else None
        yield element("ins", image.policy.to_be)
    else:
        yield element("span", image.policy.to_be or "none")
    if image.policy.stale:
        yield element("span", f"stale: {STALE[image.policy.stale]}", class_="badge")
    yield element("span", image.policy.why, class_="why")
    for change in image.other_changes:
        yield element("ins", other_change(change))


def _secrets(image: ExplainedImage) -> Iterator[Child]:
    if told := CREDENTIALS.get(image.credentials):
        yield element("span", told, class_="badge")
    if not image.pull_secrets.to_be:
        yield element("span", "none")
        yield element("span", image.pull_secrets.why, class_="why")
        return
    yield element("ul", *map(_secret, image.pull_secrets.to_be))
    if image.is_unserved:
        yield element("span", "none is for this image", class_="badge")


def _secret(secret: ExplainedSecret) -> ET.Element:
    what = {Delivery.LISTED: "", Delivery.MISSED: "not reached, "}.get(secret.delivery, f"{secret.delivery}, ")
    name = element("ins" if secret.delivery in (Delivery.ADDED, Delivery.ATTACHED) else "span", secret.name)
    return element(
        "li",
        element("i", _SIGNS[secret.delivery], aria_hidden="true"),
        name,
        element("span", what + secret.why, class_="why"),
    )
