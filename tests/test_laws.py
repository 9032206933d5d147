"""The judge judged: a right outcome passes, and each law catches outcomes that break it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import laws
import pytest


@dataclass(frozen=True)
class Edit:
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Change:
    path: str
    current: Any
    proposed: Any
    document: int = 0
    removed: bool = False


@dataclass(frozen=True)
class Result:
    message: str
    severity: str = "info"

    def as_data(self) -> dict[str, Any]:
        return {"message": self.message, "severity": self.severity}


@dataclass(frozen=True)
class Outcome:
    output: bytes
    changes: Sequence[Change] = ()
    edits: Sequence[Edit] = ()
    results: Sequence[Result] = ()
    exit_code: int = 0


POD = b"""\
spec:
  containers:
  - &web
    name: web
    image: nginx
    env: [{name: TLS, value: on}]
  - *web
  volumes: []
"""
POLICY = Change("spec.containers[0].imagePullPolicy", None, "Always")
INSERTED = Edit(POD.index(b"\n    env"), POD.index(b"\n    env"), "\n    imagePullPolicy: Always")
EDITED = POD.replace(b"\n    env", b"\n    imagePullPolicy: Always\n    env")

LIST = b"""\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- spec:
    containers:
    - image: nginx
results: []
"""
RESULT = Result("imagePullPolicy on 1 container")
LIST_POLICY = Change("spec.containers[0].imagePullPolicy", None, "Always")
LIST_INSERTED = Edit(LIST.index(b"\nresults"), LIST.index(b"\nresults"), "\n      imagePullPolicy: Always")
LIST_EDITED = LIST.replace(b"\nresults", b"\n      imagePullPolicy: Always\nresults")
LIST_OUTPUT = LIST_EDITED.replace(b" []", b"\n- message: imagePullPolicy on 1 container\n  severity: info")

RIGHT = Outcome(EDITED, [POLICY], [INSERTED])
RIGHT_LIST = Outcome(LIST_OUTPUT, [LIST_POLICY], [LIST_INSERTED], [RESULT])


def spliced(data: str, change: Change, *edits: tuple[str, str]) -> tuple[bytes, Outcome]:
    """An input and an outcome whose edits do what they say: insert before an old text, or replace it."""
    made = []
    for old, new in edits:
        start = data.index(old)
        inserts = new.endswith(old)
        made.append(Edit(start, start if inserts else start + len(old), new.removesuffix(old) if inserts else new))
    text = data
    for edit in sorted(made, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return data.encode(), Outcome(text.encode(), [change], made)


def break_law(law: str, check: Callable[[], None]) -> None:
    with pytest.raises(AssertionError, match=f"^({law}): "):
        check()


POD_TWICE = replace(RIGHT, changes=[POLICY, replace(POLICY, path="spec.containers[1].imagePullPolicy")])
BOM = b"\xef\xbb\xbf"
ERROR = [Result("not readable", "error")]
LAWFUL = {
    "a change": (POD, RIGHT),
    "a change after a byte order mark": (BOM + POD, replace(RIGHT, output=BOM + EDITED)),
    "a container with two names, announced under both": (POD, POD_TWICE),
    "a ResourceList with results": (LIST, RIGHT_LIST),
    "nothing to change": (POD, Outcome(POD)),
    "not YAML": (b"{", Outcome(b"{", exit_code=1, results=ERROR)),
    "not UTF-8": (b"\xff", Outcome(b"\xff", exit_code=1, results=ERROR)),
    "a value for an empty string": spliced("a: ''\n", Change("a", "", "x"), ("''", "x")),
    "a value for null": spliced("a: null\n", Change("a", None, "x"), ("null", "x")),
    "a list for an empty one": spliced("a: []\n", Change("a", None, ["x"]), ("[]", "[x]")),
    "an item under a strange key": spliced(
        "a.b/c: [1]\n", Change('["a.b/c"][1]', None, {"m": "x"}), ("]", ", {m: x}]")
    ),
    "a key in a mapping that merges": spliced("a: {<<: {x: y}}\n", Change("a.x", "y", "z"), ("}\n", ", x: z}\n")),
}


@pytest.mark.parametrize(("data", "outcome"), LAWFUL.values(), ids=LAWFUL)
def test_the_lawful_pass(data: bytes, outcome: Outcome) -> None:
    # An unchanged output must be the very input.
    outcome = replace(outcome, output=data if outcome.output == data else outcome.output)
    laws.check(data, outcome, lambda output: Outcome(output, exit_code=outcome.exit_code))


IDENTITY_BREAKERS = {
    "a copy": Outcome(bytes(bytearray(POD))),
    "a line break more": Outcome(POD + b"\n"),
    "a value written anew": Outcome(POD.replace(b"on}", b"true}")),
    "changes without edits": replace(RIGHT, edits=()),
    "edits without changes": replace(RIGHT, changes=()),
    "changes that did not happen": replace(RIGHT, output=POD),
    "edits in spite of an error": replace(RIGHT, exit_code=1),
}


@pytest.mark.parametrize("outcome", IDENTITY_BREAKERS.values(), ids=IDENTITY_BREAKERS)
def test_identity_catches(outcome: Outcome) -> None:
    break_law("identity", lambda: laws.check_identity(POD, outcome))


def test_identity_catches_results_that_did_not_go_out() -> None:
    break_law("identity", lambda: laws.check_identity(LIST, Outcome(LIST, results=[RESULT])))


SECOND_RUNS = {
    "changes the output again": replace(RIGHT, output=EDITED),
    "changes the output without a word": Outcome(EDITED + b"\n"),
    "copies the output": Outcome(bytes(bytearray(EDITED))),
    "fails": Outcome(EDITED, results=[Result("bad", "error")], exit_code=1),
    "warns of what the first one did": Outcome(EDITED, results=[Result("odd", "warning")]),
}


@pytest.mark.parametrize("second", SECOND_RUNS.values(), ids=SECOND_RUNS)
def test_idempotence_catches_a_second_run_that(second: Outcome) -> None:
    break_law("idempotence|identity", lambda: laws.check_idempotence(RIGHT, lambda _: second))


def shifted(edit: Edit, by: int) -> Edit:
    return replace(edit, start=edit.start + by, end=edit.end + by)


def in_pod(inserted: str) -> tuple[bytes, Outcome]:
    return spliced(POD.decode(), POLICY, ("\n    env", f"{inserted}\n    env"))


THRIFT_BREAKERS = {
    "a blank beside the edits": (POD, replace(RIGHT, output=EDITED.replace(b"[]", b"[ ]"))),
    "a lost final line break": (POD, replace(RIGHT, output=EDITED.rstrip(b"\n"))),
    "a lost byte order mark": (BOM + POD, RIGHT),
    "an edit that says another place": (POD, replace(RIGHT, edits=[shifted(INSERTED, -1)])),
    "an edit out of the text": (POD, replace(RIGHT, edits=[shifted(INSERTED, 999)])),
    "two edits at one place": (POD, replace(RIGHT, edits=[INSERTED, INSERTED])),
    "edits that overlap": (POD, replace(RIGHT, edits=[replace(INSERTED, end=INSERTED.end + 2), shifted(INSERTED, 1)])),
    "a comment of its own": in_pod("\n    imagePullPolicy: Always # new"),
    "an anchor of its own": in_pod("\n    imagePullPolicy: &p Always"),
    "blanks at the end of a line": in_pod("\n    imagePullPolicy: Always "),
    "another line break than the neighbours": in_pod("\r\n    imagePullPolicy: Always"),
    "old text replaced by itself and more": spliced(
        POD.decode(), POLICY, ("nginx", "nginx\n    imagePullPolicy: Always")
    ),
    "a comment that went away with a value": spliced("a: x # why\n", Change("a", "x", "y"), ("x # why", "y")),
    "a blank in an item": (LIST, replace(RIGHT_LIST, output=LIST_OUTPUT.replace(b"- spec", b"-  spec"))),
    "a lost line of the envelope": (
        LIST,
        replace(RIGHT_LIST, output=LIST_OUTPUT.replace(b"kind: ResourceList\n", b"")),
    ),
}


@pytest.mark.parametrize(("data", "outcome"), THRIFT_BREAKERS.values(), ids=THRIFT_BREAKERS)
def test_thrift_catches(data: bytes, outcome: Outcome) -> None:
    break_law("thrift", lambda: laws.check_thrift(data, outcome))


B = Change("b", None, "v")
TRUTH_BREAKERS = {
    "input that is not YAML and passes": (b"a: [\n", Outcome(b"a: [\n")),
    "output that is not YAML": spliced("a: x\n", B, ("a", "b: [v\na")),
    "another value than announced": spliced("a: x\n", B, ("a", "b: z\na")),
    "another key than announced": spliced("a: x\n", B, ("a", "c: v\na")),
    "another document than announced": spliced("a: x\n---\na: x\n", replace(B, document=1), ("a", "b: v\na")),
    "another place than announced": spliced("a: {}\nc: {}\n", replace(B, path="c.b"), ("}\nc", "b: v}\nc")),
    "a document that is not there": spliced("a: x\n", replace(B, document=1), ("a", "b: v\na")),
    "a place that is not there": spliced("a: x\n", replace(B, path="d.b"), ("a", "b: v\na")),
    "a path that is none": spliced("a: x\n", replace(B, path="b c"), ("a", "b: v\na")),
    "another current value": spliced("a: x\n", Change("a", "z", "v"), ("x", "v")),
    "an addition that was a replacement": spliced("a: x\n", Change("a", None, "v"), ("x", "v")),
    "an item before the end": spliced("a: [x]\n", Change("a[1]", None, "v"), ("x", "v, x")),
    "an item at another index": spliced("a: [x]\n", Change("a[3]", None, "v"), ("]", ", v]")),
    "a key twice": spliced("a: x\n", B, ("a", "b: v\nb: v\na")),
    "a lost key": spliced("a: x\nc: z\n", B, ("a: x\n", ""), ("c", "b: v\nc")),
    "keys in another order": spliced("a: x\nc: z\n", B, ("a: x\n", "b: v\n"), ("z\n", "z\na: x\n")),
    "another type": spliced("a: x\nc: [1]\n", B, ("a", "b: v\na"), ("[1]", "{1}")),
    "a document more": spliced("a: x\n", B, ("a", "b: v\n---\na")),
    "a string that became a boolean": spliced("a: 'on'\n", B, ("a", "b: v\na"), ("'on'", "on")),
    "a number with another text": spliced("a: 1.10\n", B, ("a", "b: v\na"), ("1.10", "1.1")),
    "a number where a string was announced": spliced("a: x\n", Change("b", None, "1"), ("a", "b: 1\na")),
    "one that is a number in YAML 1.2": spliced("a: x\n", Change("b", None, "0o17"), ("a", "b: 0o17\na")),
    "one that is a boolean in YAML 1.1": spliced("a: x\n", Change("b", None, "y"), ("a", "b: y\na")),
    "one that is a number for Kubernetes": spliced("a: x\n", Change("b", None, "0b-1"), ("a", "b: 0b-1\na")),
    "one that is a date for kustomize": spliced("a: x\n", Change("b", None, "2001-1-1"), ("a", "b: 2001-1-1\na")),
    "JSON that became YAML": spliced('{"a": "x"}', B, ("}", ", b: v}")),
    "JSON that became YAML in a second document": spliced(
        '[]\n---\n{"a": "x"}\n', replace(B, document=1), ("}", ", b: v}")
    ),
    "an alias written out": spliced("a: &a [x]\nc: *a\n", B, ("a", "b: v\na"), ("*a", "[x]")),
    "an alias of a twin": spliced("a: &a [x]\nc: &c [x]\nd: *c\n", B, ("a", "b: v\na"), ("*c", "*a")),
    "a new key that another mapping merges": spliced(
        "a: &a {x: y}\nc: {<<: *a}\n", replace(B, path="a.b"), ("x", "b: v, x")
    ),
    "a new value that another mapping merges": spliced(
        "a: &a {x: z}\nc: {<<: *a}\n", Change("a.x", "z", "v"), ("z", "v")
    ),
}


@pytest.mark.parametrize(("data", "outcome"), TRUTH_BREAKERS.values(), ids=TRUTH_BREAKERS)
def test_truth_catches(data: bytes, outcome: Outcome) -> None:
    break_law("truth", lambda: laws.check_truth(data, outcome))


LIST_BREAKERS = {
    "a missing result": replace(RIGHT_LIST, results=[RESULT, RESULT]),
    "another message": replace(RIGHT_LIST, results=[Result("other")]),
    "an item that is not there": replace(RIGHT_LIST, changes=[replace(LIST_POLICY, document=1)]),
    "a path from the root": replace(RIGHT_LIST, changes=[replace(LIST_POLICY, path="items[0].spec.imagePullPolicy")]),
}


@pytest.mark.parametrize("outcome", LIST_BREAKERS.values(), ids=LIST_BREAKERS)
def test_truth_catches_in_a_resource_list(outcome: Outcome) -> None:
    break_law("truth", lambda: laws.check_truth(LIST, outcome))


@pytest.mark.parametrize("scalar", ["on", "=", "1e3", "2001-01-01", "12:30:45", "0o17", ".nan", "<<"])
def test_scalars_of_any_look_are_read(scalar: str) -> None:
    (root,) = laws.parse(f"key: {scalar}\n".encode())
    assert isinstance(root, laws.Keys)
    value = root.get("key")
    assert isinstance(value, laws.Text)
    assert value.text == scalar
