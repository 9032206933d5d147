"""What an author wishes of an object, and the text that comes of it: all kinds of values and shapes, under the laws."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import laws
import pytest
import yaml
from shared import CORPUS

from krmfn import Outcome
from krmfn.sdk import Change, Config, Function, Object, Result
from krmfn.testing import check

CASES = Path(__file__).parent / "cases"
HEAD = "apiVersion: example.com/v1\nkind: Thing\n"

Wish = Callable[[Object], Change]


def wish(text: str, *wishes: Wish) -> str:
    """The text of an object after wishes, without its head; held to the four laws under both parsers."""

    def work(thing: Object, _: Config) -> Iterator[Change]:
        for one in wishes:
            yield one(thing)

    out = check(Function(Config, work, api_version="example.com/v1", kind="Wish"), HEAD + text)
    assert out.outcome.exit_code == 0, out.messages
    return out.removeprefix(HEAD)


def refusal(text: str, *wishes: Wish) -> str:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        for one in wishes:
            yield one(thing)

    out = check(Function(Config, work, api_version="example.com/v1", kind="Wish"), HEAD + text)
    assert out == HEAD + text
    (message,) = out.messages
    return message


def put(path: str | tuple[str | int, ...], value: Any) -> Wish:
    return lambda thing: thing.set(path, value)


def cut(*path: str | int) -> Wish:
    return lambda thing: thing.remove(*path)


def add(path: str, *items: Any) -> Wish:
    return lambda thing: thing.append(path, *items)


TYPED = {
    "a number": (put("a", 3), "a: 1 # c\n", "a: 3 # c\n"),
    "a number that is there": (put("a", 1), "a: 1\n", "a: 1\n"),
    "a number for its text": (put("a", 1), 'a: "1"\n', "a: 1\n"),
    "a text for a number": (put("a", "1"), "a: 1\n", 'a: "1"\n'),
    "a fraction": (put("a", 1.5), "a: 1\n", "a: 1.5\n"),
    "a large number": (put("a", 1e20), "a: 1\n", "a: 1.0e+20\n"),
    "a boolean": (put("a", True), "a: null\n", "a: true\n"),
    "a boolean for a word": (put("a", True), "a: yes\n", "a: true\n"),
    "null": (put("a", None), "a: 1\n", "a: null\n"),
    "null where nothing stands": (put("a", None), "a:\n", "a:\n"),
    "a word that YAML 1.1 takes for a boolean": (put("a", "yes"), "a: yes\n", 'a: "yes"\n'),
    "a new number": (put("b", 0), "a: 1\n", "a: 1\nb: 0\n"),
    "a new null": (put("b", None), "a: 1\n", "a: 1\nb: null\n"),
    "empty collections": (put("b", {"m": {}, "l": []}), "a: 1\n", "a: 1\nb:\n  m: {}\n  l: []\n"),
    "in braces": (put("a", 3), "a: {b: 1}\n", "a: 3\n"),
    "a filled-in number": (put("a", 3), "a:\n", "a: 3\n"),
    "a filled-in empty list": (put("a.b", []), "a:\n  b:\n", "a:\n  b: []\n"),
}


@pytest.mark.parametrize(("one", "before", "after"), TYPED.values(), ids=TYPED)
def test_values_have_types(one: Wish, before: str, after: str) -> None:
    assert wish(before, one) == after


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("nginx:1.25", "nginx:1.25"),
        ("50%", "50%"),
        ("/healthz?x=1", "/healthz?x=1"),
        ("--flag=a b", "--flag=a b"),
        ("https://example.com/a?b=c&d#e", "https://example.com/a?b=c&d#e"),
        ("don't", "don't"),
        ("12:30", '"12:30"'),
        ("1e3", '"1e3"'),
        ("-1", '"-1"'),
        ("no", '"no"'),
        ("~", '"~"'),
        ("2024-01-01", '"2024-01-01"'),
        ("1_000", '"1_000"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("{a}", '"{a}"'),
        ("a, b", '"a, b"'),
        ("*a", '"*a"'),
        ("&a", '"&a"'),
        ("!a", '"!a"'),
        ("- a", '"- a"'),
        ("---", '"---"'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("", '""'),
        ("ü", '"ü"'),
    ],
)
def test_quotes_stand_only_where_they_are_needed(value: str, written: str) -> None:
    assert wish("a: 1\n", put("b", value)) == f"a: 1\nb: {written}\n"
    in_braces = f'"{value}"' if "?" in value else written  # there it ends a word for some parsers
    assert wish("m: {a: 1}\n", put("m.b", value)) == f"m: {{a: 1, b: {in_braces}}}\n"
    assert wish("m: {b: 1}\n", put("m.b", value)) == f"m: {{b: {in_braces}}}\n"
    assert wish("l:\n- a: 1\n", add("l", value)) == f"l:\n- a: 1\n- {written}\n"


REPLACED = {
    "a block scalar by a word": (put("a", "x"), "a: |\n  one && two\n\n  three\n# c\nb: 1\n", "a: x\n# c\nb: 1\n"),
    "a block scalar by another": (put("a", "x\ny\n"), "a: >-\n  one\n  two\nb: 1\n", "a: |\n  x\n  y\nb: 1\n"),
    "by a text without an end": (put("a", "x\ny"), "a: |\n  one\nb: 1\n", "a: |-\n  x\n  y\nb: 1\n"),
    "by what no literal can hold": (put("a", " x\ny"), "a: |\n  one\nb: 1\n", 'a: " x\\ny"\nb: 1\n'),
    "a word by a text of lines": (put("a", "x\n\ny\n"), "a: one\nb: 1\n", "a: |\n  x\n\n  y\nb: 1\n"),
    "a comment below keeps the literal away": (
        put("a", "x\ny\n"),
        "a: one\n  # c\nb: 1\n",
        'a: "x\\ny\\n"\n  # c\nb: 1\n',
    ),
    "where a comment stands behind the key too": (
        put("a", "x\ny\n"),
        "a: # of a\n  - b\n  # c\nb: 1\n",
        'a: "x\\ny\\n" # of a\n  # c\nb: 1\n',
    ),
    "where nothing stands below, it does not": (
        put("a", "x\ny\n"),
        "a: # of a\n  - b\nb: 1\n",
        "a: | # of a\n  x\n  y\nb: 1\n",
    ),
    "a comment behind does too": (put("a", "x\ny\n"), "a: one # c\nb: 1\n", 'a: "x\\ny\\n" # c\nb: 1\n'),
    "a mapping by a word": (put("a", "x"), "a: # c\n  b: 1\n  d: 2 # e\nf: 1\n", "a: x # c\nf: 1\n"),
    "a mapping by nothing": (put("a", {}), "a:\n  b: 1\nf: 1\n", "a: {}\nf: 1\n"),
    "a mapping by a list": (put("a", [1, {"x": 2}]), "a:\n  b: 1\nf: 1\n", "a:\n- 1\n- x: 2\nf: 1\n"),
    "a mapping by another": (put("a", {"x": {"w": 1}}), "a: # c\n  b: 1\nf: 1\n", "a: # c\n  x:\n    w: 1\nf: 1\n"),
    "of a mapping, what is equal stays": (
        put("a", {"b": 1, "m": 3}),
        "a:\n  b: 1 # one\n  c: 2 # two\n",
        "a:\n  b: 1 # one\n  m: 3\n",
    ),
    "the first key behind a dash goes": (put("l", [{"b": 2}]), "l:\n- a: 1\n  b: 2 # c\n", "l:\n- b: 2 # c\n"),
    "null by a mapping": (put("a", {"b": [1]}), "a: null # c\nd: 1\n", "a: # c\n  b:\n  - 1\nd: 1\n"),
    "null in braces by a mapping": (put("a.b", {"c": 1}), "a: {b: ~}\n", "a: {b: {c: 1}}\n"),
    "an item by a text of lines": (put("a[0]", "x\ny\n"), "a:\n- b\n- c\n", "a:\n- |\n  x\n  y\n- c\n"),
    "an item that stands far in": (
        put("a[0]", "x\n\ny\n"),
        "a:\n  -   b\n  -   c\n",
        "a:\n  -   |\n      x\n\n      y\n  -   c\n",
    ),
    "a list in a list": (
        put("a", [["x\ny\n"], {"c": ["x\ny"]}]),
        "a: 1\n",
        "a:\n- - |\n    x\n    y\n- c:\n  - |-\n    x\n    y\n",
    ),
    "a list by a word": (put("a", "x"), "a:\n  - b\n  - c\nf: 1\n", "a: x\nf: 1\n"),
    "a list by another": (put("a", ["x"]), "a:\n  - b: |\n      t\nf: 1\n", "a:\n  - x\nf: 1\n"),
    "a list by a longer one": (put("a", ["b", "c"]), "a:\n  - b # c\nf: 1\n", "a:\n  - b # c\n  - c\nf: 1\n"),
    "a list by a part of it": (put("a", ["c"]), "a:\n- b\n# of c\n- c # d\nf: 1\n", "a:\n# of c\n- c # d\nf: 1\n"),
    "an item": (put("a[1]", {"x": 1, "w": 2}), "a:\n- b\n- c\n- d\n", "a:\n- b\n- x: 1\n  w: 2\n- d\n"),
    "an item in brackets": (put("a[0]", {"x": 1}), "a: [b, c]\n", "a: [{x: 1}, c]\n"),
    "a value in an item": (put("a[1].c", 3), "a:\n- b: 1\n- c: 1 # c\n", "a:\n- b: 1\n- c: 3 # c\n"),
    "a list in brackets": (put("a", ["x", "w", "z"]), "a: [b]\n", "a: [x, w, z]\n"),
    "an empty one is filled with lines": (put("a", {"x": [1]}), "a: {}\n", "a:\n  x:\n  - 1\n"),
    "an empty list too": (add("a", {"x": 1}), "a: [] # c\nb: 1\n", "a: # c\n- x: 1\nb: 1\n"),
    "of a mapping in braces on lines, too": (
        put("a", {"b": 1, "e": 5}),
        "a: {\n  b: 1, # keep\n  c: 3\n}\n",
        "a: {\n  b: 1, # keep\n  e: 5\n}\n",
    ),
    "JSON stays JSON": (put("a", {"x": [None, True, 1.5]}), 'a: {"b":"c"}\n', 'a: {"x":[null,true,1.5]}\n'),
}


@pytest.mark.parametrize(("one", "before", "after"), REPLACED.values(), ids=REPLACED)
def test_any_value_can_be_replaced(one: Wish, before: str, after: str) -> None:
    assert wish(before, one) == after


REMOVED = {
    "a key": (cut("a"), "b: 1\na: 2 # c\nc: 3\n", "b: 1\nc: 3\n"),
    "a block": (cut("a"), "a:\n  b:\n  - c\n# d\nc: 3\n", "# d\nc: 3\n"),
    "a block scalar": (cut("a"), "a: |\n  x\n\nc: 3\n", "\nc: 3\n"),
    "the only key": (cut("a", "b"), "a:\n  b: 1\nc: 3\n", "a: {}\nc: 3\n"),
    "a key in braces": (cut("a.b"), "a: {b: 1, c: 2}\n", "a: {c: 2}\n"),
    "the last key in braces": (cut("a.c"), "a: {b: 1, c: 2}\n", "a: {b: 1}\n"),
    "an item": (cut("a", 1), "a:\n- x\n- y: 1\n  z: 2\n- w\n", "a:\n- x\n- w\n"),
    "the last item": (cut("a[1]"), "a:\n- x # c\n- y\nb: 1\n", "a:\n- x # c\nb: 1\n"),
    "the only item": (cut("a[0]"), "a:\n  - x\nb: 1\n", "a: []\nb: 1\n"),
    "an item in brackets": (cut("a[0]"), "a: [x, y]\n", "a: [y]\n"),
    "a line in braces": (cut("a.b"), "a: {\n  b: 1,\n  c: 2\n}\n", "a: {\n  c: 2\n}\n"),
    "a line in braces with its comment": (
        cut("a.c"),
        "a: {\n  b: 1,\n  c: 2, # of c\n  d: 3\n}\n",
        "a: {\n  b: 1,\n  d: 3\n}\n",
    ),
    "the first key behind a dash": (cut("a[0].b"), "a:\n- b: 1 # c\n\n  c: 2\n", "a:\n- c: 2\n"),
    "a block scalar behind a dash": (cut("a[0].b"), "a:\n- b: |\n    1\n  c: 2\n", "a:\n- c: 2\n"),
    "what is not there": (cut("a.b.c"), "a: {x: 1}\n", "a: {x: 1}\n"),
    "an item that is not there": (cut("a[5]"), "a: [1]\n", "a: [1]\n"),
}


@pytest.mark.parametrize(("one", "before", "after"), REMOVED.values(), ids=REMOVED)
def test_keys_and_items_can_go(one: Wish, before: str, after: str) -> None:
    # A second run would take the next item.
    if "[" in after or "- " in after:
        function = Function(Config, lambda thing, _: [one(thing)], api_version="example.com/v1", kind="Wish")
        data = (HEAD + before).encode()
        outcome = function.run(data)
        laws.check_identity(data, outcome)
        laws.check_thrift(data, outcome)
        laws.check_truth(data, outcome)
        assert outcome.output.decode() == HEAD + after
    else:
        assert wish(before, one) == after


def test_an_item_of_several_keys_goes_behind_one_in_braces() -> None:
    new = {"name": "A", "value": "b"}
    assert wish("env:\n- {name: X}\n", add("env", new)) == "env:\n- {name: X}\n- name: A\n  value: b\n"
    assert wish("env: [{name: X}]\n", add("env", new)) == "env: [{name: X}, {name: A, value: b}]\n"


@pytest.mark.parametrize(
    "item",
    [
        "b: {c: 1}",
        "b:\n    c: 1",
        "b:\n    c:\n    - 1",
        "- c:\n      d: 1",
        "? b\n  : c: 1",
        "b:\n    ? c",
        "b: # c\n    c: 1",
    ],
)
def test_an_item_goes_behind_one_of_any_depth(item: str) -> None:
    assert wish(f"l:\n- {item}\nz: 1\n", add("l", "new")) == f"l:\n- {item}\n- new\nz: 1\n"


def test_an_item_may_be_a_text_of_lines() -> None:
    assert wish("a:\n- x\nb: 1\n", add("a", "l1\nl2\n")) == "a:\n- x\n- |\n  l1\n  l2\nb: 1\n"
    assert wish("a:\n  -   x\n", add("a", "l1\nl2\n")) == "a:\n  -   x\n  -   |\n      l1\n      l2\n"


def test_an_item_goes_behind_a_key_without_a_value() -> None:
    assert wish("l:\n- ? c\n", add("l", "x")) == "l:\n- ? c\n- x\n"
    assert wish("l:\n- a\n- ? c\nb: 1\n", add("l", "x")) == "l:\n- a\n- ? c\n- x\nb: 1\n"


def test_a_key_that_is_no_word_stays_and_does_not_go_unread() -> None:
    assert wish("? {a: b}\n: 1\nc: 1\n", put("d", 2), cut("c")) == "d: 2\n? {a: b}\n: 1\n"
    message = refusal("m:\n  ? {a: b}\n  : 1\n", put("m", {"d": 2}))
    assert message.startswith("error: Thing: a key must be a string, not a mapping (document 1, line 4, column 5")
    assert "asked for in test_wishes.py:" in message


def test_merging_an_empty_mapping_adds_nothing() -> None:
    assert wish("a: 1\n", lambda thing: thing.merge({"b": {}, "c": {"d": {}}})) == "a: 1\n"
    assert wish("a: 1\n", lambda thing: thing.merge({"b": {}, "c": {"d": []}})) == "a: 1\nc:\n  d: []\n"


TOGETHER = {
    "the last word counts": ([put("a", 1), put("a", 2)], "a: 0\n", "a: 2\n"),
    "a part of what is set": ([put("a", {"b": 1}), put("a.b", 2), put("a.c", 3)], "a: 0\n", "a:\n  b: 2\n  c: 3\n"),
    "set, then removed": ([put("a", {"b": 1}), cut("a.b")], "a: {c: 1}\n", "a: {}\n"),
    "removed, then set": ([cut("a"), put("a.b", 1)], "a: {c: 1}\n", "a: {b: 1}\n"),
    "removed, then appended": ([cut("a"), add("a", "x")], "a: [b]\n", "a: [x]\n"),
    "set, then appended below": ([put("a", {"b": [1]}), add("a.b", 1, 2)], "a: 0\n", "a:\n  b:\n  - 1\n  - 2\n"),
    "set, then appended to what is new below": (
        [put("a", {"b": 1}), add("a.c", 2)],
        "a: 0\n",
        "a:\n  b: 1\n  c:\n  - 2\n",
    ),
    "set, then appended to a list in a list": ([put("a", [[1]]), add("a[0]", 2)], "a: 0\n", "a:\n- - 1\n  - 2\n"),
    "appended twice": ([add("a", "x"), add("a", "x", "w")], "a: [b]\n", "a: [b, x, w]\n"),
    "two keys at one place": ([put("a.x", 1), put("a.w", 2)], "a: {b: 1}\n", "a: {b: 1, x: 1, w: 2}\n"),
    "one key comes, another goes": ([put("a.x", 1), cut("a.b")], "a:\n  b: 1\n  c: 2\n", "a:\n  c: 2\n  x: 1\n"),
    "all keys go and others come": ([cut("a.b"), put("a.x", 1)], "a:\n  b: 1\nc: 1\n", "a:\n  x: 1\nc: 1\n"),
    "the last item goes and others come": (
        [cut("a[1]"), add("a", "v", "w")],
        "a:\n- x # c\n- y\nb: 1\n",
        "a:\n- x # c\n- v\n- w\nb: 1\n",
    ),
    "one changes below, another goes": (
        [put("a.b.d", 1), cut("a.c")],
        "a: {b: {d: 2}, c: 3}\n",
        "a: {b: {d: 1}}\n",
    ),
    "in braces, a change below, one that comes and one that goes": (
        [put("a.b.d", 1), put("a.x", 2), cut("a.c")],
        "a: {b: {d: 2}, c: 3}\n",
        "a: {b: {d: 1}, x: 2}\n",
    ),
    "in braces on lines, what comes takes the place of what goes": (
        [add("a.b", 2), cut("a.c"), cut("a.d"), put("a.x", 3), put("a.w", [4])],
        "a: {\n  b: [1], # of b\n  c: 2, # of c\n  d: 3 # last\n}\n",
        "a: {\n  b: [1, 2], # of b\n  x: 3, # last\n  w: [4]\n}\n",
    ),
    "in braces that two places share": (
        [put("a.e", 2), cut("a.d"), put("b.e", 2), cut("b.d")],
        "a: &x {c: 1, d: 2}\nb: *x\n",
        "a: &x {c: 1, e: 2}\nb: *x\n",
    ),
    "in JSON": (
        [put("a.e", "x"), cut("a.d")],
        'a: {"c":1,"d":2}\n',
        'a: {"c":1,"e":"x"}\n',
    ),
    "a value gets lines, the next one goes": (
        [put("a", {"b": "l\nm\n"}), cut("c")],
        "a: x # d\nc: 1\n",
        "a: # d\n  b: |\n    l\n    m\n",
    ),
    "what is deeper stands before what is not": (
        [put("l[0].x", 1), add("l", {"m": 1})],
        "l:\n- a: 1\nz: 1\n",
        "l:\n- a: 1\n  x: 1\n- m: 1\nz: 1\n",
    ),
}


@pytest.mark.parametrize(("wishes", "before", "after"), TOGETHER.values(), ids=TOGETHER)
def test_wishes_are_put_together(wishes: list[Wish], before: str, after: str) -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield from (one(thing) for one in wishes)

    data = (HEAD + before).encode()
    outcome = Function(Config, work, api_version="example.com/v1", kind="Wish").run(data)
    laws.check_truth(data, outcome)
    assert outcome.output.decode() == HEAD + after


REFUSED = {
    "an anchor that is needed": (put("a", 1), "a: &x {c: 1}\nb: *x\n", "an anchor that an alias"),
    "an anchor inside": (cut("a"), "a:\n  c: &x {d: 1}\nb: *x\n", "an anchor that an alias refers to"),
    "what an alias shares": (
        put("a.c", 2),
        "a: &x {c: 1}\nb: *x\n",
        "an alias shares it with `b`, which is not to change",
    ),
    "what an heir takes over": (cut("a.c"), "a: &x {c: 1, d: 2}\nb: {<<: *x}\n", "would lose it too"),
    "what arrives by a merge": (cut("b.c"), "a: &x {c: 1}\nb: {<<: *x, d: 1}\n", "it arrives by `<<`"),
    "a tag": (put("a", {"b": 1}), "a: !!str x\n", "has a tag"),
    "a mapping where a list is": (put("a.b", 1), "a: [1]\n", "must be a mapping, not a list"),
    "an item that is not there": (put("a[3]", 1), "a: [1]\n", "has no item [3]: its length is 1"),
    "a list where a word is": (add("a", 1), "a: x\n", "must be a list, not the string 'x'"),
    "a question mark": (cut("a"), "? a\n: b\nc: 1\n", "after a `?`"),
    "a value behind a question mark": (put("a", "w"), "? a\n: d: 1\nc: 1\n", "does not stand on lines of its own"),
    "an item where a mapping is": (put("a[0]", 1), "a: {b: 1}\n", "a: must be a list, not a mapping"),
    "an item of what is not there": (put("a[0].b", 1), "c: 1\n", "has no items yet that could change"),
    "an alias in a list": (put("a[0]", 2), "x: &x 1\na: [*x]\n", "the item is an alias, or empty"),
    "an alias among items": (cut("a[1]"), "x: &x 1\na:\n- 2\n- *x\n", "the removed part is an alias"),
    "an empty item": (put("a[0]", {"c": 2}), "a:\n-\n- 1\n", "the item is an alias, or empty"),
    "an item below its dash": (cut("a[1]"), "a:\n- 2\n-\n  b: 1\n", "does not start on the line of its dash"),
    "an alias below its key": (
        put("a", {"b": 1}),
        "x: &x 1\na:\n  *x\nc: 1\n",
        "the value is an alias in an unusual place",
    ),
    "an alias that is to go from below its key": (
        cut("a"),
        "x: &x 1\na:\n  *x\nc: 1\n",
        "the value is an alias in an unusual place",
    ),
    "a comment below what goes behind a dash": (
        cut("a[0].b"),
        "a:\n- b: 1\n  # of c\n  c: 1\n",
        "is after a dash, and not directly above a key that stays",
    ),
    "the end of a list in braces behind an empty value": (
        cut("a.c"),
        "a: {b: , c: 2}\n",
        "the value before the removed part is empty",
    ),
    "braces in which no end is certain": (
        put("a.b", 1),
        "x: &x 1\na: {c: \n*x}\n",
        "no key of the flow mapping has a value whose end is certain",
    ),
    "no colon": (put("a", {"b": 1}), "? a\nc: 1\n", "no colon stands behind the key"),
    "an alias below its dash": (
        add("a", 1),
        "x: &x {b: 1}\na:\n- c: 1\n-\n  *x\n",
        "the last item of the list is an alias in an unusual place",
    ),
}


@pytest.mark.parametrize(("one", "text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_sure_is_refused_with_the_line_that_asks(one: Wish, text: str, reason: str) -> None:
    message = refusal(text, one)
    assert reason in message
    assert "asked for in test_wishes.py:" in message


REFUSED_TOGETHER = {
    "items for what becomes a word": (
        [put("a", "x"), add("a", 1)],
        "a: [1]\n",
        "a: is set to 'x' by another change, so it takes no items",
    ),
    "a key in what becomes a word": (
        [put("a", "x"), put("a.b.c", 1)],
        "a: [1]\n",
        "a: is set to 'x' by another change, so nothing is at b in it",
    ),
    "an item that a list does not get": (
        [put("a", {"b": [1]}), put("a.b[1]", 1)],
        "a: [1]\n",
        "a.b: is set to a list of 1 by another change, so nothing is at [1] in it",
    ),
    "items for what becomes a mapping": (
        [put("a", {"b": 1}), add("a", 1)],
        "a: [1]\n",
        "a: is set to a mapping by another change, so it takes no items",
    ),
    "an index and a key": ([put("a[0]", 1), put("a.b", 1)], "a: [1]\n", "must be a mapping, not a list"),
    "all that an object has": ([cut("apiVersion"), cut("kind")], "", "nothing would be left of it"),
    "in braces behind a merge, one that comes and one that goes": (
        [put("a.e", 2), cut("a.d")],
        "x: &x {c: 1}\na: {<<: *x, d: 3}\n",
        "another change goes to the same place",
    ),
    "in braces, the last key goes and heirs have it": (
        [put("a.e", 2), cut("a.d")],
        "a: &x {c: 1, d: 2}\nb: {<<: *x}\n",
        "another mapping takes it over by `<<` and would lose it too",
    ),
    "in braces, the last key goes and stands behind a question mark": (
        [put("a.e", 2), cut("a.d")],
        "a: {c: 1, ? d : 2}\n",
        "the removed part has a key after a `?`",
    ),
    "in braces, the last key goes and has an anchor": (
        [put("a.e", 2), cut("a.d")],
        "a: {c: 1, d: &x 2}\nb: *x\n",
        "an anchor that an alias refers to",
    ),
}


@pytest.mark.parametrize(("wishes", "text", "reason"), REFUSED_TOGETHER.values(), ids=REFUSED_TOGETHER)
def test_wishes_that_do_not_go_together_are_refused(wishes: list[Wish], text: str, reason: str) -> None:
    assert reason in refusal(text, *wishes)


@pytest.mark.parametrize(
    ("one", "text", "place", "line"),
    [
        (cut("m.b"), "m:\n  a: 1\n  b: &x {c: 1}\nd: *x\n", "Thing: m.b: cannot be edited", 5),
        (cut("m[1]"), "m:\n- a\n- ? b\nc: 1\n", "Thing: m[1]: cannot be edited", 5),
    ],
)
def test_what_cannot_go_is_named(one: Wish, text: str, place: str, line: int) -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield put("z", 1)(thing)
        yield one(thing)

    (error,) = check(Function(Config, work, api_version="example.com/v1", kind="Wish"), HEAD + text).messages
    assert place in error
    assert f"(document 1, line {line}, column " in error
    assert f"asked for in test_wishes.py:{one.__code__.co_firstlineno}" in error


def test_keys_that_come_for_others_at_two_places_are_refused() -> None:
    def work(thing: Object, _: Config) -> Iterator[Change]:
        yield from (put("a.e", 2)(thing), cut("a.d")(thing), put("b.e", 2)(thing), cut("b.c")(thing))

    text = f"{HEAD}a: &x {{f: 1, c: 1, d: 2}}\nb: *x\n"
    out = check(Function(Config, work, api_version="example.com/v1", kind="Wish"), text)
    assert out == text
    assert (
        "Thing: a.e: cannot be edited by krmfn: an alias shares it with `b`, which is not to change" in out.messages[0]
    )


def test_a_shared_label_does_not_reach_the_selector() -> None:
    """The anchor of the issue: both places, or none."""
    text = "metadata:\n  labels: &l\n    app: web\nspec:\n  selector:\n    matchLabels: *l\n"
    assert "which is not to change" in refusal(text, put("metadata.labels.team", "x"))
    both = [put("metadata.labels.team", "x"), put("spec.selector.matchLabels.team", "x")]
    assert wish(text, *both) == text.replace("app: web\n", "app: web\n    team: x\n")


# By chance.

VALUES: list[Any] = [
    *(3, 0, -1, 1.5, True, False, None, "x", "nginx:1.25", "50%", "a: b", "yes", "1", "", "ü☃", "#c", "-x", "*a", "!t"),
    *(
        "null",
        "~",
        "2024-01-01",
        "1e3",
        1e20,
        " x ",
        "{x}",
        'it\'s "q"',
        "a\\b",
        "tab\tx",
        "l1\nl2\n",
        "l1\n\nl2",
        " l\n",
    ),
    *({}, [], {"k": "v"}, {"k": {"d": [1, {"e": None}]}}, ["a", "b"], [{"name": "n", "v": 1}, {"m": []}]),
]
# What the judge reads otherwise than the announcements, for reasons that have nothing to do with wishes.
ODD = {
    "quoted-merge-key-is-no-merge",
    "key-of-the-last-entry-has-an-escape",
    "merge-of-something-that-is-no-mapping",
    "merge-brings-the-policy",
    "no-break-and-zero-width-spaces",
    "policy-is-null",
    "quoted-image-broken-over-two-lines",
}


def by_chance(thing: Object, _: Config) -> Iterator[Change | Result]:
    rng = random.Random(f"{thing}{thing.resource.document.number}{thing.resource.at}")
    places = [path for path in below(thing.data) if path[:2] not in (("metadata", "name"), ("metadata", "namespace"))]
    places = [path for path in places if len(path) > 1 and path[1] != "annotations"]
    for path in rng.sample(places, min(len(places), 2)):
        value, found = rng.choice(VALUES), thing.get(path)
        kind = rng.randrange(5)
        if kind == 0:
            yield thing.remove(path)
        elif kind == 1 and isinstance(found, list):
            yield thing.append(path, value)
        elif kind == 1 and isinstance(found, dict):
            yield thing.set((*path, "newKey"), value)
        elif kind == 2 and isinstance(found, dict) and found:
            del found[rng.choice(list(found))]
            yield thing.set(path, found | {"z": value})
        elif kind == 2 and isinstance(found, list) and found:
            found[rng.randrange(len(found))] = value
            yield thing.set(path, [*found[1:], *found[:1], value][rng.randrange(3) :])
        else:
            yield thing.set(path, value)


def below(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from below(value, (*path, key))


INPUTS = sorted(path for path in CASES.rglob("*.yaml") if path.stem not in ODD and ".config" not in path.name)
INPUTS += sorted(
    path for folder in ("argo-workflows", "kubernetes-examples") for path in (CORPUS / folder).rglob("*.yaml")
)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("part", range(16))
def test_wishes_by_chance_obey_the_laws(part: int) -> None:
    function = Function(Config, by_chance, api_version="example.com/v1", kind="Wish")
    edited = 0
    for path in INPUTS[part::16]:
        data = path.read_bytes()
        outcome: Outcome = function.run(data, Config())
        if len(data) > 50_000 or not outcome.edits:
            continue
        try:
            laws.check_identity(data, outcome)
            laws.check_thrift(data, outcome)
            laws.check_truth(data, outcome)
        except (AssertionError, yaml.YAMLError) as error:
            raise AssertionError(f"{path}: {error}") from error
        edited += 1
    assert edited > 10
