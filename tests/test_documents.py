"""Where an input is cut into parts that can be parsed alone, and where it is left whole."""

from itertools import accumulate

import pytest

from krmfn.errors import InputError, NotYAML
from krmfn.krm import documents, glued
from krmfn.krm.documents import Chunk

HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"


def chunks(text: str) -> list[str]:
    return [chunk.text for chunk in documents.cut(text).chunks]


@pytest.mark.parametrize(
    "parts",
    [
        ["a: b\n", "---\nc: d\n"],
        ["---\na: b\n", "---\nc: d\n"],
        ["# c\n\n---\na: b\n", "--- # c\nc: d\n", "---\n"],
        ["%YAML 1.1\n# c\r\n---\na: b\n", "---\r\nc: d\r\n", "---"],
        ["a: b\n---c: d\n", "--- c\n"],
        ["x\n", "---\na: b\n"],
        ["a: b\n --- \n"],
    ],
)
def test_a_stream_is_cut_at_lines_of_dashes(parts: list[str]) -> None:
    text = "".join(parts)
    assert chunks(text) == parts
    ends = list(accumulate(map(len, parts)))
    assert [documents.number_at(text, end - 1) for end in ends] == list(range(1, len(parts) + 1))
    assert [documents.number_at(text, end) for end in ends[:-1]] == list(range(1, len(parts)))
    assert [chunk.text for chunk in documents.whole(text).chunks] == [text]
    assert documents.cut(text).envelope is None


def test_byte_order_marks_are_in_no_part() -> None:
    assert chunks("\ufeff---\na: b\n\ufeff---\nc: d\n") == ["---\na: b\n", "---\nc: d\n"]
    assert chunks("a: b\n\ufeff---\nc: d\n") == ["a: b\n", "---\nc: d\n"]


@pytest.mark.parametrize(
    ("parts", "before", "after"),
    [
        (["- a: b\n", "- c: d\n"], "", ""),
        (["- a: b\n", "- c: d\n"], "functionConfig: {}\n", "results:\n- message: a\n"),
        (["  - a: b\n    # c\n  # d\n\n", "  - c: d\n"], "", "results: []\n"),
        (["  - a: b\n# c\n", "  - c:\n      - d\n"], "", "x: y\n"),
        (["- a: b\n  c:\n  - d\n  - e\n", "-\n  a: b\n", "-   c: d\n", "-"], "", ""),
        (["- a: |\n    - b\n", "- c: d\n"], "", "-x: y\n"),
        (["    - a: b\n", "    - c: d\n"], "", "? x\n: y\n"),
        (["- a: &b c\n  d: *b\n", "- a: &b c\n  d: *b\n"], "x: &x y\n", ""),
        (["- a: &b c\n", "- d: '*'\n"], "", ""),
    ],
)
@pytest.mark.parametrize("start", ["items:\n", "items: # c\n\n  # d\n", "items:  \r\n"])
def test_a_resource_list_is_cut_at_its_items(parts: list[str], before: str, after: str, start: str) -> None:
    """What stands around them is one text with the last item, from which positions lead back to the input."""
    text = HEAD + before + start + "".join(parts) + after
    given = documents.cut(text)
    assert [chunk.text for chunk in given.chunks] == parts
    assert [text[chunk.start : chunk.stop] for chunk in given.chunks] == parts
    assert given.envelope is not None
    assert given.envelope.text == HEAD + before + start + parts[-1] + after
    assert given.envelope.in_input(3) == 3
    assert given.envelope.in_input(len(given.envelope.text)) == len(text)
    assert given.envelope.in_input(given.envelope.text.index(start) + len(start)) == text.rindex(parts[-1] + after)


@pytest.mark.parametrize(
    "rest",
    [
        "items:\n- &a {b: c}\n- *a\n",
        "items:\n- a: &a b\n- c: d\n- *a\n",
        "functionConfig: &a {}\nitems:\n- a: b\n- c: *a\n",
        "items:\n- a: &a b\n- c: d\nresults: [*a]\n",
        "items:\n- a: &a b\n- c: *a\n  d: &a b\n",
        "items: []\n",
        "items: [{a: b}, {c: d}]\n",
        "'items':\n- a: b\n- c: d\n",
        "items: &a\n- a: b\n- c: d\n",
        "items:\n- a: b\n- c: d\nitems:\n- a: b\n",
    ],
)
def test_a_resource_list_stays_whole_where_its_items_may_not_stand_alone(rest: str) -> None:
    given = documents.cut(HEAD + rest)
    assert given.chunks == ()
    assert given.envelope is not None
    whole = documents.whole(HEAD + rest)
    assert whole.chunks == ()
    assert whole.envelope is not None
    assert (whole.envelope.text, whole.envelope.in_input(99)) == (HEAD + rest, 99)


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("config.", "config2.") + "items:\n- a: b\n",
        HEAD.replace("ResourceList", "ResourceList2") + "items:\n- a: b\n",
        "items:\n- a: b\n# ResourceList\n",
        "kind: ResourceList\nitems:\n- a: b\n",
        HEAD + "items:\n- a: b\n---\na: b\n",
    ],
)
def test_other_objects_with_items_are_no_resource_list(text: str) -> None:
    for given in (documents.cut(text), documents.whole(text)):
        assert given.envelope is None
        assert given.chunks


def test_escapes_do_not_hide_a_resource_list() -> None:
    text = HEAD.replace("ResourceList", '"Resource\\x4cist"') + "items:\n- a: b\n"
    given = documents.cut(text)
    assert given.chunks == ()
    assert given.envelope is not None
    assert documents.items_piece(given.envelope).documents[0].number == 0


@pytest.mark.parametrize(
    ("rest", "at", "message"),
    [
        ("", "apiVersion", "the ResourceList has no `items`; write `items: []` when there are none"),
        ("items: {a: b}\n", "{a", "`items` of the ResourceList must be a list, not a mapping"),
        ("items: a\n", "a\n", "`items` of the ResourceList must be a list, not the string 'a'"),
    ],
)
def test_a_resource_list_without_a_list_of_items_is_refused(rest: str, at: str, message: str) -> None:
    text = HEAD + rest
    given = documents.whole(text)
    assert given.envelope is not None
    with pytest.raises(InputError) as refused:
        documents.items_piece(given.envelope)
    assert (str(refused.value), refused.value.position) == (message, text.rindex(at))


def test_a_wrong_cut_is_made_good_with_the_whole_text() -> None:
    text = "a: b\n...\n%YAML 1.1\n---\nc: d\n"
    seen = []

    def use(given: documents.Input) -> int:
        seen.append(len(given.chunks))
        return sum(len(piece.documents) for piece in given.pieces(lambda _: True))

    assert documents.of_input(text, use) == 2
    assert seen == [2, 1]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: b\n---\nc: [\n", ""),
        ("a: b\n...\n%YAML 1.1\n---\nc: [\n", ""),
        ("{}{}\n---\nc: ]\n", "]\n"),
        ("{}{a}\n", "a}"),
    ],
)
def test_an_error_is_placed_in_the_whole_text(text: str, at: str) -> None:
    """Where a cut was wrong, that of the part is none, and of JSON values it is the only one."""
    with pytest.raises(NotYAML) as refused:
        documents.of_input(text, lambda given: [*given.pieces(lambda _: True)])
    assert refused.value.position == (text.rindex(at) if at else len(text))


def test_documents_are_numbered_though_not_all_are_wanted() -> None:
    given = documents.cut("a: b\n---\nc: d\n---\ne: f\n")
    pieces = list(given.pieces(lambda chunk: "c:" not in chunk.text))
    assert [document.number for piece in pieces for document in piece.documents] == [0, 2]
    broken = documents.cut("a: b\n---\nc: [\n---\ne: f\n")
    with pytest.raises(NotYAML):
        list(broken.pieces(lambda chunk: "c:" not in chunk.text))
    assert len(list(broken.pieces(lambda chunk: "c:" not in chunk.text, checks=False))) == 2


@pytest.mark.parametrize(
    ("text", "kind", "is_one"),
    [
        ("kind: Pod\nspec:\n  kind: x\n", "", True),
        ("a: b\nkind: Pod\n", "Pod", True),
        ("a: b\nkind:  Pod \nb: c", "Pod", True),
        ("a: b\nkind: Pod", "Pod", True),
        ("kind: Pod\nkind: Service\n", "Service", False),
        ('a: b\nkind: Pod\n"kind": Service\n', "Pod", False),
        ("'kind': Pod\na: b\nkind: Service\n", "Service", False),
        ("a: b\n...\nc: d\n", "", False),
        ("a: b\x85c: d\n", "", False),
        ("a: b\rc: d\n", "", False),
        ("a: b\r\nkind: Pod\r\n", "Pod", True),
        ("- a: b\n  kind: Pod\n", "Pod", True),
        ("  -   kind: Pod\n      kind: Service\n", "Service", False),
        ("-\n  a: b\n", "", True),
    ],
)
def test_what_a_part_holds_is_seen_without_parsing(text: str, kind: str, is_one: bool) -> None:
    chunk = Chunk(text, 0, len(text), nested=text.lstrip().startswith("-"))
    assert (chunk.kind_at_a_glance(), chunk.is_one_object) == (kind, is_one)


@pytest.mark.parametrize(
    ("text", "type_meta"),
    [
        ("apiVersion: v1\nmetadata: {kind: x}\nkind: Pod\nno: [yaml\n", ("v1", "Pod")),
        ("- apiVersion: v1\n  a: &b [c]\n  kind: Pod\n", ("v1", "Pod")),
        ('-\n  {"kind": "Pod", "apiVersion": "v1"}\n', ("v1", "Pod")),
        ("a: b\nkind: Pod\n", None),
        ("kind: [Pod]\napiVersion: v1\n", None),
        ("[apiVersion: v1, kind: Pod]\n", None),
        ("a: [\napiVersion: v1\nkind: Pod\n", None),
        ("- - apiVersion: v1\n    kind: Pod\n", None),
    ],
)
def test_the_type_of_an_object_is_read_from_its_beginning(text: str, type_meta: tuple[str, str] | None) -> None:
    assert Chunk(text, 0, len(text), nested=text.startswith("-")).type_meta == type_meta


@pytest.mark.parametrize(
    ("text", "is_glued"),
    [
        ("a: b\n---c: d\n", True),
        ("---apiVersion: v1\n", True),
        ("a: b\n--- c: d\n", False),
        ("a: b---c\n", False),
        ("----BEGIN\n", False),
        ("a: b\n---\n", False),
    ],
)
def test_glued_dashes_begin_a_line(text: str, is_glued: bool) -> None:
    assert glued.stands_in(text) is is_glued
