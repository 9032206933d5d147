"""Schemas of settings: what each accepts, makes of it, refuses in which words, and tells editors."""

from typing import Any

import pytest

from krmfn.commands.schema import json_schema
from krmfn.errors import SettingsError
from krmfn.krm.config.schema import (
    BOOLEAN,
    SOME_TEXT,
    TEXT,
    TEXTS,
    Key,
    Section,
    after,
    before,
    boolean_or,
    described,
    key,
    keys_of,
    list_of,
    mapping,
    mapping_of,
    matching,
    one_of,
)
from krmfn.krm.config.validation import Validator


def low(text: str) -> str:
    if text != text.lower():
        raise ValueError(f"{text} has capital letters")
    return text


def classes() -> tuple[type[Section], type[Section]]:
    """Classes with a field of each schema. Made anew, because a class keeps what its schemas were."""

    class Leaf(Section):
        leaf_name: str = key(SOME_TEXT, "The name.", "oak")
        is_green: bool = key(BOOLEAN, "Its color.", default=True)

    class Tree(Section):
        words: tuple[str, ...] = key(list_of(matching(low, "[a-z]+", maxLength=9)), "Words.", ["a"], default=())
        some: tuple[str, ...] = key(list_of(TEXT, min_length=1), "At least one.", default=("a",))
        mode: str = key(one_of(("Fast", "Slow", "Off")), "The mode.", default="Fast")
        speed: str = key(one_of(("Low", "High")), "No off.", default="Low")
        force: bool | str = key(boolean_or(("Some", "Few")), "How much.", default=False)
        labels: dict[str, str] = key(TEXTS, "Any keys.", default={})
        leaf: Leaf = key(mapping(Leaf), "A class.", default=None)
        row: dict[str, Any] = key(mapping_of(row()), "A plain mapping.", {"at": "x"}, default=None)
        short: Leaf = key(before(long, mapping(Leaf), TEXT), "Short or long.", default=None)
        count: int = key({"type": "int"}, "A number.", default=1)
        sure: str = key(after(low, TEXT), "No metadata.", default="")

    return Tree, Leaf


def row() -> dict[str, Key]:
    return {"at": Key(TEXT, "The place.", example="x"), "size": Key(SOME_TEXT, "The size.", "big")}


def long(given: object) -> object:
    return {"leafName": given} if isinstance(given, str) else given


def accepted(**data: Any) -> Any:
    tree, _ = classes()
    return Validator(tree, mapping(tree)).validated(data, "spec")


def test_defaults_are_taken_for_what_is_not_given() -> None:
    tree, _ = classes()
    made: Any
    for data in (None, {}, {"mode": None, "words": None}):
        made = Validator(tree, mapping(tree)).validated(data, "spec")
        assert made == tree()
        assert type(made) is tree
    assert (made.words, made.some, made.mode, made.force, made.leaf) == ((), ("a",), "Fast", False, None)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("words", ["a", "b"], ("a", "b")),
        ("words", [], ()),
        ("some", ["b", 3], ("b", "3")),
        ("mode", "slow", "Slow"),
        ("mode", "FAST", "Fast"),
        ("mode", False, "Off"),
        ("mode", "false", "Off"),
        ("force", "sOME", "Some"),
        ("force", "Yes", True),
        ("force", "1", True),
        ("force", True, True),
        ("force", "NO", False),
        ("force", "f", False),
        ("force", 0, False),
        ("labels", {"any": "thing", "n": 1}, {"any": "thing", "n": "1"}),
        ("row", {"at": "here"}, {"at": "here", "size": "big"}),
        ("row", {"at": "here", "size": "small"}, {"at": "here", "size": "small"}),
        ("sure", "low", "low"),
    ],
)
def test_value_becomes(name: str, given: object, expected: object) -> None:
    found = getattr(accepted(**{name: given}), name)
    assert found == expected
    assert type(found) is type(expected)


def test_mappings_become_their_class() -> None:
    made = accepted(leaf={"leafName": "oak", "isGreen": "off"}, short="elm")
    assert repr(made.leaf) == "Leaf(leaf_name='oak', is_green=False)"
    assert repr(made.short) == "Leaf(leaf_name='elm', is_green=True)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"words": ["a", "B"]}, "`spec.words[1]`: B has capital letters"),
        ({"words": "a"}, "`spec.words` must be a list, not 'a'"),
        ({"words": [["a"]]}, "`spec.words[0]` must be a string, not ['a']"),
        ({"some": []}, "`spec.some` must not be empty"),
        ({"some": [[]]}, "`spec.some[0]` must be a string, not []"),
        ({"mode": "slo"}, "`spec.mode` is 'slo', did you mean `Slow`?; it must be one of Fast, Slow, Off"),
        ({"speed": False}, "`spec.speed` is False; it must be one of Low, High"),
        ({"force": "often"}, "`spec.force` is 'often'; it must be one of true, false, Some, Few"),
        ({"labels": {"a": []}}, "`spec.labels.a` must be a string, not []"),
        ({"labels": "a"}, "`spec.labels` must be a mapping, not 'a'"),
        ({"leaf": []}, "`spec.leaf` must be a mapping, not []"),
        ({"leaf": {}}, "`spec.leaf.leafName` is missing, such as `leafName: oak`"),
        ({"leaf": {"leafName": ""}}, "`spec.leaf.leafName` must not be empty"),
        ({"leaf": {"leafName": "oak", "isGreen": "so"}}, "`spec.leaf.isGreen` must be true or false, not 'so'"),
        ({"leaf": {"leafName": "oak", "isGreen": []}}, "`spec.leaf.isGreen` must be true or false, not []"),
        (
            {"leaf": {"leafName": "oak", "leaf_name": "oak"}},
            "unknown key `spec.leaf.leaf_name`, did you mean `leafName`?; known are leafName, isGreen (`krmfn init",
        ),
        ({"row": {}}, "`spec.row.at` is missing, such as `at: x`"),
        ({"row": []}, "`spec.row` must be a mapping, not []"),
        (
            {"row": {"at": "a", "where": "a"}},
            "unknown key `spec.row.where`; known are at, size (`krmfn init --output -` explains them)",
        ),
        ({"count": "one"}, "`spec.count`: Input should be a valid integer"),
        ({"sure": "Not"}, "`spec.sure`: Not has capital letters"),
        ({"mode": "slo", "some": []}, "`spec.some` must not be empty; `spec.mode` is 'slo'"),
    ],
)
def test_refusal_names_the_key_and_what_would_do(data: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        accepted(**data)
    assert str(refused.value).startswith(message)


def test_editors_are_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tree, _ = classes()
    monkeypatch.setattr(json_schema, "SCHEMA", mapping(tree))
    leaf = {
        "type": "object",
        "properties": {
            "leafName": {"description": "The name.", "examples": ["oak"], "type": "string", "minLength": 1},
            "isGreen": {"description": "Its color.", "default": True, "type": "boolean"},
        },
        "required": ["leafName"],
        "additionalProperties": False,
    }
    place = {"description": "The place.", "examples": ["x"], "type": "string"}
    size = {"description": "The size.", "default": "big", "type": "string", "minLength": 1}
    word = {"type": "string", "pattern": "^(?:[a-z]+)$", "maxLength": 9}
    some = {"type": "string", "enum": ["Some", "Few"]}
    assert json_schema.spec() == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "words": {"description": "Words.", "examples": [["a"]], "default": [], "type": "array", "items": word},
            "some": {
                "description": "At least one.",
                "default": ["a"],
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
            },
            "mode": {"description": "The mode.", "default": "Fast", "type": "string", "enum": ["Fast", "Slow", "Off"]},
            "speed": {"description": "No off.", "default": "Low", "type": "string", "enum": ["Low", "High"]},
            "force": {"description": "How much.", "default": False, "anyOf": [{"type": "boolean"}, some]},
            "labels": {
                "description": "Any keys.",
                "default": {},
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "leaf": {"description": "A class.", **leaf},
            "row": {
                "description": "A plain mapping.",
                "examples": [{"at": "x"}],
                "type": "object",
                "properties": {"at": place, "size": size},
                "required": ["at"],
                "additionalProperties": False,
            },
            "short": {"description": "Short or long.", "anyOf": [{"type": "string"}, leaf]},
            "count": {"description": "A number.", "default": 1, "type": "integer"},
            "sure": {"description": "No metadata.", "default": "", "type": "string"},
        },
    }


def test_keys_are_told_in_their_order() -> None:
    tree, leaf = classes()
    assert keys_of(leaf) == ("leafName", "isGreen")
    assert keys_of(row()) == ("at", "size")
    assert keys_of(tree)[:2] == ("words", "some")
    assert [one.description for _, one in described(leaf)] == ["The name.", "Its color."]


def test_fields_are_no_attributes_of_the_class() -> None:
    _, leaf = classes()
    assert not hasattr(leaf, "leaf_name")
    assert set(leaf.keys) == {"leaf_name", "is_green"}
