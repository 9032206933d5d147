"""Wrong edits: for each check of `verify` and of the splice one that no other check notices."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from krmfn.errors import VerificationError
from krmfn.splice import nodes, parsing
from krmfn.splice.changes import (
    AddKey,
    AppendItems,
    Beside,
    Change,
    RemoveEntries,
    ReplaceScalar,
    ReplaceValue,
)
from krmfn.splice.edits import Edit, apply_edits, joined
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.verify import verify

Announced = Callable[[Any], Sequence[Change]]

TEXT = """\
first: 1
list:
- x
map:
  inner: 2
  other: 3
last: 4
"""


def nothing(_: MappingNode) -> Sequence[Change]:
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
    return lambda root: [RemoveEntries("map", mapping(root, "map"), keys)]


def gone(*indices: int) -> Announced:
    return lambda root: [RemoveEntries("list", sequence(root, "list"), indices)]


def put(index: int, value: object) -> Announced:
    def changes(root: MappingNode) -> Sequence[Change]:
        items = sequence(root, "list")
        return [ReplaceValue(f"list[{index}]", items, index, items.value[index], value)]

    return changes


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
JSON = '- b\n- {"a": 1}\n'
ITEMS = "list:\n- x\n- y\nlast: 4\n"
ODD_KEY = "map:\n  ? [x]\n  : 1\n"
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
    "the new null is a word": Wrong("other: 3", "other: 3\n  new: y", added(None), NEW_KEYS),
    "the new null is a string": Wrong("other: 3", 'other: 3\n  new: ""', added(None), NEW_KEYS),
    "the new null is a list": Wrong("other: 3", "other: 3\n  new: []", added(None), NEW_KEYS),
    "the new number is another one": Wrong("other: 3", "other: 3\n  new: 1.25", added(1.5), NEW_KEYS),
    "the new number is a string": Wrong("other: 3", 'other: 3\n  new: "1.5"', added(1.5), NEW_KEYS),
    "the new number is a list": Wrong("other: 3", "other: 3\n  new: [1.5]", added(1.5), NEW_KEYS),
    "the new word is a list": Wrong("other: 3", "other: 3\n  new: [y]", added("y"), NEW_KEYS),
    "the new value is false": Wrong("other: 3", "other: 3\n  new: false", added(True), NEW_KEYS),
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
    "the item did not go": Wrong("last: 4", "last: 4 # x", gone(1), NUMBER_OF_ITEMS, ITEMS),
    "another item went": Wrong("- x\n", "", gone(1), SCALAR, ITEMS),
    "another item was written": Wrong("- y", "- z", put(1, "w"), "an item is not the announced one", ITEMS),
    "another item was replaced": Wrong("- x", "- w", put(1, "w"), SCALAR, ITEMS),
    "a document more": Wrong(
        "last: 4\n", "last: 4\n---\na: b\n", nothing, "the edited text has another number of documents"
    ),
    "JSON is YAML only": Wrong("1}", "1,}", nothing, "the JSON at line 2, column 3 would no longer be JSON", JSON),
    "no YAML any more": Wrong("list:", "list: {", nothing, "the edited text does not parse"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_edit_is_noticed(loader: str, wrong: Wrong) -> None:
    assert loader
    with pytest.raises(VerificationError, match=rf"^{wrong.message}(: .+| in .+ at line \d+, column \d+)?$"):
        verified(wrong)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a scalar has another value", "a scalar changed in the value '1' at line 1, column 8"),
        ("a key has another name", "a scalar changed in the string 'inner' at line 5, column 3"),
        ("a list has a tag", "its type changed in a list at line 3, column 1"),
        ("a list is an alias", "an alias changed in a list at line 2, column 6"),
        ("the new key is not there", f"{NEW_KEYS} in a mapping at line 5, column 3"),
        ("another new value was written", f"{NEW_VALUE} in the value '1' at line 1, column 8"),
        ("a document more", "the edited text has another number of documents"),
    ],
)
def test_the_message_has_the_place_in_the_old_text(name: str, message: str) -> None:
    with pytest.raises(VerificationError) as caught:
        verified(WRONG[name])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "right",
    [
        Wrong("other: 3", 'other: 3\n  new: "true"', added("true"), ""),
        Wrong("other: 3", "other: 3\n  new: {a: [1, true, x]}", added({"a": [1, True, "x"]}), ""),
        Wrong("other: 3", "other: 3\n  new: null", added(None), ""),
        Wrong("other: 3", "other: 3\n  new: 1.50", added(1.5), ""),
        Wrong("- x", "- x\n- y\n- z", appended("y", "z"), ""),
        Wrong("other: 3", "other: 3\n  new: Aa", added("Aa"), ""),
        Wrong(": 1", ": 1\n  new: y", added("y"), "", ODD_KEY),
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
    start = edit.text.index(edit.old)
    verify([root], edit.text, [Edit(start, start + len(edit.old), edit.new)], edit.announced(root))


def parsed_from_now_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gets the texts that are parsed."""
    texts: list[str] = []
    compose = parsing.compose

    def noted(text: str) -> tuple[Node, ...]:
        texts.append(text)
        return tuple(compose(text))

    monkeypatch.setattr(parsing, "compose", noted)
    return texts


TREE = """\
a: 0
b:
  c: 1
  d: 2
  e: 3
f:
- g: 4
  h: 5
- i: 6
  j: 7
  k: 8
l: {m: 9}
n: 10
"""
ITEMS = "- a: 0\n  b: 1\n- a: 2\n---\n- a: 3\n  b: 4\n"


@pytest.mark.parametrize(
    ("text", "behind", "parsed"),
    [
        (TREE, ["a: 0"], "a: 0 #\n"),
        (TREE, ["n: 10"], "n: 10 #\n"),
        (TREE, ["a: 0", "n: 10"], "a: 0 #\nn: 10 #\n"),
        (TREE, ["b:"], "b: #\n  c: 1\n  d: 2\n  e: 3\n"),
        (TREE, ["d: 2"], "b:\n  d: 2 #\n"),
        (TREE, ["c: 1", "d: 2"], "b:\n  c: 1 #\n  d: 2 #\n"),
        (TREE, ["c: 1", "e: 3"], "b:\n  c: 1 #\n  e: 3 #\n"),
        (TREE, ["h: 5"], "f:\n- g: 4\n  h: 5 #\n- i: 6\n  j: 7\n  k: 8\n"),
        (TREE, ["j: 7"], "f:\n- g: 4\n  h: 5\n- i: 6\n  j: 7 #\n"),
        (TREE, ["k: 8"], "f:\n- g: 4\n  h: 5\n- i: 6\n  k: 8 #\n"),
        (TREE, ["a: 0", "c: 1", "g: 4"], "a: 0 #\nb:\n  c: 1 #\nf:\n- g: 4 #\n- i: 6\n  j: 7\n  k: 8\n"),
        (TREE, ["d: 2", "j: 7"], "b:\n  d: 2 #\nf:\n- g: 4\n  h: 5\n- i: 6\n  j: 7 #\n"),
        (TREE, ["{m: 9}"], "l: {m: 9} #\n"),
        (TREE.rstrip(), ["n: 10"], "n: 10 #"),
        ("a: 0\nb:\n  c: 1\n  d: 2", ["c: 1"], "b:\n  c: 1 #\n"),
        ("a: 0\nb:\n  c: 1\n  d: 2", ["d: 2"], "b:\n  d: 2 #"),
        (ITEMS, ["a: 3"], "- a: 0\n  b: 1\n- a: 2\n---\n- a: 3 #\n"),
    ],
)
def test_no_more_is_parsed_again_than_what_edits_come_near(
    monkeypatch: pytest.MonkeyPatch, text: str, behind: list[str], parsed: str
) -> None:
    roots = parsing.compose(text)
    again = parsed_from_now_on(monkeypatch)
    ends = [text.index(words) + len(words) for words in behind]
    verify(roots, text, [Edit(end, end, " #") for end in ends], ())
    assert again == [parsed]


@pytest.mark.parametrize("text", ["a: &x 0\nb: *x\nc: 1\n", "?\n  a\n: 0\nb: 1\nc: 1\n"])
def test_all_is_parsed_again_where_entries_depend_on_each_other(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    roots = parsing.compose(text)
    again = parsed_from_now_on(monkeypatch)
    end = text.index("c: 1") + 4
    verify(roots, text, [Edit(end, end, " #")], ())
    assert again == [text.replace("c: 1", "c: 1 #")]


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([Edit(0, 3, "a"), Edit(2, 4, "b")], "two edits meet at position 2"),
        ([Edit(0, 0, "a"), Edit(0, 0, "b")], "two edits meet at position 0"),
        ([Edit(1, 1, "a"), Edit(1, 1, "b")], "two edits meet at position 1"),
        ([Edit(1, 2, "a"), Edit(1, 1, "b")], "two edits meet at position 1"),
        ([Edit(7, 8, "a")], "an edit from 7 to 8 reaches out of the text"),
        ([Edit(-1, 0, "a")], "two edits meet at position -1"),
        ([Edit(3, 2, "a")], "an edit from 3 to 2 reaches out of the text"),
    ],
)
def test_edits_that_contradict_each_other_or_the_text(edits: list[Edit], message: str) -> None:
    with pytest.raises(VerificationError, match=f"^{message}$"):
        apply_edits("abcdefg", edits)


def test_edits_may_touch_and_reach_to_both_ends() -> None:
    assert apply_edits("abcdefg", [Edit(7, 7, "4"), Edit(0, 2, "1"), Edit(2, 2, "2"), Edit(3, 7, "3")]) == "12c34"


def test_an_edit_moves_with_the_text_before_it() -> None:
    assert Edit(1, 2, "a").moved(3) == Edit(4, 5, "a")


def test_insertions_at_one_position_are_joined_and_nothing_else_is() -> None:
    assert joined([Edit(1, 1, "a"), Edit(1, 1, "b")]) == (Edit(1, 1, "ab"),)
    for edits in ([Edit(1, 2, "a"), Edit(1, 1, "b")], [Edit(1, 1, "a"), Edit(1, 2, "b")]):
        with pytest.raises(VerificationError, match=r"^two edits meet at position 1$"):
            joined(edits)
