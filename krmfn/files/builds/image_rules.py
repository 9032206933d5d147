"""Entries of `images:` in a kustomization, and how they change an image.

This follows kustomize's image filter (api/image, api/filters/imagetag); tests compare it with the real one.
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
        name: a regular expression for the name, and for the tag if it has one.
        new_name, new_tag, digest, tag_suffix: as in the kustomization; empty when absent.
        image: the whole new image, instead of these, for a command that fills in the image later.
    """

    name: str
    new_name: str = ""
    new_tag: str = ""
    digest: str = ""
    tag_suffix: str = ""
    image: str = ""

    def applied(self, image: str, *, is_open: bool = False) -> str:
        """The image after the rule: unchanged when the rule does not match, `UNKNOWN` when krmfn cannot tell.

        `is_open`: an earlier step fills in a `${…}` in the image, so the rule may match any tag.
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
    """Name, tag and digest, as kustomize splits an image: at the first colon after the registry."""
    name, _, digest = image.partition("@")
    registry, slash, rest = name.partition("/")
    if not slash or not registry:
        registry, slash, rest = "", "", name
    rest, _, tag = rest.partition(":")
    return registry + slash + rest, tag, digest


def rules_in(entries: Any) -> Iterator[ImageRule]:
    """The rules in a list of entries as plain data. As in kustomize, keys may be in any case."""
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        text = {key.lower(): str(value) for key, value in entry.items() if value and isinstance(value, str)}
        if name := text.get("name"):
            new = (text.get(key, "") for key in ("newname", "newtag", "digest", "tagsuffix"))
            yield ImageRule(name, *new)


def set_over(rules: Iterable[ImageRule], new: Iterable[ImageRule]) -> tuple[ImageRule, ...]:
    """The rules after `kustomize edit set image` has set the new ones, sorted by name.

    Of several rules with the same name, the first old or the last new one is kept; a new rule wins.
    """
    found: dict[str, ImageRule] = {rule.name: rule for rule in new}
    for rule in rules:
        found.setdefault(rule.name, rule)
    return tuple(found[name] for name in sorted(found))


def put_over(rules: Iterable[ImageRule], new: Iterable[ImageRule]) -> tuple[ImageRule, ...]:
    """The rules after Flux has set new ones: each replaces the first rule of its name, or is appended."""
    found = list(rules)
    for rule in new:
        same = [i for i, own in enumerate(found) if own.name == rule.name]
        at = same[0] if same else len(found)
        found[at : at + 1] = [rule]
    return tuple(found)


_SET = re.compile(r"(?P<name>[^=]*)=(?P<new>.*)", re.DOTALL)


def from_argument(argument: str) -> ImageRule | None:
    """The rule that `kustomize edit set image ARGUMENT` sets: `NAME=NEW:TAG`, `NAME:TAG` or `NAME@DIGEST`; or None."""
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
