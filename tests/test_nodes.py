"""What `nodes` tells of parsed YAML: keys, merges, types and plain data."""

import re
from typing import Any

import pytest

from krmfn.errors import DoubledKey, InputError, OverriddenKey
from krmfn.splice import lines, nodes, parsing, paths
from krmfn.splice.nodes import MappingNode, Node

BASES = "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\n"


def parsed(text: str) -> MappingNode:
    (root,) = parsing.compose(text)
    assert isinstance(root, MappingNode)
    return root


def at(text: str, key: str = "map") -> Any:
    return nodes.child(parsed(text), key)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("map: {a: on, b: 1.10, c: 2020-01-01, d: ''}", {"a": "on", "b": "1.10", "c": "2020-01-01", "d": ""}),
        ("map: {a: ~, b: , c: null, d: 'null', e: !!str ''}", {"a": None, "b": None, "c": None, "d": "null", "e": ""}),
        ("map: [a, [~, {b: c}]]", ["a", [None, {"b": "c"}]]),
        (BASES + "map: {<<: *one, c: 3}", {"a": "1", "b": "1", "c": "3"}),
        (BASES + "map: {<<: [*one, *two], d: 3}", {"b": "1", "c": "2", "a": "1", "d": "3"}),
        (BASES + "map: {<<: [*two, *one], a: 3}", {"a": "3", "b": "2", "c": "2"}),
        (BASES + "map: {'<<': *one, c: 3}", {"c": "3"}),
    ],
)
def test_plain_data_has_the_text_of_each_scalar(text: str, data: Any) -> None:
    assert nodes.plain(at(text)) == data


@pytest.mark.parametrize(
    ("text", "message", "index"),
    [
        ("map: {a: 1, [b]: 2}", "a key must be a string, not a list", 12),
        ("map: {a: 1, {}: 2}", "a key must be a string, not a mapping", 12),
    ],
)
def test_plain_data_has_strings_as_keys(text: str, message: str, index: int) -> None:
    with pytest.raises(InputError) as caught:
        nodes.plain(at(text))
    assert (str(caught.value), caught.value.position) == (message, index)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "a mapping"),
        ("[]", "a list"),
        ("", "nothing"),
        ("~", "nothing"),
        ("''", "the string ''"),
        ("nginx", "the string 'nginx'"),
        ("'1'", "the string '1'"),
        ("1", "the value '1'"),
        ("1.5", "the value '1.5'"),
        ("yes", "the value 'yes'"),
        ("2020-01-01", "the string '2020-01-01'"),
        ("!!int '1'", "the value '1'"),
        ("!!null x", "nothing"),
    ],
)
def test_a_node_is_described(text: str, words: str) -> None:
    assert nodes.describe(at(f"map: {text}")) == words


def test_only_a_mapping_has_keys() -> None:
    assert [key.value for key in nodes.keys(at("map: {a: 1, b: 2}"))] == ["a", "b"]
    assert nodes.keys(at("map: [[a, b]]")) == []
    assert nodes.keys(at("map: ab")) == []


@pytest.mark.parametrize(
    ("text", "error", "key"),
    [
        ("{a: 1, b: 2}", None, None),
        ("{<<: *one, c: 3}", None, None),
        ("{<<: *one, b: 3}", None, None),
        ("{'<<': *one, <<: *one}", None, None),
        ("{c: 3, <<: *one}", None, None),
        ("{b: 3, <<: *one}", OverriddenKey, "b"),
        ("{[x]: 1, b: 3, <<: *one}", OverriddenKey, "b"),
        ("{b: 3, <<: [*one, *two]}", OverriddenKey, "b"),
        ("{c: 3, <<: [*one, *two]}", OverriddenKey, "c"),
        ("{<<: *one, <<: *two}", DoubledKey, "<<"),
    ],
)
def test_merges_that_parsers_read_in_two_ways_are_refused(text: str, error: type[DoubledKey] | None, key: str) -> None:
    mapping = at(f"{BASES}map: {text}")
    if error is None:
        nodes.check_merges(mapping)
    else:
        with pytest.raises(error) as caught:
            nodes.check_merges(mapping)
        assert type(caught.value) is error
        assert str(caught.value).startswith(f"key `{key}` ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: 1, b: 2}", "2"),
        ("{a: 1}", None),
        ("{<<: *one}", "1"),
        ("{<<: *one, b: 3}", "3"),
        ("{<<: [*two, *one]}", "2"),
        ("{a: 1, [b]: 2}", None),
        ("[b]", None),
    ],
)
def test_a_key_is_found_in_a_mapping_or_in_what_it_merges(text: str, value: str | None) -> None:
    found = nodes.child(at(f"{BASES}map: {text}"), "b")
    assert (found.value if found else None) == value
    last = nodes.last(at(f"{BASES}map: {text}"), "b")
    assert (last.value if last else None) == value


def test_of_a_doubled_key_the_last_is_read_and_no_other_use_is_made() -> None:
    mapping = at("map: {b: 1, b: 2}")
    last = nodes.last(mapping, "b")
    assert last is not None
    assert last.value == "2"
    for use in (
        lambda: nodes.child(mapping, "b"),
        lambda: nodes.entry(mapping, "b"),
        lambda: nodes.check_keys(mapping),
    ):
        with pytest.raises(DoubledKey) as caught:
            use()
        assert caught.value.position == 12
        assert str(caught.value) == "key `b` stands twice in one mapping"


def test_all_entries_are_the_own_ones_and_then_those_that_are_merged() -> None:
    entries = nodes.all_entries(at(f"{BASES}map: {{c: 3, <<: [*one, *two], [x]: 4}}"))
    assert [(key, value.value) for key, value in entries] == [("c", "3"), ("a", "1"), ("b", "1")]


def test_descendants_are_each_collection_once() -> None:
    root = parsed("a: &x [1, 2]\nb: *x\n")
    texts = sorted(str(node.value) for node in nodes.descendants([root]) if isinstance(node, nodes.ScalarNode))
    assert texts == ["1", "2", "a", "b"]
    without = nodes.child(root, "a")
    found: list[Node] = list(nodes.descendants([root], [id(without)]))
    assert sorted(str(node.value) for node in found if isinstance(node, nodes.ScalarNode)) == ["a", "b"]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("a.b", ["a.b"]),
        ("a.x.b", []),
        ("a.none.b", []),
        ("a.c[].d", ["a.c[0].d", "a.c[1].d"]),
        ("a.c[]", ["a.c[0]", "a.c[1]", "a.c[2]"]),
        ("a.e.*.f", ["a.e.g.f", 'a.e["h i"].f']),
        ("a.j[][]", ["a.j[0][0]", "a.j[1][0]"]),
    ],
)
def test_a_path_leads_to_nodes_with_field_paths(steps: str, found: list[str]) -> None:
    root = parsed("a: {b: 1, none: , c: [{d: 1}, {d: 2}, {}], e: {g: {f: 1}, h i: {f: 2}}, j: [[1], [2]]}")
    assert [at for _, at in paths.walk(root, steps, "")] == found
    assert [at for _, at in paths.walk(root, steps, "items[0]")] == [f"items[0].{path}" for path in found]


@pytest.mark.parametrize(
    ("steps", "message", "path", "index"),
    [
        ("a.b.c", "must be a mapping, not the value '1'", "a.b", 7),
        ("a.b[].c", "must be a list, not the value '1'", "a.b", 7),
        ("a.b.*", "must be a mapping, not the value '1'", "a.b", 7),
        ("a.c[].d", "must be a mapping, not the string 'x'", "a.c[0]", 14),
    ],
)
def test_a_path_that_meets_something_else_is_an_error_with_its_place(
    steps: str, message: str, path: str, index: int
) -> None:
    with pytest.raises(InputError) as caught:
        list(paths.walk(parsed("a: {b: 1, c: [x]}"), steps, ""))
    assert (str(caught.value), caught.value.path, caught.value.position) == (message, path, index)


def test_a_doubled_key_has_its_field_path() -> None:
    for steps in ("a.b", "a.*"):
        with pytest.raises(DoubledKey) as caught:
            list(paths.walk(parsed("a: {b: 1, b: 2}"), steps, "items[0]"))
        assert caught.value.position == 10
    with pytest.raises(DoubledKey) as caught:
        paths.child(at("map: {b: 1, b: 2}"), "b", "items[0]")
    assert caught.value.path == "items[0].b"


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("ab", True),
        ("'ab'", True),
        ("[a]", True),
        ("{a: b}", True),
        ("|\n  a", False),
        (">\n  a", False),
        ("\n- a", False),
    ],
)
def test_the_end_of_a_node_in_flow_style_is_exact(text: str, flow: bool) -> None:
    assert nodes.is_flow(at(f"map: {text}\n")) is flow


def test_a_merge_in_quotes_is_a_key_as_any_other() -> None:
    entry = nodes.entry(at("map: {'<<': 1, b: 2, \"<<\": 3}"), "b")
    assert entry is not None
    assert entry[1].value == "2"
    assert nodes.entry(at("map: {a: 1}"), "b") is None


def test_merged_mappings_are_each_there_once_in_their_order() -> None:
    mapping = at(f"{BASES}map: {{<<: [*two, *two], c: 3, <<: *one}}")
    nodes.check_keys(mapping)  # which leaves merges to others
    firsts = [source.value[0][0].value for source in nodes.merged(mapping)]
    assert firsts == ["b", "b", "a"]
    (first, _), _, (second, _) = mapping.value
    assert [len(list(nodes.merged_behind(mapping, nodes.start(first) + more))) for more in (0, 1)] == [2, 1]
    assert [len(list(nodes.merged_behind(mapping, nodes.start(second) + more))) for more in (0, 1)] == [1, 0]


@pytest.mark.parametrize(
    "text", ["ab\n  cd\ne", "ab\r\n  cd\r\ne", "ab\r  cd\re", "ab\x85  cd\u2028e", "\nXb\n\tcd", "\n ab\n\x85", "ab"]
)
def test_every_position_has_its_line(text: str) -> None:
    breaks = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
    ends = [match.start() for match in breaks.finditer(text)] + [len(text)]
    starts = [0, *(match.end() for match in breaks.finditer(text))]
    for start, end in zip(starts, ends, strict=True):
        for position in range(start, end + 1):
            assert (lines.line_start(text, position), lines.line_end(text, position)) == (start, end)
            before = text[start:position]
            assert lines.own_line_indent(text, position) == (before if set(before) <= set(" \t") else None)


def test_a_line_without_a_break_gets_that_of_the_others() -> None:
    assert [lines.line_break("a\r\nb\nc", position) for position in (0, 1, 3, 6)] == ["\r\n", "\r\n", "\n", "\r\n"]
    assert lines.line_break("a", 0) == "\n"


def test_a_field_path_is_within_what_a_path_leads_to() -> None:
    assert paths.is_within("spec.templates[2].script.image", "spec.templates[].script")
    assert paths.is_within('a["b c"].d', "a.*")
    assert not paths.is_within("spec.templates[2].scripts", "spec.templates[].script")
    assert not paths.is_within("x.spec", "spec")
    assert paths.join("a", "b c") == 'a["b c"]'
    assert paths.join("a", "é") == 'a["é"]'


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Dear all,\n", True),
        ("--- a\n---\nb: c\n", True),
        ("a: b\n", False),
        ("- a\n", False),
        ("", False),
        ("~\n", True),
    ],
)
def test_prose_is_one_scalar(text: str, is_one: bool) -> None:
    assert parsing.is_one_scalar(text) is is_one


def test_an_empty_document_is_no_scalar() -> None:
    assert not parsing.is_one_scalar("---\n---\na\n")


@pytest.mark.usefixtures("loader")
def test_the_textual_search_finds_each_alias_that_a_parser_reads() -> None:
    read = []
    for code in (*range(1, 0x250), 0x3B1, 0x661, 0x200C, 0x2028, 0x4E00, 0xFF21, 0x1F600):
        for name in (chr(code), f"{chr(code)}x"):
            text = f"a: &{name} 1\nb: *{name}\n"
            try:
                parsing.compose(text)
            except InputError:
                continue
            read.append(name)
            assert parsing.has_aliases(text), text
            assert parsing.ANCHOR.findall(text) == parsing.ALIAS.findall(text) == [name]
    assert {"a", "Z", "0", "-", "_"} < set(read)
    assert not parsing.has_aliases("run: a && b\nat: '* * * * *'\n")
