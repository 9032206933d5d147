"""The overview for a terminal, in its width: first what needs attention, then the images of each registry."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from krmfn.commands.explain.registries import INVALID, OPEN, name_of
from krmfn.commands.explain.table import CREDENTIALS, other_change, running
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.files.report_lines import line_of
from krmfn.imagepull.explanation.images import ExplainedImage, Policy, Role, State
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.kinds import Origin
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.results import visible

_MOST = 3
"""How many places of an image are shown; `--wide` shows all."""
_NARROWEST = 40
_SHORTEST = 20
"""The least room for the name of an image, in characters."""
_LEGEND = "+: krmfn would add it. --wide shows each place, and why."
_STALE = {
    Staleness.LATEST: "nodes may keep an old image of the tag latest",
    Staleness.PINNED: "each start asks the registry, although the image is pinned",
}
_Group = Sequence[LocatedImage]


def overview(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> bytes:  # noqa: ARG001 - as all formats
    """A line for each image with its policy and secrets; if it needs attention, also why and its first places."""
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    lines = _lines(located, width)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _lines(located: Sequence[LocatedImage], width: int) -> Iterator[str]:
    groups = _grouped(located)
    open_ones = [group for group in groups if _concerns(group[0].image)]
    if open_ones:
        yield _title("needs attention", open_ones, width)
        for group in open_ones:
            yield from _in_detail(group, width)
        yield ""
    by_registry: dict[str, list[_Group]] = {}
    for group in groups:
        if group not in open_ones:
            by_registry.setdefault(name_of(group[0].image) or "no image named", []).append(group)
    for name, found in sorted(by_registry.items(), key=lambda item: (item[0] in (OPEN, INVALID), item[0])):
        yield _title(visible(name), found, width)
        yield from _columns(found, width)
        yield ""
    if groups:
        yield from textwrap.wrap(_LEGEND, width)


def _title(title: str, groups: Sequence[_Group], width: int) -> str:
    """`docker.io: 2 images in 5 places`."""
    images = len({group[0].image.reference.text for group in groups} - {""})
    places = _count(sum(map(len, groups)), "place")
    return _cut(f"{title}: {_count(images, 'image')} in {places}" if images else f"{title}: {places}", width)


def _columns(groups: Sequence[_Group], width: int) -> Iterator[str]:
    rows = [
        (_name(group[0].image), _decided(group[0].image) + (f"  ({len(group)} places)" if len(group) > 1 else ""))
        for group in groups
    ]
    room = max(width - 4 - max(len(decided) for _, decided in rows), _SHORTEST)
    names = min(max(len(name) for name, _ in rows), room)
    for name, decided in rows:
        yield _cut(f"  {_end(name, names):<{names}}  {decided}", width)


def _in_detail(group: _Group, width: int) -> Iterator[str]:
    image = group[0].image
    decided = _decided(image)
    name = _end(_name(image), max(width - 4 - len(decided), _SHORTEST))
    yield _cut(f"  {name}  {decided}", width)
    for concern in _concerns(image):
        yield from textwrap.wrap(
            visible(concern), width, initial_indent="    ! ", subsequent_indent="      ", break_on_hyphens=False
        )
    yield from (f"    {_place(one, width - 4)}" for one in group[:_MOST])
    if len(group) > _MOST:
        yield f"    … and {len(group) - _MOST} more"


def _grouped(located: Iterable[LocatedImage]) -> list[_Group]:
    """Group the images for which the same is shown, sorted by name."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[LocatedImage]] = {}
    for one in located:
        key = _name(one.image), _decided(one.image), _concerns(one.image)
        groups.setdefault(key, []).append(one)
    return [groups[key] for key in sorted(groups)]


def _name(image: ExplainedImage) -> str:
    return visible(image.reference.text) or "no image named"


def _decided(image: ExplainedImage) -> str:
    """`+ Always, + regcred`: the policy and the pull secrets after a run."""
    secrets = [
        f"+ {secret.name}" if secret.delivery in (Delivery.ADDED, Delivery.ATTACHED) else secret.name
        for secret in image.pull_secrets.to_be
        if secret.delivery is not Delivery.MISSED
    ]
    return visible(", ".join((_policy(image.policy), *secrets, *map(other_change, image.other_changes))))


def _policy(policy: Policy) -> str:
    if policy.now in ("", policy.to_be):
        return policy.now or (f"+ {policy.to_be}" if policy.to_be else "no policy")
    return f"{policy.now} → {policy.to_be}"


def _concerns(image: ExplainedImage) -> tuple[str, ...]:
    """Return what an operator should know first about an image."""
    found = [CREDENTIALS[image.credentials]] if image.credentials in CREDENTIALS and not image.nodes_can_pull else []
    missed = [secret for secret in image.pull_secrets.to_be if secret.delivery is Delivery.MISSED]
    found += [f"{secret.name} does not reach its pods: {secret.why}" for secret in missed]
    if image.policy.stale and image.policy.now == image.policy.to_be:
        found.append(f"{image.policy.now or 'inherited policy'}: {_STALE[image.policy.stale]}")
    if image.reference.state is State.INVALID:
        found.append("not a valid image reference: the kubelet refuses it")
    if image.reference.state is State.TEMPLATED and not image.policy.to_be:
        found.append("filled in later, so its default policy is unknown")
    if image.origin == Origin.STRUCTURE:
        found.append(f"unknown kind {image.resource.api_version} {image.resource.kind}: it looks like a pod spec")
    if image.role is Role.UNKNOWN:
        found.append(image.policy.why)
    if any(one.image != image.reference for one in image.runs) and not image.policy.to_be:
        found.append(f"builds replace it: {'; '.join(map(running, image.runs[:_MOST]))}")
    return tuple(found)


def _place(one: LocatedImage, room: int) -> str:
    name = f" ({one.image.container})" if one.image.container else ""
    where = _end(line_of(one.path, one.line), room)
    left = room - len(where) - 2
    return f"{where}  {_cut(visible(f'{one.image.resource}{name}'), left)}" if left > 1 else where


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _end(name: str, room: int) -> str:
    """Shorten a path or an image that is too long to its end, which identifies it best."""
    return name if len(name) <= room else f"…{name[1 - room :]}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
