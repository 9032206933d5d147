"""What krmfn says is shown on one line, and nothing in it commands a terminal or a CI server."""

import pytest

from krmfn.krm.results import visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown", "line"),
    [
        ("a: b", "a: b", "a: b"),
        ("ä: 😀", "ä: 😀", "ä: 😀"),
        ("a\nb\t\x1b[31m\u202e", r"a\nb\t\x1b[31m\u202e", r"a\nb\t\x1b[31m\u202e"),
        ("a ##vso[b]", r"a \x23#vso[b]", r"a \x23#vso[b]"),
        ("::error::a", "::error::a", r"\x3a:error::a"),
        ("  ::error::a", "  ::error::a", r"  \x3a:error::a"),
        ("\uff03a", "\uff03a", r"\uff03a"),
        ("", "", ""),
    ],
    ids=["plain", "other-letters", "controls", "azure", "github", "github-behind-blanks", "no-letter", "nothing"],
)
def test_it_is_shown_and_not_obeyed(text: str, shown: str, line: str) -> None:
    assert (visible(text), visible_line(text)) == (shown, line)
