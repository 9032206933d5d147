"""Image patterns in settings: globs over normalised references."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from krmfn.imagepull.images.reference import (
    is_filled_in_later,
    is_registry,
    known_part,
    known_registry,
    split_domain,
)
from krmfn.krm.globs import Glob

PATTERN = re.compile(r"(?:\[[0-9a-fA-F:]+\])?[A-Za-z0-9_.*@:-]*(?:/[A-Za-z0-9_.*@:-]+)*")
"""The form of a pattern that can match an image: no scheme, no globs besides `*`, no `/` at the end; may be empty."""


class ImagePattern(NamedTuple):
    """A glob over normalised references: `*` stays within a path element, `**` crosses them.

    Examples: `registry.example.com/team/**`, `nginx` (= `docker.io/library/nginx`), `*/team/app`. `*` alone matches
    every image, like `**`. A pattern without tag and digest matches any tag; `nginx:1.*` also matches the tag. A
    pattern that begins with `!` excludes images that other patterns match.
    """

    text: str
    repository: Glob
    reference: Glob | None
    domain: Glob
    takes_away: bool

    @classmethod
    def compile(cls, pattern: str) -> "ImagePattern":
        """Read a pattern; raise `ValueError` with the accepted form if the pattern can never match."""
        text = pattern.removeprefix("!")
        if not PATTERN.fullmatch(text):
            raise ValueError(
                f"{pattern!r} is not an image pattern: expected a reference such as `registry.example.com/team/app`, "
                "with `*` or `**` as globs and an optional tag"
            )
        if not text:
            raise ValueError(f"{pattern!r} is not an image pattern: it is empty")
        head, slash, _ = text.partition("/")
        if not slash and is_registry(head.partition(":")[0]) and head != "localhost":
            raise ValueError(
                f"{pattern!r} names a registry, not an image; write {pattern + '/**'!r} for all its images"
            )
        normal = _normal("**" if text == "*" else text, head)
        last = normal.rpartition("/")[2]
        name = normal[: len(normal) - len(last)] + re.split("[:@]", last, maxsplit=1)[0]
        # `**` crosses elements, so it may match more than the registry.
        domain = Glob.read("**" if "**" in name.partition("/")[0] else name.partition("/")[0])
        whole = None if name == normal else Glob.read(normal)
        return cls(text, Glob.read(name), whole, domain, takes_away=pattern != text)

    def covers(self, image: str) -> bool | None:
        """Whether the glob matches the whole image; None if parts that are filled in later decide it.

        Only `*` and `**` match an image that is not a valid reference.
        """
        reference = known_part(image)
        is_open = is_filled_in_later(image)
        if reference is None:
            registry = known_registry(image) if is_open else None
            if self.text in ("*", "**") or not is_open:
                return self.text in ("*", "**")
            return None if registry is None or self.domain.matches(registry) else False
        if not self.repository.matches(reference.repository):
            return False
        if self.reference is None:
            return True
        return None if is_open else self.reference.matches(str(reference))


def select(patterns: Sequence[ImagePattern], image: str) -> bool | None:
    """Whether a pattern matches an image and none excludes it; None if parts that are filled in later decide it.

    If there are only excluding patterns, all other images are selected.
    """
    given = [pattern.covers(image) for pattern in patterns if not pattern.takes_away] or [True]
    taken = [pattern.covers(image) for pattern in patterns if pattern.takes_away]
    if True in taken or given == [False] * len(given):
        return False
    return True if True in given and None not in taken else None


def _normal(text: str, head: str) -> str:
    """The pattern, normalised like a reference; `head` is its first element."""
    if "/" not in text:
        return text if "**" in text else "/".join(split_domain(text))
    # A glob may match the registry; and `docker.io/**` must match more than the official images.
    if "*" in head or (is_registry(head) and "**" in text):
        return text.replace("index.docker.io/", "docker.io/", 1)
    return "/".join(split_domain(text))
