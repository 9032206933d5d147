"""Golden packages: a folder of manifests, with the expected output of a function in `.expected`, in kpt's format.

    first/
      fn-config.yaml             the function config
      app.yaml                   manifests, in any number of files and folders
      .expected/diff.patch       the changes
      .expected/results.yaml     the results

With the variable KRMFN_UPDATE set, tests write `.expected` instead of comparing: read the diff before you commit it.
"""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from krmfn.errors import SettingsError
from krmfn.krm.outcome import Outcome
from krmfn.krm.resources import INDEX_ANNOTATION, PATH_ANNOTATION
from krmfn.sdk import Function
from krmfn.sdk.config import accepted, validated
from krmfn.splice import nodes, parsing, rendering
from krmfn.splice.edits import Edit, apply_edits
from krmfn.testing import laws

UPDATE = "KRMFN_UPDATE"
CONFIG = "fn-config.yaml"
EXPECTED = ".expected"
_NO_MANIFESTS = (CONFIG, "Kptfile")
_RESULT_LIST = {"apiVersion": "kpt.dev/v1", "kind": "FunctionResultList", "metadata": {"name": "fnresults"}}


def golden(function: Function[Any], folder: str | Path) -> Callable[[Path], None]:
    """A pytest test with a case for each package in a folder; a relative path starts at the current folder.

    Raises:
        ValueError: the folder has no packages.
    """
    import pytest

    root = Path(folder)
    packages = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    if not packages:
        raise ValueError(f"{root} has no folders with packages")

    @pytest.mark.parametrize("package", packages, ids=lambda package: package.name)
    def test(package: Path) -> None:
        check_package(function, package)

    return test


def check_package(function: Function[Any], package: Path) -> None:
    """Run a function on a package, as a stream and as a ResourceList, and compare with the expected output.

    Raises:
        AssertionError: the output differs, or the function breaks one of the four laws.
    """
    files = {str(path.relative_to(package)): _text(path) for path in _manifests(package)}
    config = _text(package / CONFIG) if (package / CONFIG).exists() else ""
    resource_list = _resource_list(files, config).encode()
    in_list = function.run(resource_list)
    laws.check(resource_list, in_list, function.run)
    try:
        spec = _spec(function, config)
    except SettingsError:  # the results of the ResourceList report it
        after = files
    else:
        stream, starts = _stream(files)
        data = stream.encode()
        outcome = function.run(data, spec)
        laws.check(data, outcome, lambda again: function.run(again, spec))
        if outcome.exit_code == in_list.exit_code == 0:
            _check_same(outcome, in_list)
        after = _files_after(files, starts, outcome)
    patch = _patch(files, {**after, **_new_files(in_list)})
    results = yaml.safe_dump(
        _RESULT_LIST
        | {"exitCode": in_list.exit_code, "items": [{"results": [result.as_data() for result in in_list.results]}]},
        sort_keys=False,
        width=120,
    )
    _compare(package / EXPECTED / "diff.patch", patch)
    _compare(package / EXPECTED / "results.yaml", results)


def _manifests(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package).parts
        is_hidden = any(part.startswith(".") for part in inside)
        if path.is_file() and path.suffix in (".yaml", ".yml") and not is_hidden and path.name not in _NO_MANIFESTS:
            yield path


def _text(path: Path) -> str:
    """The text of a file with its own line ends."""
    return path.read_bytes().decode()


def _spec(function: Function[Any], config: str) -> Any:
    if not config:
        return validated(function.config, {}, "spec")
    return accepted(nodes.plain(parsing.compose(config)[0]), function.config, function.api_version, function.kind)


def _stream(files: Mapping[str, str]) -> tuple[str, dict[str, int]]:
    """All files as one stream, and the start of each file in it."""
    stream, starts = "", {}
    for name, text in files.items():
        if stream and not text.startswith("---"):
            stream += "---\n"
        starts[name] = len(stream)
        stream += text if text.endswith("\n") else text + "\n"
    return stream, starts


def _resource_list(files: Mapping[str, str], config: str) -> str:
    """The files as kpt passes them, but with their text unchanged."""
    lines = ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList"]
    if config:
        lines += ["functionConfig:", *_indented(config, "  ")]
    items = [item for name, text in files.items() for item in _items(name, text)]
    return "\n".join([*lines, *(["items:", *items] if items else ["items: []"])]) + "\n"


def _items(name: str, text: str) -> Iterator[str]:
    documents = [""]
    for line in text.splitlines():
        if line == "---" or line.startswith("--- "):
            documents.append("")
        else:
            documents[-1] += line + "\n"
    for index, document in enumerate(found for found in documents if yaml.safe_load(found) is not None):
        annotations = {PATH_ANNOTATION: name, INDEX_ANNOTATION: str(index)}
        item = yaml.compose(document)
        assert isinstance(item, yaml.MappingNode)
        first, *rest = _indented(_annotated(document, item, annotations), "  ")
        yield "\n".join([f"- {first[2:]}", *rest])


def _annotated(text: str, root: yaml.MappingNode, annotations: dict[str, str]) -> str:
    """A document with further annotations, inserted by its marks: its own text stays unchanged."""
    metadata = next((value for key, value in root.value if key.value == "metadata"), None)
    own = next((value for key, value in metadata.value if key.value == "annotations"), None) if metadata else None
    pairs = [f'{key}: "{value}"' for key, value in annotations.items()]
    target = own if isinstance(own, yaml.MappingNode) and own.value else metadata
    if not isinstance(target, yaml.MappingNode) or not target.value:
        return text
    start = target.value[0][0].start_mark
    lines = pairs if target is own else ["annotations: {" + ", ".join(pairs) + "}"]
    between = ", " if target.flow_style else "\n" + " " * start.column
    return text[: start.index] + "".join(line + between for line in lines) + text[start.index :]


def _indented(text: str, indent: str) -> list[str]:
    return [indent + line if line else "" for line in text.splitlines()]


def _check_same(stream: Outcome, in_list: Outcome) -> None:
    """Check that the stream and the ResourceList have the same objects, except for annotations of hosts."""
    one = [_without_hosts(found) for found in yaml.safe_load_all(stream.output) if found is not None]
    other = [_without_hosts(found) for found in yaml.safe_load(in_list.output)["items"]]
    if one != other:
        raise AssertionError("the function's output for the stream differs from its output for the ResourceList")


def _without_hosts(found: Any) -> Any:
    metadata = found.get("metadata") or {}
    kept = {k: v for k, v in (metadata.get("annotations") or {}).items() if not k.startswith("internal.config.")}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return found | {"metadata": rest | ({"annotations": kept} if kept else {})}


def _files_after(files: Mapping[str, str], starts: Mapping[str, int], outcome: Outcome) -> dict[str, str]:
    after = {}
    for name, text in files.items():
        start, stop = starts[name], starts[name] + len(text)
        inside = [
            Edit(max(edit.start, start) - start, min(edit.end, stop) - start, edit.text)
            for edit in outcome.edits
            if edit.start < stop and edit.end >= start and not (edit.start == edit.end == start)
        ]
        after[name] = apply_edits(text, inside)
    return after


def _new_files(outcome: Outcome) -> dict[str, str]:
    """The new objects, each in its file, without the annotations that name the file."""
    made: dict[str, str] = {}
    for change in outcome.changes:
        if not change.path and not change.removed:
            found = _without_hosts(change.proposed)
            name = change.proposed["metadata"].get("annotations", {}).get(PATH_ANNOTATION, "new.yaml")
            text = "".join(f"{line}\n" for line in rendering.block(found))
            made[str(name)] = f"{made[name]}---\n{text}" if name in made else text
    return made


def _patch(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    lines: list[str] = []
    for name in sorted({**before, **after}):
        old, new = before.get(name, "").splitlines(), after[name].splitlines()
        names = (f"a/{name}" if name in before else "/dev/null", f"b/{name}" if after[name] else "/dev/null")
        lines += difflib.unified_diff(old, new, *names, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _compare(file: Path, text: str) -> None:
    if os.environ.get(UPDATE):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    expected = file.read_text(encoding="utf-8") if file.exists() else ""
    if text != expected:
        diff = difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "output", lineterm="")
        raise AssertionError(f"{file} differs (write it with {UPDATE}=1):\n" + "\n".join(diff))
