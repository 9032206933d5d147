"""Keys taken out of a mapping: what goes, what stays as it is, and what is refused. The proof is `verify`'s."""

import pytest

from krmfn.errors import Unplaceable
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import RemoveEntries
from krmfn.splice.edits import apply_edits
from krmfn.splice.nodes import MappingNode
from krmfn.splice.placement.removal import remove_entries
from krmfn.splice.verify import verify


def without(text: str, *keys: str) -> str:
    """The text without these keys of the mapping at `map`."""
    roots = tuple(parsing.compose(text))
    mapping = nodes.child(roots[0], "map")
    assert isinstance(mapping, MappingNode)
    removal = RemoveEntries("map", mapping, keys)
    edits = remove_entries(text, removal)
    verify(roots, text, edits, [removal])
    return apply_edits(text, edits)


BLOCK = "map:\n  a: 1 # of a\n  # of b\n  b: [2]\n  c: *x\n  d:\n    e: 3\n"
SHOWN = f"x: &x 0\n{BLOCK}"


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "keys", "left"),
    [
        (SHOWN, "a", SHOWN.replace("  a: 1 # of a\n", "")),
        (SHOWN, "b", SHOWN.replace("  b: [2]\n", "")),
        (SHOWN, "c", SHOWN.replace("  c: *x\n", "")),
        (SHOWN, "d", SHOWN.replace("  d:\n    e: 3\n", "")),
        (SHOWN, "ac", SHOWN.replace("  a: 1 # of a\n", "").replace("  c: *x\n", "")),
        ("x: &x 0\nmap:\n  a:\n    b: *x # of b\n  c: 1\n", "a", "x: &x 0\nmap:\n  c: 1\n"),
        ("map:\r\n  a: 1\r\n  b: 2", "b", "map:\r\n  a: 1\r\n"),
        ("map:\n  a: &x 1\n  b: 2\n", "a", "map:\n  b: 2\n"),
        ("? map\n: a: 1\n  b: 2\n", "a", "? map\n: b: 2\n"),
        ("list:\n- map: 1\nmap: !!map\n  a: 1\n  b: |\n    2\n", "b", "list:\n- map: 1\nmap: !!map\n  a: 1\n"),
        ("map: {a: 1, b: 2, c: 3}", "a", "map: {b: 2, c: 3}"),
        ("map: {a: 1, b: 2, c: 3}", "b", "map: {a: 1, c: 3}"),
        ("map: {a: 1, b: 2, c: 3}", "bc", "map: {a: 1}"),
        ("map: {a: 1, b: 2, c: 3}", "ac", "map: {b: 2}"),
        ("map: {a: 1, b: 2, }", "b", "map: {a: 1, }"),
        ("x: &x 0\nmap: {a: *x, b: *x}", "a", "x: &x 0\nmap: {b: *x}"),
        ("x: &x 0\nmap: {a: *x, b: *x}", "b", "x: &x 0\nmap: {a: *x}"),
        ("map: {\n  a: 1, # of a\n  b: 2, # of b\n  c: 3\n}", "b", "map: {\n  a: 1, # of a\n  c: 3\n}"),
        (
            "map: {\n  a: 1 # of a\n  , # of the comma\n  b: 2\n}",
            "b",
            "map: {\n  a: 1 # of a\n   # of the comma\n}",
        ),
    ],
    ids=[
        "a-comment-on-its-line",
        "below-a-comment",
        "an-alias",
        "lines-below",
        "not-neighbours",
        "an-alias-below",
        "without-an-end-of-line",
        "an-anchor-that-nothing-refers-to",
        "a-compact-mapping",
        "a-block-scalar",
        "flow-first",
        "flow-among",
        "flow-last-ones",
        "flow-around",
        "flow-before-a-last-comma",
        "flow-alias-first",
        "flow-alias-last",
        "flow-comments",
        "flow-comma-behind-a-comment",
    ],
)
def test_keys_go_and_nothing_else(text: str, keys: str, left: str) -> None:
    assert without(text, *keys) == left


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "keys", "reason"),
    [
        ("map: {a: 1}", "a", "no entry would be left beside it"),
        (
            "map:\n  a: &x 1\n  b: *x\n",
            "a",
            "the removed part has, or seems to have, an anchor that an alias refers to",
        ),
        ("map:\n  ? a\n  : 1\n  b: 2\n", "a", r"the removed part has a key after a `\?`"),
        ("map:\n  ?\n    a\n  : 1\n  b: 2\n", "a", r"the removed part has a key after a `\?`"),
        ("map:\n  &k a:\n    *k\n  b: 2\n", "a", "the value is an alias in an unusual place"),
        ("x: &x 1\nmap:\n  b: 2\n  a:\n    *x\n", "a", "the value is an alias in an unusual place"),
    ],
    ids=[
        "all",
        "an-anchor",
        "an-explicit-key",
        "a-key-below-its-mark",
        "an-alias-of-the-key",
        "an-alias-below-its-key",
    ],
)
def test_what_cannot_go_with_certainty_stays(text: str, keys: str, reason: str) -> None:
    with pytest.raises(Unplaceable, match=f"^{reason}$"):
        without(text, *keys)
