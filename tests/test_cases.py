"""Every input under `cases/` obeys the four laws, under both YAML loaders, and comes out as its snapshot says.

A case is a file `cases/<topic>/<trap>.yaml` (or `.json`, or `.bin` for what no editor should touch). Comment lines at
its top may say how to run it; they are part of the input.

    # config: {pullSecrets: [{name: regcred}]}     the spec of an ImagePull, and the default; a ResourceList has its own
    # loaders: c (why the other one refuses it)    only under this YAML loader

Where a comment would spoil the point, a file `<trap>.config.yaml` beside it holds the spec.
"""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import laws
import places
import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from krmfn import Outcome, Settings, run

CASES = Path(__file__).parent / "cases"
SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_cases"
DEFAULT_SPEC = {"pullSecrets": [{"name": "regcred"}]}
HEADER = re.compile(rb"\A(?:\xef\xbb\xbf)?((?:#.*\r?\n)*)")
RESOURCE_LIST = re.compile(rb'"?kind"?: *"?ResourceList')


@dataclass(frozen=True)
class Case:
    """One input and how to run it."""

    path: Path

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @cached_property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @property
    def loaders(self) -> str:
        return self._header("loaders") or "c, pure"

    @property
    def spec(self) -> Any:
        """The spec of the settings; None when the input brings its own."""
        beside = self.path.with_suffix(".config.yaml")
        if beside.exists():
            return yaml.safe_load(beside.read_bytes())
        if header := self._header("config"):
            return yaml.safe_load(header)
        return None if RESOURCE_LIST.search(self.data) else DEFAULT_SPEC

    @property
    def settings(self) -> Settings | None:
        """None when the input brings its own."""
        if (spec := self.spec) is None:
            return None
        return Settings.from_function_config(
            {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
        )

    def _header(self, key: str) -> str:
        header = HEADER.match(self.data)
        assert header is not None
        found = re.search(rb"^# %s:(.*)" % key.encode(), header[1], re.MULTILINE)
        return found[1].decode().strip() if found else ""


def find_cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*/*")):
        if path.suffix in {".yaml", ".json", ".bin"} and not path.name.endswith(".config.yaml"):
            yield Case(path)


class OneFilePerCase(SingleFileSnapshotExtension):
    """Keeps the snapshot of `cases/<topic>/<trap>.*` in `__snapshots__/test_cases/<topic>/<trap>.txt`."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(SNAPSHOTS / cls._path(test_location).parent)

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:  # noqa: ARG003
        return cls._path(test_location).name

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return cls._name(cls.get_location(test_location=test_location, index=index))

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        collection = SnapshotCollection(location=snapshot_location)
        collection.add(Snapshot(name=self._name(snapshot_location)))
        return collection

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        return snapshot_location == cls.get_location(test_location=test_location, index=0)

    @staticmethod
    def _name(snapshot_location: str) -> str:
        """The topic is part of the name, or `-k "not <topic>" --snapshot-update` would delete the topic's snapshots."""
        return f"test_case[{Path(snapshot_location).relative_to(SNAPSHOTS).with_suffix('')}]"

    @staticmethod
    def _path(test_location: PyTestLocation) -> Path:
        """`<topic>/<trap>`; syrupy asks for those of all tests, even where there is no case."""
        params = test_location.item.callspec.params if hasattr(test_location.item, "callspec") else {}
        case = params.get("case")
        return Path(case.name if isinstance(case, Case) else test_location.testname)


def report(data: bytes, outcome: Outcome) -> str:
    """An outcome for a reviewer: exit code, results, changes, and the whole output as a diff."""
    lines = [f"exit code {outcome.exit_code}", "", "results:"]
    lines += [line for result in outcome.results for line in _result_lines(result.as_data())]
    lines += ["", "changes:"]
    lines += [
        f"- {change.document}: {change.path}: {_json(change.current)} -> {_json(change.proposed)}"
        for change in outcome.changes
    ]
    lines += ["", "output:"]
    lines += ["unchanged"] if outcome.output == data else _whole_diff(data, outcome.output)
    return "\n".join(lines) + "\n"


def _result_lines(data: dict[str, Any]) -> Iterator[str]:
    # What is wrong with the YAML, each loader says in its own words.
    message = re.sub("not YAML: .*(?= \\(document)", "not YAML: …", data.pop("message")).replace("\n", "\n  ")
    yield f"- {data.pop('severity')}: {message}"
    for key, value in data.items():
        yield f"  {key}: {_json(value)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _whole_diff(before: bytes, after: bytes) -> list[str]:
    """Every line of the output, with the changes marked."""
    old, new = _visible_lines(before), _visible_lines(after)
    diff = difflib.unified_diff(old, new, n=max(len(old), len(new)), lineterm="")
    return [line.rstrip(" ") if line == " " else line for line in diff][3:]


def _visible_lines(data: bytes) -> list[str]:
    """The lines of a text with all that a viewer would not show escaped."""
    lines = ["".join(map(_visible, line)) for line in data.decode().split("\n")]
    return lines[:-1] if not lines[-1] else [*lines, "(no line break at the end)"]


def _visible(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]


DEEP = 100_000
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: web, image: nginx}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n"
LIST = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig: "
HOSTILE = {
    "brackets-in-a-pod": POD + "x: " + "[" * DEEP + "]" * DEEP,
    "brackets-that-are-never-closed": POD + "x: " + "[" * DEEP,
    "brackets-in-a-document-that-is-not-ours": SECRET + "x: " + "[" * DEEP + "]" * DEEP,
    "brackets-before-the-kind": "x: " + "[" * DEEP + "]" * DEEP + "\n" + POD,
    "brackets-in-a-function-config": LIST + "[" * DEEP + "]" * DEEP,
    "brackets-behind-json": "{}" + "[" * DEEP,
    "brackets-before-json": "[" * DEEP + "]" * DEEP + "{}",
    "braces-in-a-pod": POD + "x: " + "{a: " * DEEP + "}" * DEEP,
    "dashes-in-a-pod": POD + "x:\n  " + "- " * DEEP + "a\n",
    "question-marks-in-a-pod": POD + "? " * DEEP + "a\n",
    "indents-in-a-pod": POD + "".join(" " * i + "a:\n" for i in range(2_000)),
    "aliases-of-aliases": "".join(f"x{i + 1}: &x{i + 1} [*x{i}]\n" for i in range(5_000)).replace("*x0", "a") + POD,
    "merges-of-merges": "x0: &x0 {image: nginx}\n"
    + "".join(f"x{i + 1}: &x{i + 1} {{<<: *x{i}}}\n" for i in range(900))
    + POD.replace("image: nginx", "<<: *x900"),
}


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_refused(text: str) -> None:
    data = text.encode()
    outcome = run(data)
    assert outcome.exit_code == 1
    assert outcome.output is data
    assert not outcome.changes
    (result,) = outcome.results
    assert re.match("nested deeper than|not YAML: |`<<` .*deep|the aliases .*", result.message), result.message


@pytest.mark.usefixtures("loader")
def test_streams_without_settings_get_the_defaults() -> None:
    assert run(POD.encode()) == run(POD.encode(), Settings())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in find_cases()])
def test_case(case: Case, loader: str, snapshot: SnapshotAssertion) -> None:
    if loader not in re.findall(r"\w+", case.loaders.partition("(")[0]):
        pytest.skip(f"only under the loader {case.loaders}")
    settings = case.settings
    outcome = run(case.data, settings)
    laws.check(case.data, outcome, lambda data: run(data, settings))
    assert report(case.data, outcome) == snapshot.use_extension(OneFilePerCase)
    assert [result for result in outcome.results if not places.is_where_it_says(result, case.data)] == []


def test_every_snapshot_has_its_case() -> None:
    snapshots = {str(path.relative_to(SNAPSHOTS).with_suffix("")) for path in SNAPSHOTS.glob("*/*")}
    assert snapshots == {case.name for case in find_cases()}
