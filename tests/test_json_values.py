"""JSON values that stand one after the other: where each begins, and what is none."""

import pytest

from krmfn.krm import documents, json_values
from krmfn.krm.json_values import JSONValues

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("{}{}", (0, 2)),
        ("{}\n[]\n", (0, 3)),
        ('[{"a": "}{"}] {}\r\n\r\n{}', (0, 14, 20)),
        ('{"a": 1, "a": 2}{}', (0, 16)),
        ("[" + "9" * 10_000 + "]{}", (0, 10_002)),
    ],
)
def test_each_value_is_found(text: str, starts: tuple[int, ...]) -> None:
    assert json_values.find(text, 0, len(text)) == JSONValues(starts)


@pytest.mark.parametrize(
    "text",
    ["{}", '["}{"]', "{}\n", "{} # {}", "{a: b}{}", "{}\na: b\n", '{"a": "b" {}{}', "[}{]", f"{DEEP}}}{{"],
    ids=lambda text: text[:20].replace("\n", " "),
)
def test_one_value_or_none_is_left_to_yaml(text: str) -> None:
    assert json_values.find(text, 0, len(text)) == JSONValues()


def test_nothing_is_looked_for_behind_the_part() -> None:
    assert json_values.find("x{}{}[]", 1, 3) == JSONValues()
    assert json_values.find("x{}{}[]", 1, 5) == JSONValues((1, 3))
    assert json_values.find('["}{"]{}', 0, 6) == JSONValues()


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("{}{a}", 3, "Expecting property name"),
        ("{}[]\nkind: Pod", 5, "Expecting value"),
        ("{}{} # comment", 5, "Expecting value"),
        ('{}{"a": ', 8, "Expecting value"),
    ],
)
def test_what_is_no_json_behind_json_is_an_error(text: str, position: int, words: str) -> None:
    found = json_values.find(text, 0, len(text))
    assert len(found.starts) > 1
    assert found.error is not None
    assert found.error.position == position
    assert f"not JSON, though the values before it are: {words}" in str(found.error)


def test_depth_is_refused_when_the_value_is_composed() -> None:
    assert json_values.find("{}" + DEEP, 0, len(DEEP) + 2) == JSONValues((0, 2))


@pytest.mark.parametrize("cut", [documents.cut, documents.whole])
def test_values_between_documents_are_chunks(cut: object) -> None:
    text = "---\n{}\n{}\n"
    assert callable(cut)
    assert [chunk.text for chunk in cut(text).chunks] == ["---\n{}\n", "{}\n"]
    mixed = "{}{}\n---\na: b\n---\n[][]\n"
    assert [chunk.text for chunk in documents.cut(mixed).chunks] == ["{}", "{}\n", "---\na: b\n", "---\n[]", "[]\n"]
    numbers = [documents.number_at(mixed, mixed.index(part)) for part in ("{}{", "{}\n", "a: b", "[][", "[]\n")]
    assert numbers == [1, 2, 3, 4, 5]
