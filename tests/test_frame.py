"""The frame of a function: what comes of its results, changes and errors, whatever the function does."""

from typing import Any

import pytest
import yaml

from krmfn.errors import InputError, KrmfnError, NotYAML, SettingsError
from krmfn.krm import function
from krmfn.krm.documents import Input
from krmfn.krm.function import Proposal, Work
from krmfn.krm.results import Result, Severity
from krmfn.splice.edits import Edit

LIST = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- a: b\n"
ERROR, WARNING, INFO = (Result(severity.value, severity) for severity in Severity)
EDIT = Edit(1, 1, "x")


def raising(error: KrmfnError) -> Work:
    def work(_: str, __: Input) -> Proposal:
        raise error

    return work


def results(data: bytes) -> Any:
    return [one["message"] for one in yaml.safe_load(data)["results"]]


def test_results_are_sorted_and_edits_made() -> None:
    proposal = Proposal((INFO, WARNING), (Result("done", Severity.INFO),), (), (EDIT, Edit(1, 1, "y")))
    outcome = function.run(b"a: b\n", lambda *_: proposal)
    assert outcome.output == b"axy: b\n"
    assert [result.message for result in outcome.results] == ["warning", "done", "info"]
    assert outcome.edits == (Edit(1, 1, "xy"),)
    assert (outcome.exit_code, outcome.is_resource_list) == (0, False)


def test_after_an_error_nothing_is_edited_and_infos_are_left_out() -> None:
    proposal = Proposal((INFO, WARNING, ERROR), (Result("done", Severity.INFO),), (), (EDIT,))
    for data in (b"a: b\n", LIST.encode()):
        outcome = function.run(data, lambda *_: proposal)
        assert [result.message for result in outcome.results] == ["error", "warning"]
        assert (outcome.exit_code, outcome.edits, outcome.changes) == (1, (), ())
        assert outcome.is_resource_list == (data == LIST.encode())
        if outcome.is_resource_list:
            assert results(outcome.output) == ["error", "warning"]
        else:
            assert outcome.output is data


@pytest.mark.parametrize("data", [b"a: b\n", LIST.encode()])
def test_an_error_of_the_settings_is_a_result(data: bytes) -> None:
    outcome = function.run(data, raising(SettingsError("no such key")))
    assert [str(result) for result in outcome.results] == ["error: no such key"]
    if outcome.is_resource_list:
        assert results(outcome.output) == ["no such key"]
    else:
        assert outcome.output is data


def test_an_error_of_the_settings_does_not_hide_what_is_no_yaml() -> None:
    for text in ("a: [\n", LIST + "- [\n"):
        outcome = function.run(text.encode(), raising(SettingsError("no such key")))
        assert "not YAML" in outcome.results[0].message
        assert outcome.output == text.encode()


@pytest.mark.parametrize(
    ("text", "position", "place"),
    [
        ("a: b\n---\nc: d\n", 12, " (document 2, line 3, column 4 of the input)"),
        ("a: b\n", None, ""),
        (LIST, LIST.index("b\n"), " (document 1, line 4, column 6 of the input)"),
        (LIST, None, ""),
    ],
)
def test_an_error_of_the_input_has_its_place(text: str, position: int | None, place: str) -> None:
    outcome = function.run(text.encode(), raising(InputError("is wrong", position)))
    (result,) = outcome.results
    assert (result.message, result.severity) == (f"is wrong{place}", Severity.ERROR)
    assert (result.location and result.location.position) == position
    assert outcome.is_resource_list == (text == LIST)
    if outcome.is_resource_list:
        assert results(outcome.output) == [result.message]


def test_what_is_no_yaml_gets_no_results_even_if_it_is_a_list() -> None:
    outcome = function.run(LIST.encode(), raising(NotYAML("is no YAML", 3)))
    assert outcome.output == LIST.encode()
    assert not outcome.is_resource_list
    assert [result.message for result in outcome.results] == ["is no YAML (document 1, line 1, column 4 of the input)"]


@pytest.mark.parametrize(
    ("text", "at", "is_template"),
    [
        ("a: b\nc: {{ .Values.c }}: [\n", "[", True),
        ("{{- if .a }}\na: b: c\n", "b", True),
        ("{{- if .a }}\nx: y\na: b: c\n", "b", False),
        ("a: b: c\n{{- end }}\n", "b", False),
        ("a: {b: {c: d}}: e", "e", False),
    ],
)
def test_what_looks_like_a_template_is_told(text: str, at: str, is_template: bool) -> None:
    (result,) = function.run(text.encode(), raising(NotYAML("is no YAML", text.rindex(at)))).results
    hint = ". It looks like a template: run krmfn on what the template renders"
    assert result.message.endswith(f" of the input){hint * is_template}")


def test_results_for_which_there_is_no_place_are_only_told() -> None:
    text = LIST + "results: none\n"
    outcome = function.run(text.encode(), lambda *_: Proposal((WARNING, ERROR)))
    assert outcome.output == text.encode()
    assert [result.message.partition(" (")[0] for result in outcome.results] == [
        "error",
        "`results` of the ResourceList must be a list, not the string 'none'",
    ]
    assert outcome.is_resource_list
