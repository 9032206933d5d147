"""Entries of `images:` in a kustomization, and what they make of an image.

The rules are those of kustomize's image filter (api/image, api/filters/imagetag); tests hold them against the real one.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from krmfn.files.builds.expressions import matches
from krmfn.imagepull.builds import UNKNOWN

_TAG_AND_DIGEST = r"(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?"


class ImageRule(NamedTuple):
    """One entry.

    Attributes:
        name: an expression for the name, the tag too if it has one.
        new_name, new_tag, digest, tag_suffix: as in the kustomization; empty when absent.
        image: the whole image instead, as a command has it that fills in an image later.
    """

    name: str
    new_name: str = ""
    new_tag: str = ""
    digest: str = ""
    tag_suffix: str = ""
    image: str = ""

    def applied(self, image: str, *, is_open: bool = False) -> str:
        """What becomes of an image: itself when the rule is not about it, `UNKNOWN` when krmfn cannot tell.

        `is_open`: something before the rule fills in what stands in the image as `${…}`, so that any tag may match.
        """
        is_match = matches(self.name, image, _TAG_AND_DIGEST)
        if is_match is False and is_open:
            is_match = matches(self.name, split(image)[0])
        if not is_match:
            return UNKNOWN if is_match is None else image
        if self.image:
            return self.image
        name, tag, digest = split(image)
        if self.new_tag or self.digest:
            tag, digest = self.new_tag, self.digest
        elif self.tag_suffix:
            tag, digest = tag + self.tag_suffix, ""
        return (self.new_name or name) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def split(image: str) -> tuple[str, str, str]:
    """Name, tag and digest, as kustomize splits an image: at the first colon behind the registry."""
    name, _, digest = image.partition("@")
    registry, slash, rest = name.partition("/")
    if not slash or not registry:
        registry, slash, rest = "", "", name
    rest, _, tag = rest.partition(":")
    return registry + slash + rest, tag, digest


def rules_in(entries: Any) -> Iterator[ImageRule]:
    """The rules in a list of entries as plain data. kustomize reads keys whatever their case."""
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        text = {key.lower(): str(value) for key, value in entry.items() if value and isinstance(value, str)}
        if name := text.get("name"):
            new = (text.get(key, "") for key in ("newname", "newtag", "digest", "tagsuffix"))
            yield ImageRule(name, *new)


def set_over(rules: Iterable[ImageRule], new: Iterable[ImageRule]) -> tuple[ImageRule, ...]:
    """The rules as `kustomize edit set image` leaves them, once it has set new ones, sorted by name.

    Of old ones with one name the first stays, of new ones the last.
    """
    found: dict[str, ImageRule] = {rule.name: rule for rule in new}
    for rule in rules:
        found.setdefault(rule.name, rule)
    return tuple(found[name] for name in sorted(found))


def put_over(rules: Iterable[ImageRule], new: Iterable[ImageRule]) -> tuple[ImageRule, ...]:
    """The rules as Flux leaves them: each new one in the place of the first of its name, or behind all."""
    found = list(rules)
    for rule in new:
        same = [i for i, own in enumerate(found) if own.name == rule.name]
        at = same[0] if same else len(found)
        found[at : at + 1] = [rule]
    return tuple(found)


_SET = re.compile(r"(?P<name>[^=]*)=(?P<new>.*)", re.DOTALL)


def from_argument(argument: str) -> ImageRule | None:
    """What `kustomize edit set image ARGUMENT` sets: `NAME=NEW:TAG`, `NAME:TAG`, `NAME@DIGEST`. None for nothing."""
    set_to = _SET.fullmatch(argument)
    name, new = (set_to["name"], set_to["new"]) if set_to else (split(argument)[0], argument)
    if not name or not new:
        return None
    new_name, tag, digest = split(new)
    if _is_filled_in(new_name):
        return ImageRule(name, image=new)
    if set_to is None:
        new_name = ""
    tag = "" if tag == "*" else tag
    return ImageRule(name, new_name if new_name not in ("", "*") else "", tag, digest)


def _is_filled_in(text: str) -> bool:
    return "$" in text or "{{" in text
