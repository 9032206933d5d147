"""Several changes of one piece: where they meet, and what aliases carry further."""

from collections.abc import Callable, Sequence

import pytest

from krmfn.errors import Unplaceable
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import AddKey, Beside, Change
from krmfn.splice.edits import Edit, apply_edits
from krmfn.splice.inner_text import InnerText
from krmfn.splice.nodes import MappingNode, ScalarNode
from krmfn.splice.pieces import Document, Piece
from krmfn.splice.source import line_and_column, lines_and_columns
from krmfn.splice.splicing import Splicing

BASE = "base: &base {a: 1}\n"


def spliced(text: str, changes: Callable[[MappingNode], Sequence[Change]]) -> str:
    """The text with the changes to the mapping at `map`."""
    (root,) = parsing.compose(text)
    mapping = nodes.child(root, "map")
    assert isinstance(mapping, MappingNode)
    wanted = [(0, change) for change in changes(mapping)]
    splicing = Splicing(Piece(text, 0, (root,), (Document(text, 0, root, 0),)), wanted)
    for _, change in wanted:
        splicing.make(change)
    return apply_edits(text, splicing.edits.values())


def keys(*names: str, value: str = "v", after: tuple[str, ...] = ()) -> Callable[[MappingNode], Sequence[Change]]:
    return lambda mapping: [AddKey(f"map.{name}", mapping, name, value, Beside(after=after)) for name in names]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("map:\n  a: 1\n", "map:\n  a: 1\n  u: v\n  w: v\n"),
        ("map: {a: 1}\n", "map: {a: 1, u: v, w: v}\n"),
        ("map: {a: {}}\n", "map: {a: {}, u: v, w: v}\n"),
        ("map: {a: 1, }\n", "map: {a: 1, u: v, w: v, }\n"),
        ("map: {\n  a: 1\n}\n", "map: {\n  a: 1,\n  u: v,\n  w: v\n}\n"),
        ("map: {\n  a: 1,\n}\n", "map: {\n  a: 1,\n  u: v,\n  w: v,\n}\n"),
        ("map: {\n  a: 1 # of a\n}\n", "map: {\n  a: 1, # of a\n  u: v,\n  w: v\n}\n"),
        ("map: {}\n", "map: {u: v, w: v}\n"),
        ("map: { }\n", "map: { u: v, w: v}\n"),
        (BASE + "map: {<<: *base, b: 1}\n", BASE + "map: {<<: *base, b: 1, u: v, w: v}\n"),
        (BASE + "map:\n  b: 1\n  <<: *base\n", BASE + "map:\n  b: 1\n  <<: *base\n  u: v\n  w: v\n"),
    ],
)
def test_new_keys_of_one_mapping_stand_one_after_the_other(text: str, edited: str) -> None:
    assert spliced(text, keys("u", "w")) == edited


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("map:\n  b: 1\n  <<: *base\n", "map:\n  b: 1\n  <<: *base\n  a: v\n"),
        ("map: {b: 1, <<: *base}\n", "map: {b: 1, <<: *base, a: v}\n"),
    ],
)
def test_a_new_key_stands_behind_a_merge_that_sets_it_too(text: str, edited: str) -> None:
    assert spliced(BASE + text, keys("a", after=("b",))) == BASE + edited


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("map: &map {a: 1}\nother: *map\n", "an alias shares it with `other`, which is not to change"),
        (
            "map: &map {a: 1}\nother: {<<: *map}\n",
            "another mapping takes it over by `<<` and would get the new value too",
        ),
        (
            "map: &map {a: 1}\nother: {u: 1, <<: *map}\n",
            "another mapping has the same key before a `<<` that merges this one",
        ),
    ],
)
def test_a_mapping_that_another_place_has_too_stays(text: str, reason: str) -> None:
    with pytest.raises(Unplaceable) as caught:
        spliced(text, keys("u"))
    assert str(caught.value) == reason


def test_one_mapping_gets_one_value_for_a_key() -> None:
    def two_values(mapping: MappingNode) -> Sequence[Change]:
        return [*keys("u")(mapping), *keys("u", value="w")(mapping)]

    assert spliced("map: {a: 1}\n", lambda mapping: [*keys("u")(mapping)] * 2) == "map: {a: 1, u: v}\n"
    with pytest.raises(Unplaceable) as caught:
        spliced("map: {a: 1}\n", two_values)
    assert str(caught.value) == "it is shared with another place by an alias, and the two need different values"


@pytest.mark.parametrize(
    ("text", "edits", "edited"),
    [
        ("a: |\n  b\n\n  c\n", [Edit(2, 2, "x")], "a: |\n  b\n  x\n  c\n"),
        ("a: |\n  b\n \n  c\n", [Edit(2, 2, "x")], "a: |\n  b\n  x\n  c\n"),
        ("a: |\r\n  b\r\n  c\r\n", [Edit(2, 2, "x\ny")], "a: |\r\n  b\r\n  x\r\n  yc\r\n"),
        ("a: |\n  b\n  c\n", [Edit(0, 1, "x\n\ny")], "a: |\n  x\n\n  y\n  c\n"),
        ("a: |\n  b\n  c\n", [Edit(2, 2, "x\n\n")], "a: |\n  b\n  x\n\n  c\n"),
        ("a: |\n  b\n", [Edit(2, 2, "x\n")], "a: |\n  b\n  x\n"),
        ("a: 'b''c'\n", [Edit(1, 2, "'x'")], "a: 'b''x''c'\n"),
        ('a: "b\\tc"\n', [Edit(1, 2, '"\u2028\n')], 'a: "b\\"\\u2028\\nc"\n'),
    ],
)
def test_text_in_a_scalar_is_edited_in_its_style(text: str, edits: list[Edit], edited: str) -> None:
    (root,) = parsing.compose(text)
    node = nodes.child(root, "a")
    assert isinstance(node, ScalarNode)
    inner = InnerText(text, node)
    assert apply_edits(text, inner.edits(edits)) == edited
    for position, letter in enumerate(inner.value):
        if letter.isalpha():
            assert text[inner.position(position)] == letter


def test_lines_and_columns_of_many_positions_are_those_of_each() -> None:
    text = "a\nbc\n\nd\r\n\u2028e"
    positions = [0, 0, 1, 2, 3, 3, 5, 6, 8, 9, 10]
    assert list(lines_and_columns(text, positions)) == [line_and_column(text, position) for position in positions]
