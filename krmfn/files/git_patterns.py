"""Match the patterns of `.gitignore` as Git's `dir.c` and `wildmatch.c` do, in linear time.

Git matches bytes, so texts here have one character for each byte (Latin-1).
"""

import os
import string
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from krmfn.krm.globs import ANY, STAR, STARS, Glob, Step

_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "digit": string.digits,
    "graph": string.ascii_letters + string.digits + string.punctuation,
    "lower": string.ascii_lowercase,
    "print": string.ascii_letters + string.digits + string.punctuation + " ",
    "punct": string.punctuation,
    "space": string.whitespace,
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}
_EVERY = Glob.of([STAR])


class _Rule(NamedTuple):
    """A line: globs for the elements of a path; None stands for any number of elements.

    If `anywhere`, there is one glob, for the last element.
    """

    ignores: bool
    only_folders: bool
    anywhere: bool
    globs: tuple[Glob | None, ...]

    def matches(self, elements: Sequence[str], is_folder: bool) -> bool:
        if self.only_folders and not is_folder:
            return False
        if self.anywhere:
            return self.globs[0] is None or self.globs[0].matches(elements[-1])
        return _match(self.globs, elements)


class Patterns:
    """The patterns of one file."""

    def __init__(self, data: bytes) -> None:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
        # Not `splitlines`: Git splits only at line feeds, and names may contain other line breaks.
        rules = [rule for line in text.split("\n") if (rule := _rule(line.removesuffix("\r")))]
        self._rules = rules[::-1]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def ignores(self, path: str, is_folder: bool) -> bool | None:
        """Whether the last pattern that matches a path, relative to the file's folder, ignores it; None without one.

        Patterns that match folders above do not count here: the caller asks about each folder first.
        """
        elements = os.fsencode(path).decode("latin-1").split("/")
        return next((rule.ignores for rule in self._rules if rule.matches(elements, is_folder)), None)


def _match(globs: Sequence[Glob | None], elements: Sequence[str]) -> bool:
    """Whether the globs match all elements. Backtracking only to the last None is enough."""
    i = j = 0
    last, taken = -1, 0
    while j < len(elements):
        glob = globs[i] if i < len(globs) else _END
        if glob is None:
            last, taken = i, j
            i += 1
        elif glob.matches(elements[j]):
            i, j = i + 1, j + 1
        elif last >= 0:
            taken += 1
            i, j = last + 1, taken
        else:
            return False
    return all(glob is None for glob in globs[i:])


_END = Glob("/", (), "")
"""A glob that matches no element."""


def _rule(line: str) -> _Rule | None:
    """The rule of a line; None when it is blank, a comment, or a pattern that cannot match."""
    text = _without_blanks_at_end(line.partition("\0")[0])
    ignores = not text.startswith("!")
    pattern = text.removeprefix("!").removesuffix("/")
    if not text or text.startswith("#"):
        return None
    anywhere = "/" not in pattern
    steps = list(_steps(pattern.removeprefix("/")))
    if None in steps:
        return None
    globs = [_glob(element, anywhere) for element in _elements([step for step in steps if step is not None])]
    if not anywhere and globs[-1] is None:
        globs.append(_EVERY)  # `a/**` matches everything below the folder, but not the folder
    return _Rule(ignores, only_folders=text.endswith("/"), anywhere=anywhere, globs=tuple(globs))


def _without_blanks_at_end(line: str) -> str:
    """The line without blanks at its end; a blank after a backslash is kept."""
    kept = line.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " * (backslashes % 2 and len(kept) < len(line))


def _elements(steps: Sequence[Step | str]) -> Iterator[list[Step | str]]:
    element: list[Step | str] = []
    for step in steps:
        if step == "/":
            yield element
            element = []
        else:
            element.append(step)
    yield element


def _glob(element: Sequence[Step | str], anywhere: bool) -> Glob | None:
    """The glob of an element; None for `**`, any number of elements. In other places, `**` is a star."""
    if not anywhere and list(element) == [STARS]:
        return None
    return Glob.of([STAR if step == STARS else step for step in element])


def _steps(pattern: str) -> Iterator[Step | str | None]:
    """The characters and steps of a pattern; None if it cannot match. `STARS` is two or more stars."""
    i = 0
    while i < len(pattern):
        char = pattern[i]
        i += 1
        if char == "\\":
            yield pattern[i] if i < len(pattern) else None
            i += 1
        elif char == "*":
            stop = len(pattern) - len(pattern[i:].lstrip("*"))
            yield STARS if stop > i else STAR
            i = stop
        elif char == "?":
            yield ANY
        elif char == "[":
            step, i = _set(pattern, i)
            yield step
        else:
            yield char


def _set(pattern: str, i: int) -> tuple[Step | None, int]:
    """The step of a set whose first character is at `i`, and the position after it; no step for an unclosed set."""
    negated = pattern[i : i + 1] in ("!", "^")
    i += negated
    characters = set()
    previous = ""
    first = True
    while i < len(pattern) and (first or pattern[i] != "]"):
        first = False
        char = pattern[i]
        if char == "\\":
            i += 1
            char = pattern[i : i + 1]
            characters |= {char}
        elif char == "-" and previous and pattern[i + 1 : i + 2] not in ("", "]"):
            i += 2 if pattern[i + 1] == "\\" else 1
            characters |= {chr(code) for code in range(ord(previous), ord(pattern[i : i + 1] or "\0") + 1)}
            char = ""
        elif pattern.startswith("[:", i):
            stop = pattern.find("]", i + 2)
            if stop < 0:
                return None, len(pattern)
            if stop > i + 2 and pattern[stop - 1] == ":":
                if (name := pattern[i + 2 : stop - 1]) not in _CLASSES:
                    return None, len(pattern)
                characters |= set(_CLASSES[name])
                i, char = stop, ""
            else:
                characters |= {"["}
        else:
            characters |= {char}
        previous = char
        i += 1
    if i >= len(pattern):
        return None, len(pattern)
    found = characters | {"/"} if negated else characters - {"/"}
    return Step(frozenset(found), negated), i + 1
