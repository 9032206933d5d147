"""The explanation for a terminal, as wide as it: what needs attention first, then the images of each registry."""

import shutil
from collections.abc import Iterable, Iterator, Sequence

from krmfn.commands.explain.registries import INVALID, OPEN, name_of
from krmfn.commands.explain.table import CREDENTIALS, other_change, policy, running
from krmfn.files.located_images import LocatedImage
from krmfn.files.report import FileReport
from krmfn.files.report_lines import line_of
from krmfn.imagepull.explanation.images import ExplainedImage, State
from krmfn.imagepull.images.staleness import Staleness
from krmfn.imagepull.kinds import Origin
from krmfn.imagepull.verdicts import Delivery
from krmfn.krm.results import visible

_MOST = 3
"""Places of an image that are shown; `--wide` shows all."""
_NARROWEST = 40
_STALE = {
    Staleness.LATEST: "nodes may keep an old image of the tag latest",
    Staleness.PINNED: "each start asks the registry, although the image is pinned",
}
_Group = Sequence[LocatedImage]


def overview(reports: Sequence[FileReport], located: Sequence[LocatedImage]) -> bytes:  # noqa: ARG001 - as all formats
    """A line for each image with what is decided about it, and below it the first places that name it."""
    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    lines = (_cut(line, width) for line in _lines(located))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _lines(located: Sequence[LocatedImage]) -> Iterator[str]:
    groups = _grouped(located)
    open_ones = [group for group in groups if _concerns(group[0].image)]
    if open_ones:
        yield from _section("needs attention", open_ones)
    by_registry: dict[str, list[_Group]] = {}
    for group in groups:
        if group not in open_ones:
            by_registry.setdefault(name_of(group[0].image) or "no image", []).append(group)
    for name, found in sorted(by_registry.items(), key=lambda item: (item[0] in (OPEN, INVALID), item[0])):
        yield from _section(visible(name), found)


def _section(title: str, groups: Sequence[_Group]) -> Iterator[str]:
    places = sum(map(len, groups))
    images = len({group[0].image.reference.text for group in groups})
    yield f"{title}: {images} image{'s' * (images != 1)} in {places} place{'s' * (places != 1)}"
    for group in groups:
        image = group[0].image
        yield f"  {visible(image.reference.text) or '-'}  {visible(_decided(image))}"
        yield from (f"      ! {visible(concern)}" for concern in _concerns(image))
        yield from (f"    {_place(one)}" for one in group[:_MOST])
        if len(group) > _MOST:
            yield f"    … and {len(group) - _MOST} more (--wide shows all)"
    yield ""


def _grouped(located: Iterable[LocatedImage]) -> list[_Group]:
    """The images by all that is shown of them, by name."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[LocatedImage]] = {}
    for one in located:
        key = one.image.reference.text, _decided(one.image), _concerns(one.image)
        groups.setdefault(key, []).append(one)
    return [groups[key] for key in sorted(groups)]


def _decided(image: ExplainedImage) -> str:
    """`- → Always, + regcred`."""
    secrets = [
        f"+ {secret.name}" if secret.delivery in (Delivery.ADDED, Delivery.ATTACHED) else secret.name
        for secret in image.pull_secrets.to_be
        if secret.delivery is not Delivery.MISSED
    ]
    decided = policy(image)
    told = "no policy" if decided == "-" else decided
    return ", ".join((told, *(secrets or ["no pull secret"]), *map(other_change, image.other_changes)))


def _concerns(image: ExplainedImage) -> tuple[str, ...]:
    """What an operator should know of an image before anything else."""
    found = [CREDENTIALS[image.credentials]] if image.credentials in CREDENTIALS and not image.nodes_can_pull else []
    missed = [secret for secret in image.pull_secrets.to_be if secret.delivery is Delivery.MISSED]
    found += [f"{secret.name} does not reach its pods: {secret.why}" for secret in missed]
    if image.policy.stale:
        found.append(f"{image.policy.now}: {_STALE[image.policy.stale]}")
    if image.reference.state is State.INVALID:
        found.append("no valid image reference: the kubelet refuses it")
    if image.reference.state is State.TEMPLATED and not image.policy.to_be:
        found.append("filled in later, so its default policy is not known")
    if image.origin == Origin.STRUCTURE:
        found.append(f"unknown kind {image.resource.api_version} {image.resource.kind}: it looks like a pod spec")
    if any(one.image != image.reference for one in image.runs) and not image.policy.to_be:
        found.append(f"builds replace it: {'; '.join(map(running, image.runs[:_MOST]))}")
    return tuple(found)


def _place(one: LocatedImage) -> str:
    name = f" ({one.image.container})" if one.image.container else ""
    return f"{line_of(one.path, one.line)}  {visible(f'{one.image.resource}{name}')}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
