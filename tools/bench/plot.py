"""The plot of docs/speed.md: CPU seconds over the number of Deployments, both logarithmic, as a small SVG.

It has its own background for light and dark mode, because the page around it may use either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from bench.measured import Report
from bench.sides import GO, OURS, USUAL

LINES = {OURS: "krmfn", USUAL: "load and dump, PyYAML", GO: "Go on kyaml"}
"""The sides in the plot, with their labels."""
WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 52, 52
LABEL_HEIGHT = 16
STYLE = """\
    text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 14px }
    .axis { fill: #59636e }
    .page { fill: #ffffff }
    .grid { stroke: #d1d9e0; stroke-width: 1 }
    polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
    .krmfn polyline { stroke: #0969da } .krmfn circle, .krmfn text { fill: #0969da }
    .usual polyline { stroke: #bc4c00 } .usual circle, .usual text { fill: #bc4c00 }
    .go polyline { stroke: #1a7f37 } .go circle, .go text { fill: #1a7f37 }
    .krmfn text { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .axis { fill: #9198a1 }
      .page { fill: #0d1117 }
      .grid { stroke: #3d444d }
      .krmfn polyline { stroke: #4493f8 } .krmfn circle, .krmfn text { fill: #4493f8 }
      .usual polyline { stroke: #f0883e } .usual circle, .usual text { fill: #f0883e }
      .go polyline { stroke: #3fb950 } .go circle, .go text { fill: #3fb950 }
    }"""
CLASSES = {OURS: "krmfn", USUAL: "usual", GO: "go"}


@dataclass(frozen=True)
class Axis:
    """An axis of whole decades between two pixels."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel for a value."""
        return self.start + (log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> Iterator[float]:
        """The powers of ten on the axis."""
        return (float(10**power) for power in range(self.low, self.high + 1))


def axis(values: list[float], start: float, end: float) -> Axis:
    """The decades around some values; at least one."""
    low = floor(log10(min(values)))
    return Axis(low, max(low + 1, ceil(log10(max(values)))), start, end)


def points(report: Report) -> dict[str, list[tuple[int, float]]]:
    """Deployments and CPU seconds of each side, from the rows whose name is a number of Deployments."""
    rows = sorted((row for row in report.rows if row.name.isdigit()), key=lambda row: row.resources)
    found = {side: [(row.resources, row.median(side).cpu) for row in rows if side in row.runs] for side in LINES}
    return {side: line for side, line in found.items() if line}


def svg(report: Report) -> str:
    """The plot as SVG."""
    lines = points(report)
    if not lines:
        raise SystemExit("nothing to plot: no row with Deployments was measured")
    x = axis([count for line in lines.values() for count, _ in line], LEFT, WIDTH - RIGHT)
    y = axis([cpu for line in lines.values() for _, cpu in line], HEIGHT - BOTTOM, TOP)
    parts = [*_frame(report, x, y), *_lines(lines, x, y)]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"  <title>{_title(report)}</title>",
            f"  <style>\n{STYLE}\n  </style>",
            *(f"  {part}" for part in parts),
            "</svg>\n",
        ]
    )


def _title(report: Report) -> str:
    return f"CPU seconds by number of Deployments, {escape(report.date)}"


def _frame(report: Report, x: Axis, y: Axis) -> Iterator[str]:
    yield f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
    yield f'<text class="title" x="{LEFT}" y="28">{_title(report)}</text>'
    for tick in x.ticks():
        at = x.at(tick)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{y.start}" y2="{y.end}"/>'
        yield f'<text class="axis" x="{at:.1f}" y="{y.start + 20}" text-anchor="middle">{tick:,.0f}</text>'
    for tick in y.ticks():
        at = y.at(tick)
        yield f'<line class="grid" x1="{x.start}" x2="{x.end}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="axis" x="{x.start - 8}" y="{at + 4:.1f}" text-anchor="end">{tick:g} s</text>'
    middle, bottom = (x.start + x.end) / 2, HEIGHT - 12
    yield f'<text class="axis" x="{middle:.1f}" y="{bottom}" text-anchor="middle">Deployments in a ResourceList</text>'


def _lines(lines: dict[str, list[tuple[int, float]]], x: Axis, y: Axis) -> Iterator[str]:
    below = y.end - LABEL_HEIGHT
    # From the top down: each label is beside the end of its line and below the previous label.
    for side, line in sorted(lines.items(), key=lambda item: -item[1][-1][1]):
        pixels = [(x.at(count), y.at(cpu)) for count, cpu in line]
        right, end = pixels[-1]
        below = max(end, below + LABEL_HEIGHT)
        yield f'<g class="{CLASSES[side]}">'
        yield f'  <polyline points="{" ".join(f"{across:.1f},{down:.1f}" for across, down in pixels)}"/>'
        yield from (f'  <circle cx="{across:.1f}" cy="{down:.1f}" r="3.5"/>' for across, down in pixels)
        yield f'  <text x="{right + 10:.1f}" y="{below + 4:.1f}">{escape(LINES[side])}</text>'
        yield "</g>"
