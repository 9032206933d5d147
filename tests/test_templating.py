"""Templates are told by what only they have."""

import pytest

from krmfn.krm.templating import is_template, ytt_comment


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "before"),
    [
        pytest.param("#@ load('@ytt:data', 'data')\n", "", id="code-in-the-first-line"),
        pytest.param("a: b\n#@overlay/match by='x'\n---\nc: d\n", "a: b\n", id="annotation"),
        pytest.param("a: b\n  #@ if x:\n", "a: b\n  ", id="indented"),
        pytest.param("a: #@ x\n", "a: ", id="in-the-place-of-a-value"),
        pytest.param("a: b #@ x\n", "a: b ", id="behind-a-value"),
        pytest.param("a: |\n  #@ x\nb: 1\n#@ y\n", "a: |\n  #@ x\nb: 1\n", id="below-text-with-the-same"),
        pytest.param("a: '#@ x'\nb: #@ y\n", "a: '#@ x'\nb: ", id="behind-a-string-with-the-same"),
        pytest.param("#@ if x:\n\ta: [\n", "", id="no-YAML"),
    ],
)
def test_comments_of_ytt_are_found(text: str, before: str) -> None:
    assert ytt_comment(text) == len(before)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "# @ x\n",
        "#@x\n",
        "#! x\n",
        "a: b#@ x\n",
        "a: '#@ x'\n",
        'a: "b\n\n  #@ x"\n',
        "a: |\n  #@ load('@ytt:data', 'data')\n  b: #@ c\n",
        "- >\n  x\n  #@overlay/match\n",
    ],
)
def test_other_text_is_none_of_ytt(text: str) -> None:
    assert ytt_comment(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ .Values.a }}", True),
        ("{{- x }}", True),
        ("{% if x %}", True),
        ("{{ range x }}", True),
        ("{{workflow.name}}", False),
        ("{{ inputs.parameters.x }}", False),
        ("{a: b}", False),
    ],
)
def test_what_only_templates_of_go_and_jinja_have(text: str, wanted: bool) -> None:
    assert is_template(text) is wanted
