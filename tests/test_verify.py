"""Wrong edits: for each check of `verify` and of the splice one that no other check notices."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from krmfn.errors import VerificationError
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import AddKey, AppendItems, Beside, Change, RemoveKeys, ReplaceScalar
from krmfn.splice.edits import Edit, apply_edits, joined
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.verify import verify

Announced = Callable[[MappingNode], Sequence[Change | RemoveKeys]]

TEXT = """\
first: 1
list:
- x
map:
  inner: 2
  other: 3
last: 4
"""


def nothing(_: MappingNode) -> Sequence[Change | RemoveKeys]:
    return ()


def at(root: MappingNode, key: str) -> Node:
    value = nodes.child(root, key)
    assert value is not None
    return value


def mapping(root: MappingNode, key: str) -> MappingNode:
    value = at(root, key)
    assert isinstance(value, MappingNode)
    return value


def sequence(root: MappingNode, key: str) -> SequenceNode:
    value = at(root, key)
    assert isinstance(value, SequenceNode)
    return value


def added(value: object) -> Announced:
    return lambda root: [AddKey("map.new", mapping(root, "map"), "new", value, Beside())]


def appended(*items: object) -> Announced:
    return lambda root: [AppendItems("list", sequence(root, "list"), items)]


def replaced(value: object) -> Announced:
    def changes(root: MappingNode) -> Sequence[Change]:
        own = at(root, "first")
        assert isinstance(own, ScalarNode)
        return [ReplaceScalar("first", root, "first", own, value)]

    return changes


def removed(*keys: str) -> Announced:
    return lambda root: [RemoveKeys(mapping(root, "map"), keys)]


class Wrong(NamedTuple):
    """An edit that puts `new` in the place of `old`, which stands once in the text; something else is announced."""

    old: str
    new: str
    announced: Announced
    message: str
    text: str = TEXT


NUMBER_OF_KEYS = "the number of keys is not the announced one"
NUMBER_OF_ITEMS = "the number of items is not the announced one"
NEW_KEYS = "the new keys are not the announced ones"
NEW_ITEM = "an appended item is not the announced one"
NEW_VALUE = "a value is not the announced one"
SCALAR, TYPE, ALIAS = "a scalar changed", "its type changed", "an alias changed"
SHARED = "one: &a [1]\ntwo: &b [2]\nthree: *a\nmap: {x: 1}\n"

WRONG = {
    "a scalar has another value": Wrong("first: 1", "first: 2", nothing, SCALAR),
    "a scalar has other quotes": Wrong("first: 1", 'first: "1"', nothing, SCALAR),
    "a key has another name": Wrong("inner", "outer", nothing, SCALAR),
    "two keys have changed places": Wrong("a: 1, b: 1", "b: 1, a: 1", nothing, SCALAR, "{a: 1, b: 1}"),
    "a scalar is a list": Wrong("first: 1", "first: [1]", nothing, TYPE),
    "a scalar is nothing": Wrong("first: 1", "first:", nothing, SCALAR),
    "a scalar has a tag": Wrong("first: 1", "first: !!str 1", nothing, TYPE),
    "a list has a tag": Wrong("list:", "list: !!set", nothing, TYPE),
    "an alias is written out": Wrong("*a", "[1]", nothing, ALIAS, SHARED),
    "an alias of something else": Wrong("*a", "*b", nothing, ALIAS, SHARED),
    "a list is an alias": Wrong("&b [2]", "*a", nothing, ALIAS, SHARED),
    "a key that nobody announced": Wrong("other: 3", "other: 3\n  more: 1", nothing, NUMBER_OF_KEYS),
    "a key too many beside the new one": Wrong("other: 3", "other: 3\n  new: y\n  more: 1", added("y"), NUMBER_OF_KEYS),
    "a key has gone": Wrong("  other: 3\n", "", nothing, NUMBER_OF_KEYS),
    "a key at the edge of an entry": Wrong("last: 4", "more: 1\nlast: 4", nothing, NUMBER_OF_KEYS),
    "the new key is not there": Wrong("other: 3", "other: 3 # new", added("y"), NEW_KEYS),
    "the new key is elsewhere": Wrong("last: 4", "last: 4\nnew: y", added("y"), NUMBER_OF_KEYS),
    "the new key stands twice": Wrong("other: 3", "other: 3\n  new: y\n  new: y", added("y"), NEW_KEYS),
    "the new key has another value": Wrong("other: 3", "other: 3\n  new: z", added("y"), NEW_KEYS),
    "the new value is no string": Wrong("other: 3", "other: 3\n  new: true", added("true"), NEW_KEYS),
    "the new value is a string": Wrong("other: 3", 'other: 3\n  new: "3"', added(3), NEW_KEYS),
    "the new value has one key too few": Wrong("other: 3", "other: 3\n  new: {}", added({"a": "b"}), NEW_KEYS),
    "the new value has another key": Wrong("other: 3", "other: 3\n  new: {c: b}", added({"a": "b"}), NEW_KEYS),
    "the new value has another inner value": Wrong("other: 3", "other: 3\n  new: {a: c}", added({"a": "b"}), NEW_KEYS),
    "the new value has one item too many": Wrong("other: 3", "other: 3\n  new: [a, b]", added(["a"]), NEW_KEYS),
    "the new value is a mapping": Wrong("other: 3", "other: 3\n  new: {a: b}", added(["a"]), NEW_KEYS),
    "the new value is a list": Wrong("other: 3", "other: 3\n  new: [a]", added({"a": "b"}), NEW_KEYS),
    "the new value is nothing": Wrong("other: 3", "other: 3\n  new:", added(""), NEW_KEYS),
    "an item that nobody announced": Wrong("- x", "- x\n- y", nothing, NUMBER_OF_ITEMS),
    "an item has gone": Wrong("\n- x", " []", nothing, NUMBER_OF_ITEMS),
    "the new item is not there": Wrong("- x", "- x # y", appended("y"), NUMBER_OF_ITEMS),
    "the new item stands before the others": Wrong("- x", "- y\n- x", appended("y"), SCALAR),
    "the new item is another one": Wrong("- x", "- x\n- z", appended("y"), NEW_ITEM),
    "the second new item is another one": Wrong("- x", "- x\n- y\n- y", appended("y", "z"), NEW_ITEM),
    "the new value was not written": Wrong("list:", "list: # 2", replaced("2"), NEW_VALUE),
    "another new value was written": Wrong("first: 1", "first: 3", replaced("2"), NEW_VALUE),
    "the key did not go": Wrong("last: 4", "last: 4 # inner", removed("inner"), NUMBER_OF_KEYS),
    "another key went": Wrong("  other: 3\n", "", removed("inner"), SCALAR),
    "a document more": Wrong("last: 4\n", "last: 4\n---\na: b\n", nothing, "another number of documents"),
    "no YAML any more": Wrong("list:", "list: {", nothing, "the edited text does not parse"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_edit_is_noticed(loader: str, wrong: Wrong) -> None:
    assert loader
    with pytest.raises(VerificationError, match=wrong.message):
        verified(wrong)


@pytest.mark.parametrize(
    "right",
    [
        Wrong("other: 3", 'other: 3\n  new: "true"', added("true"), ""),
        Wrong("other: 3", "other: 3\n  new: {a: [1, true, x]}", added({"a": [1, True, "x"]}), ""),
        Wrong("- x", "- x\n- y\n- z", appended("y", "z"), ""),
        Wrong("first: 1", "first: two # c", replaced("two"), ""),
        Wrong("  inner: 2\n", "", removed("inner"), ""),
        Wrong("three: *a", "three: *a # c", nothing, "", SHARED),
    ],
)
def test_a_right_edit_is_not(loader: str, right: Wrong) -> None:
    assert loader
    verified(right)


def verified(edit: Wrong) -> None:
    assert edit.text.count(edit.old) == 1
    (root,) = parsing.compose(edit.text)
    assert isinstance(root, MappingNode)
    start = edit.text.index(edit.old)
    verify([root], edit.text, [Edit(start, start + len(edit.old), edit.new)], edit.announced(root))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([Edit(0, 3, "a"), Edit(2, 4, "b")], "two edits meet"),
        ([Edit(1, 1, "a"), Edit(1, 1, "b")], "two edits meet"),
        ([Edit(1, 2, "a"), Edit(1, 1, "b")], "two edits meet"),
        ([Edit(7, 8, "a")], "reaches out of the text"),
        ([Edit(-1, 0, "a")], "two edits meet"),
        ([Edit(3, 2, "a")], "reaches out of the text"),
    ],
)
def test_edits_that_contradict_each_other_or_the_text(edits: list[Edit], message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        apply_edits("abcdefg", edits)


def test_insertions_at_one_position_are_joined_and_nothing_else_is() -> None:
    assert joined([Edit(1, 1, "a"), Edit(1, 1, "b")]) == (Edit(1, 1, "ab"),)
    for edits in ([Edit(1, 2, "a"), Edit(1, 1, "b")], [Edit(1, 1, "a"), Edit(1, 2, "b")]):
        with pytest.raises(VerificationError, match="two edits meet"):
            joined(edits)
