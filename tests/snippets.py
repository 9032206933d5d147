"""The blocks of code in a page of docs, and how each of them is run.

The language says how, or the comment on the line before:

    yaml, python, …      a file, whose name is the comment in its first line
    console              commands behind `$ `, each with its output; errors are part of it
    sh                   commands that end with 0, or with the N of a comment `exit code N`
    python               with `>>>`: a doctest
    diff                 what krmfn makes of the lines without `+`, with the pull secret regcred

    <!-- writes: NAME -->          it is a file, and has no place for a comment
    <!-- in: FOLDER -->            run in a copy of this folder, by its path in the repository
    <!-- stand-ins: a b -->        these programs are not there: something stands in for them
    <!-- runs: FILE -->            a test runs these lines; they stand in this file of the repository
    <!-- not run: why -->          that
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^(?:<!-- (?P<how>writes|in|stand-ins|runs|not run): (?P<what>[^\n]*) -->\n)?"
    r"(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# ([\w./-]+)\n")
_CODE = re.compile(r"#.*\bexit code (\d+)")


_METAVAR = re.compile(r"(-[\w-]+) [A-Z][A-Z/\[\]]*(?=, -)")


def comparable(text: str) -> list[str]:
    """The words of a page, without what Python's versions print differently in helps.

    They break lines at different places, and from 3.13 on only the last name of an option has its argument.
    """
    return _METAVAR.sub(r"\1", text).split()


@dataclass(frozen=True)
class Block:
    """A block of code; `start` and `end` are where its text stands in the page."""

    language: str
    text: str
    how: str
    what: str
    start: int
    end: int

    @property
    def file(self) -> str:
        """The name of the file that it is; empty when it is none."""
        if self.how == "writes":
            return self.what
        named = _FILE.match(self.text)
        return named[1] if named and self.language not in ("console", "sh", "diff") else ""

    @property
    def is_doctest(self) -> bool:
        return self.language == "python" and ">>>" in self.text

    def commands(self) -> Iterator[tuple[str, int]]:
        """The lines of a block of sh, each with the exit code that it says."""
        for line in self.text.splitlines():
            code = _CODE.search(line)
            yield line, int(code[1]) if code else 0

    def sessions(self) -> Iterator[tuple[str, str]]:
        """The commands of a console, each with its output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def blocks(text: str) -> Iterator[Block]:
    """Those of a page, in their order."""
    for match in _BLOCK.finditer(text):
        yield Block(
            match["language"],
            match["text"],
            match["how"] or "",
            match["what"] or "",
            match.start("text"),
            match.end("text"),
        )
