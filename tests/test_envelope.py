"""Spellings of the envelope of a ResourceList: results are added as they should be, or refused."""

from collections.abc import Iterator
from itertools import islice, product

import laws

from krmfn import run

ONE_IN = 4003
"""Of all spellings, so many that a test takes seconds. Prime, so that no part of them is left out altogether."""

CONFIG = "functionConfig: {apiVersion: v1, kind: ConfigMap, data: {imagePullPolicy: Defaulted}}\n"
BEGINNINGS = (
    "",
    "---\n",
    "--- # c\n",
    "# c\n---\n# d\n",
    "%YAML 1.1\n---\n",
    "x: &x null\n",
    "x: &x []\n",
    "x: &x [{message: old}]\n",
    "x: &m {message: old}\n",
)
HEADS = (
    "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n",
    "? apiVersion\n: config.kubernetes.io/v1\nkind: ResourceList\n",
    "?\n  apiVersion\n: config.kubernetes.io/v1\nkind: ResourceList\n",
    '"apiVersion": config.kubernetes.io/v1\n? kind\n: ResourceList\n',
    "kind: ResourceList\n?   apiVersion\n: config.kubernetes.io/v1\n",
    "kind: ResourceList\n? # c\n  apiVersion\n: config.kubernetes.io/v1\n",
    "? kind\n: ResourceList\n?\n  apiVersion\n:\n  config.kubernetes.io/v1\n",
)
POD = """\
apiVersion: v1
  kind: Pod
  metadata: {generateName: a}
  spec:
    containers:
    - {name: a, image: %s}
"""
ITEMS = (
    "items:\n- " + POD % "nginx",
    "items:\n- " + POD % '"[x]"',
    "items:\n- " + POD % "nginx" + "- " + POD % "nginx:1",
    "items: []\n",
    "items:\n  - " + (POD % "nginx").replace("\n  ", "\n    "),
    "items: [{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx}]}}]\n",
    "items:\n- " + POD % "nginx" + "  x: |\n    a\n",
    "items:\n- " + POD % "nginx" + "  x: |+\n    a\n\n",
    "items: &items\n- " + POD % "nginx",
    "items: !!seq\n- " + POD % "nginx",
    "? items\n:\n- " + POD % "nginx",
)
NO_RESULTS = (
    "",
    "results:\n",
    "results: # c\n",
    "results:   \n",
    "results:\n# c\n",
    "results:\n  # c\n",
    "results:\n  null\n",
    "results:\n    ~ # c\n",
    "results: ~\n",
    "results: null # c\n",
    "results : null\n",
    "results:\tnull\n",
    '"results": null\n',
    "'results':\n",
    "results: &r null\n",
    "results: !!null\n",
    "results: !!null null\n",
    "results: *x\n",
    "? results\n",
    "? results\n:\n",
    "? results\n: null\n",
    'results: ""\n',
    "results: {}\n",
)
EMPTY_RESULTS = (
    "results: []\n",
    "results: [ ]\n",
    "results: [\n]\n",
    "results: [ # c\n  ]\n",
    "results: &r []\n",
    "results: !!seq []\n",
    "?\n  results\n: []\n",
)
OLD_RESULTS = (
    "results:\n- message: a\n",
    "results:\n  - message: a # c\n",
    "results:\n-\n  message: a\n",
    "results:\n- {message: a}\n",
    "results:\n- message: a\n# c\n",
    "results:\n- message: a\n  # c\n\n",
    "results:\n- message: |\n    a\n",
    "results:\n- message: |+\n    a\n\n",
    "results:\n- message: >-\n    a\n",
    'results:\n- message: "a\n    b"\n',
    "results:\n- message: a\n    b\n",
    "results:\n- message: a\n  field:\n    path: |\n      x\n",
    "results:\n- message: a\n- *m\n",
    "results:\n- &m {message: a}\n- *m\n",
    "results:\n- - a\n",
    "results:\n- null\n",
    "results:\n-\n",
    "results: &r\n- message: a\n",
    "results: !!seq\n- message: a\n",
    "results: [{message: a}]\n",
    "results: [{message: a},]\n",
    "results: [{message: a}, # c\n  {message: b} # d\n  ]\n",
    "results: [message: a]\n",
    "?\n  results\n:\n- message: a\n",
)
ENDS = (
    "",
    "\n",
    "# end\n",
    "  # end",
    "\n\n# end\n",
    "...\n",
    "... # end\n",
    "---\n",
    "x-after: 1\n",
    "x-after: a",
    "x-after:\n",
    "x-after: |\n  b\n",
    "x-after: |+\n  b\n\n",
    'x-after: "a\n  b"\n',
    "? x-after\n: 1\n",
)


def spellings() -> Iterator[str]:
    results = (*NO_RESULTS, *EMPTY_RESULTS, *OLD_RESULTS)
    for beginning, head, items, old, end in product(BEGINNINGS, HEADS, ITEMS, results, ENDS):
        for text in (items + old, old + items):
            whole = beginning + head + CONFIG + text + end
            yield whole
            yield whole.replace("\n", "\r\n")


def test_results_are_added_or_refused_whatever_the_envelope_looks_like(loader: str) -> None:
    tried = refused = 0
    for text in islice(spellings(), 0, None, ONE_IN):
        if loader == "pure" and "\t" in text:
            continue  # PyYAML's own scanner takes no tab there
        data = text.encode()
        outcome = run(data)
        try:
            laws.check(data, outcome, run)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{text}") from None
        tried += 1
        refused += outcome.exit_code
    assert tried > 400
    assert refused < tried / 3


def test_results_beyond_what_is_verified_at_once() -> None:
    items = "".join("- " + POD % f"nginx:{i}" for i in range(450))
    list_of_old = "results:\n- message: old\n  severity: info\n"
    for results in ("", "results:\n", "results: []\n", "results: [{message: old}]\n", list_of_old):
        for line_break in ("\n", "\r\n"):
            text = f"{HEADS[0]}{CONFIG}items:\n{items}{results}".replace("\n", line_break)
            laws.check(text.encode(), outcome := run(text.encode()), run)
            assert len(outcome.results) == 450
