"""The chart of the page: a bar for each registry, divided by pull policy; the parts differ in pattern and colour."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import element
from krmfn.commands.explain.registries import POLICIES, Registry

MOST = 12
"""How many registries get their own bar. The others share one bar; the table lists them all."""

_LABELS = dict(zip(POLICIES, ("Always", "IfNotPresent", "Never", "no policy"), strict=True))
_CLASSES = dict(zip(POLICIES, ("always", "if-not-present", "never", "no-policy"), strict=True))
_WHOLE, _LEAST = 98.0, 0.6
"""The longest bar and the shortest part of a bar, in percent. Together they leave room for four shortest parts."""


def chart(found: Sequence[Registry]) -> ET.Element:
    """The chart with its legend; the table of registries has the numbers too.

    Names and numbers are HTML text, not part of the drawing, so that they keep their size on a narrow page.
    """
    rows = [*found[:MOST], *_rest(found[MOST:])]
    longest = max((one.places for one in rows), default=1)
    bars = element(
        "div",
        *(_row(one, longest) for one in rows),
        role="img",
        aria_label="Places by registry and pull policy: " + "; ".join(map(_told, rows)),
        class_="chart",
    )
    return element("figure", _patterns(), _legend(), bars)


def _rest(others: Sequence[Registry]) -> Iterator[Registry]:
    if others:
        policies = {policy: sum(one.policies[policy] for one in others) for policy in POLICIES}
        name = f"{len(others)} other registr{'ies' if len(others) > 1 else 'y'}"
        yield Registry(name, 0, sum(one.places for one in others), policies, 0)


def _told(one: Registry) -> str:
    counts = ", ".join(f"{number} {_LABELS[policy]}" for policy, number in one.policies.items() if number)
    return f"{one.name}: {counts}"


def _row(one: Registry, longest: int) -> ET.Element:
    return element(
        "div",
        element("span", one.name, class_="name"),
        element("svg", *_parts(one, longest), class_="bar"),
        element("span", f"{one.places:,}", class_="number"),
    )


def _parts(one: Registry, longest: int) -> Iterator[ET.Element]:
    x = 0.0
    for policy, number in one.policies.items():
        if number:
            width = max(number * _WHOLE / longest, _LEAST)
            yield element(
                "rect",
                element("title", f"{one.name}: {number} {_LABELS[policy]}"),
                x=f"{x:.2f}%",
                width=f"{width:.2f}%",
                height="100%",
                class_=_CLASSES[policy],
            )
            x += width


def _patterns() -> ET.Element:
    """Hatching and dots: not everyone can tell the colours apart, and paper may have none."""
    hatch = element("path", d="M-1 1 l2 -2 M0 8 l8 -8 M7 9 l2 -2", class_="ink")
    dots = [element("circle", cx=str(x), cy=str(y), r="1.4", class_="ink") for x, y in ((2, 2), (6, 6))]
    grounds = [element("rect", width="8", height="8", class_=f"ground {name}") for name in ("hatch", "dots")]
    size = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    patterns = element(
        "defs",
        element("pattern", grounds[0], hatch, id="hatch", **size),
        element("pattern", grounds[1], *dots, id="dots", **size),
    )
    return element("svg", patterns, width="0", height="0", class_="patterns", aria_hidden="true")


def _legend() -> ET.Element:
    entries = [
        element(
            "li",
            element(
                "svg",
                element("rect", width="18", height="14", class_=_CLASSES[policy]),
                viewBox="0 0 18 14",
                aria_hidden="true",
            ),
            label,
        )
        for policy, label in _LABELS.items()
    ]
    return element("ul", *entries, class_="legend")
