"""The inputs of the YAML test suite, alone and in manifests: each comes out as it was, edited in truth, or refused.

`yaml_test_suite.jsonl` begins with a line about where the inputs are from; `tools/yaml_test_suite.py` has written it.
They need not mean anything to Kubernetes, and some are not YAML on purpose. Kubernetes' parsers read what is edited.
"""

import json
import re
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes
import laws
import pytest
import readings

from krmfn import Outcome, Settings, Severity, run

ABOUT, *SUITE = map(json.loads, (Path(__file__).parent / "yaml_test_suite.jsonl").read_text("utf-8").splitlines())
POSITION = re.compile(r"line \d+, column \d+")
SETTINGS = Settings.from_function_config(
    {"apiVersion": "v1", "kind": "ConfigMap", "data": {"imagePullSecrets": "regcred"}}
)
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: nginx
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n"
LIST = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"


def line(text: str) -> str:
    """The text with an end to its last line."""
    return text if text.endswith("\n") or not text else text + "\n"


def deeper(text: str, by: int) -> str:
    """The text with its lines indented, and an end to the last one."""
    return textwrap.indent(line(text), " " * by)


def item(text: str) -> str:
    """The text as an item of a list."""
    return "- " + deeper(text, 2)[2:]


FORMS: dict[str, Callable[[str], str]] = {
    "alone": lambda text: text,
    "the document before a pod": lambda text: line(text) + "---\n" + POD,
    "the document behind a pod": lambda text: POD + "---\n" + text,
    "right before a pod": lambda text: text + POD,
    "data of a ConfigMap before a pod": lambda text: CONFIG_MAP + "  key:\n" + deeper(text, 4) + "---\n" + POD,
    "a field of a pod": lambda text: POD.replace("spec:\n", "x:\n" + deeper(text, 2) + "spec:\n"),
    "the last field of a container": lambda text: POD + "    x:\n" + deeper(text, 6),
    "a field of a container": lambda text: POD.replace("    image:", "    x:\n" + deeper(text, 6) + "    image:"),
    "between brackets in a container": lambda text: POD + "    x: [\n" + deeper(text, 6) + "      ]\n",
    "a block scalar in a pod": lambda text: POD.replace("spec:\n", "x: |\n" + deeper(text, 2) + "spec:\n"),
    "data of an item": lambda text: LIST + item(POD) + item(CONFIG_MAP + "  key:\n" + deeper(text, 4)) + item(POD),
    "an item": lambda text: LIST + item(POD) + "-\n" + deeper(text, 2) + item(POD),
}


def outcome_of(text: str) -> Outcome:
    """The outcome, which the laws have judged."""
    data = text.encode()
    outcome = run(data, SETTINGS)
    laws.check(data, outcome, lambda again: run(again, SETTINGS))
    return outcome


def fate(outcome: Outcome) -> str:
    """What became of an input: it is unchanged, edited, or refused with a place."""
    if not outcome.exit_code:
        return "edited" if outcome.edits else "unchanged"
    errors = [result.message for result in outcome.results if result.severity is Severity.ERROR]
    assert all(POSITION.search(message) for message in errors), errors
    return "refused"


@pytest.mark.parametrize("form", FORMS)
def test_the_yaml_test_suite(form: str, loader: str, tell: Callable[[str], None]) -> None:
    fates: Counter[str] = Counter()
    for entry in SUITE:
        try:
            fates[fate(outcome_of(FORMS[form](entry["text"])))] += 1
        except AssertionError as error:
            raise AssertionError(f"{entry['id']}: {error}") from None
    counts = ", ".join(f"{fates[name]} {name}" for name in ("unchanged", "edited", "refused"))
    tell(f"{len(SUITE)} inputs of the YAML test suite, {loader}, {form}: {counts}")
    assert fates.total() == len(SUITE)


def test_what_is_edited_in_the_yaml_test_suite_is_read_alike_by_kubernetes() -> None:
    texts = [(entry["id"], form, make(entry["text"])) for form, make in FORMS.items() for entry in SUITE]
    outcomes = [(*names, text, run(text.encode(), SETTINGS)) for *names, text in texts]
    pairs: list[tuple[Any, readings.Pair]] = [
        (names, pair)
        for *names, text, outcome in outcomes
        if outcome.edits
        for pair in readings.edited_documents(text, outcome.output.decode())
    ]
    assert len(pairs) > 1_000
    answers = iter(kubernetes.read_yaml(text for _, pair in pairs for text in pair))
    for (names, pair), before, after in zip(pairs, answers, answers, strict=True):
        for parser in before:
            assert readings.objection(pair, before[parser], after[parser]) is None, (names, parser)


def test_the_suite_is_whole() -> None:
    assert (ABOUT["version"], len(SUITE), sum(entry["valid"] for entry in SUITE)) == ("data-2022-01-17", 402, 308)
    assert ABOUT["licence"].startswith("MIT License")
