"""The second judge judged: what another parser reads of an edited text is compared with what it should read."""

from typing import Any

import pytest
import readings
from readings import Pair

BEFORE = "a: &a {x: 1}\nb: *a\nc: {<<: *a}\nd: [1]\n"
AFTER = "a: &a {x: 1, y: z}\nb: *a\nc: {<<: *a}\nd: [1, 2]\n"
READ = {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}, "d": [1]}
READ_AFTER = {"a": {"x": 1, "y": "z"}, "b": {"x": 1, "y": "z"}, "c": {"x": 1, "y": "z"}, "d": [1, 2]}


def objection(after: Any, before: Any = READ) -> str | None:
    return readings.objection(Pair(BEFORE, AFTER), {"value": before}, after)


def test_a_change_is_at_all_of_its_paths() -> None:
    paths = [path for path, _ in readings.differences(Pair(BEFORE, AFTER))]
    assert paths == [("a", "y"), ("b", "y"), ("c", "y"), ("d", 1)]
    assert objection({"value": READ_AFTER}) is None


@pytest.mark.parametrize(
    "after",
    [
        {"error": "not read"},
        {"value": READ},
        {"value": {**READ_AFTER, "b": READ["b"]}},
        {"value": {**READ_AFTER, "d": [True, 2]}},
        {"value": {**READ_AFTER, "e": None}},
    ],
)
def test_what_is_read_otherwise_is_objected_to(after: Any) -> None:
    assert objection(after) is not None


def test_a_parser_that_sees_no_such_place_objects() -> None:
    assert objection({"value": READ_AFTER}, {"a": {"x": 1}}) is not None


def test_what_was_not_read_before_says_nothing() -> None:
    assert readings.objection(Pair(BEFORE, AFTER), {"error": "not read"}, {"error": "not read"}) is None
    assert readings.objection(Pair("[", "["), {"value": 1}, {"error": "not read"}) is None
    assert readings.objection(Pair("[]: a\nb: {}\n", "[]: a\nb: {c: d}\n"), {"value": []}, {"value": []}) is None


def test_keys_that_are_numbers_are_found() -> None:
    pair, after = Pair("1: {}\n", "1: {a: b}\n"), {"value": {"!int 1": {"a": "b"}}}
    assert readings.objection(pair, {"value": {"!int 1": {}}}, after) is None
    assert readings.objection(pair, {"value": {"!int 1": {}}}, {"value": {"!int 1": {}}}) is not None


def test_only_documents_that_differ_are_compared_and_new_ones() -> None:
    assert readings.edited_documents("a\n---\nb\n", "a\n---\nc\n---\nd\n") == [
        ("---\nb\n", "---\nc\n"),
        ("", "---\nd\n"),
    ]
    new = Pair("", "---\nd: 1\n")
    assert readings.objection(new, {"value": None}, {"value": {"d": 1}}) is None
    assert readings.objection(new, {"value": None}, {"value": {"d": "1"}}) is not None


def test_an_item_that_is_gone_is_objected_to() -> None:
    pair = Pair("d: [1, 2]\n", "d: [1]\n")
    assert readings.objection(pair, {"value": {"d": [1, 2]}}, {"value": {"d": [1]}}) is not None
