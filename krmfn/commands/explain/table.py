"""The explanation as two tables: a line for each image, then a line for each registry."""

from collections.abc import Iterator, Sequence

from krmfn.commands.explain.registries import registries
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.files.report_lines import line_of, shown
from krmfn.imagepull.builds import shown as shown_image
from krmfn.imagepull.explanation.images import Credentials, ExplainedImage, OtherChange, RunningImage
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.results import visible

_HEAD = ("PLACE", "RESOURCE", "FIELD", "IMAGE", "POLICY", "STALE", "WHY", "PULL SECRETS", "KNOWN BY")
_FURTHER = ("RUNS", "OTHER CHANGES")
"""Columns that are omitted when they are empty."""
_MOST = 3
"""How many builds of an image a line shows."""
_DELIVERIES = {Delivery.LISTED: "", Delivery.MISSED: "not reached, "}
CREDENTIALS = {
    Credentials.NODE: "nodes have credentials",
    Credentials.CACHE: "no credentials are known: works only from a node's cache",
    Credentials.MISSING: "no credentials are known: the pull fails",
}
"""The text for an image that no pull secret is for, by the source of its credentials."""
_REGISTRY_HEAD = ("REGISTRY", "IMAGES", "PLACES", "ALWAYS", "IFNOTPRESENT", "NEVER", "NO POLICY", "NO SECRET")


def table(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> bytes:  # noqa: ARG001 - as all formats
    """Return both tables; an empty table is omitted with its head."""
    further = [(_runs(one.image), _others(one.image)) for one in located]
    shown_ones = [i for i in range(len(_FURTHER)) if any(cells[i] for cells in further)]
    rows = [[*_HEAD, *(_FURTHER[i] for i in shown_ones)]]
    rows += ([*_row(one), *(cells[i] or "-" for i in shown_ones)] for one, cells in zip(located, further, strict=True))
    counted = [
        (shown(one.name), *map(str, (one.images, one.places, *one.policies.values(), one.unserved)))
        for one in registries(located)
    ]
    lines = [*_columns(rows)] if located else []
    lines += ["", *_columns([_REGISTRY_HEAD, *counted])] if counted else []
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _row(one: LocatedImage) -> tuple[str, ...]:
    image = one.image
    policies = (policy(image), image.policy.stale or "-", image.policy.why or "-")
    told = (str(image.resource), image.field, image.reference.text or "-", *policies, secrets(image))
    return (line_of(one.path, one.line), *map(visible, told), image.origin)


def policy(image: ExplainedImage) -> str:
    """The policy before and after, such as `- → Always`; only the policy if it does not change."""
    if image.policy.to_be == image.policy.now:
        return image.policy.to_be or "-"
    return f"{image.policy.now or '-'} → {image.policy.to_be or '-'}"


def secrets(image: ExplainedImage) -> str:
    """The pull secrets, such as `regcred (added, for every image)`; if there are none, `-` and why."""
    named = "; ".join(
        f"{s.name} ({_DELIVERIES.get(s.delivery, f'{s.delivery}, ')}{s.why})" for s in image.pull_secrets.to_be
    )
    told = CREDENTIALS.get(image.credentials)
    return (named or f"- ({image.pull_secrets.why})") + (f"; {told}" if told else "")


def other_change(change: OtherChange) -> str:
    """`spec.containers[0].tty → true (some-rule)`."""
    return f"{change.field} → {change.to_be} ({change.rule})"


def running(one: RunningImage) -> str:
    """`web:2.1.0 in overlays/prod`."""
    return f"{shown_image(one.image.text)} in {one.build}"


def _runs(image: ExplainedImage) -> str:
    further = f"; {len(image.runs) - _MOST} more" if len(image.runs) > _MOST else ""
    return visible("; ".join(map(running, image.runs[:_MOST])) + further)


def _others(image: ExplainedImage) -> str:
    return visible("; ".join(map(other_change, image.other_changes)))


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
