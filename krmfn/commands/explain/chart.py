"""The chart of the page: a bar for each registry, its places by pull policy, told by pattern as well as colour."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from krmfn.commands.explain.elements import element
from krmfn.commands.explain.registries import POLICIES, Registry

MOST = 12
"""Registries that get a bar; the others share one, and the table below has them all."""

_LABELS = dict(zip(POLICIES, ("Always", "IfNotPresent", "Never", "none written"), strict=True))
_CLASSES = dict(zip(POLICIES, ("always", "if-not-present", "never", "no-policy"), strict=True))
_WIDTH, _ROW, _BAR, _NAMES, _NUMBERS = 860, 34, 20, 260, 60
_LONGEST = 36


def chart(found: Sequence[Registry]) -> ET.Element:
    """The chart with its legend; the numbers are in the table of registries too."""
    bars = [*found[:MOST], *_rest(found[MOST:])]
    height = _ROW * len(bars) + 4
    longest = max((one.places for one in bars), default=1)
    svg = element(
        "svg",
        element("title", "Places that name an image, by registry and pull policy"),
        _patterns(),
        *(part for i, one in enumerate(bars) for part in _bar(one, i * _ROW + 4, longest)),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_label="Bars: " + "; ".join(map(_told, bars)),
        class_="chart",
    )
    return element("figure", _legend(), svg)


def _rest(others: Sequence[Registry]) -> Iterator[Registry]:
    if others:
        policies = {policy: sum(one.policies[policy] for one in others) for policy in POLICIES}
        name = f"{len(others)} other registr{'ies' if len(others) > 1 else 'y'}"
        yield Registry(name, 0, sum(one.places for one in others), policies, 0)


def _told(one: Registry) -> str:
    counts = ", ".join(f"{number} {_LABELS[policy]}" for policy, number in one.policies.items() if number)
    return f"{one.name}: {counts}"


def _bar(one: Registry, y: int, longest: int) -> Iterator[ET.Element]:
    name = one.name if len(one.name) <= _LONGEST else f"{one.name[: _LONGEST - 1]}…"
    middle = str(y + _BAR / 2)
    yield element("text", name, x=str(_NAMES - 12), y=middle, class_="name")
    x = float(_NAMES)
    scale = (_WIDTH - _NAMES - _NUMBERS) / longest
    for policy, number in one.policies.items():
        if number:
            width = max(number * scale, 2)
            yield element(
                "rect",
                element("title", f"{one.name}: {number} {_LABELS[policy]}"),
                x=f"{x:.1f}",
                y=str(y),
                width=f"{width:.1f}",
                height=str(_BAR),
                class_=_CLASSES[policy],
            )
            x += width
    yield element("text", str(one.places), x=f"{x + 8:.1f}", y=middle, class_="number")


def _patterns() -> ET.Element:
    """Hatching and dots, since not everyone sees the colours, and paper may have none."""
    hatch = element("path", d="M-1 1 l2 -2 M0 8 l8 -8 M7 9 l2 -2", class_="ink")
    dots = [element("circle", cx=str(x), cy=str(y), r="1.4", class_="ink") for x, y in ((2, 2), (6, 6))]
    grounds = [element("rect", width="8", height="8", class_=f"ground {name}") for name in ("hatch", "dots")]
    size = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    return element(
        "defs",
        element("pattern", grounds[0], hatch, id="hatch", **size),
        element("pattern", grounds[1], *dots, id="dots", **size),
    )


def _legend() -> ET.Element:
    entries = [
        element(
            "li",
            element("svg", element("rect", width="18", height="14", class_=_CLASSES[p]), viewBox="0 0 18 14"),
            label,
        )
        for p, label in _LABELS.items()
    ]
    for entry in entries:
        entry[0].set("aria-hidden", "true")
    return element("ul", *entries, class_="legend")
