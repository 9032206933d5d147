"""Shrink a failing sample: remove documents, blocks, lines, settings and characters while it still fails."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from fuzzing.samples import Sample

Fails = Callable[[Sample], bool]

MOST_TRIES = 3_000
_SEPARATOR = re.compile(r"^(?=---)", re.MULTILINE)
_INDENT = re.compile(r"[ -]*")


def shrunk(sample: Sample, fails: Fails) -> Sample:
    """The smallest sample found for which `fails` is true."""
    tries = 0
    found = True
    while found:
        found = False
        for cut in (_documents, _blocks, _entries, _lines, _settings, _spans):
            candidates = cut(sample)
            while candidate := next(candidates, None):
                if not candidate.text or candidate == sample:
                    continue
                tries += 1
                if tries > MOST_TRIES:
                    return sample
                if fails(candidate):
                    sample, found, candidates = candidate, True, cut(candidate)
    return sample


def _documents(sample: Sample) -> Iterator[Sample]:
    yield from _without_each(_SEPARATOR.split(sample.text), sample)


def _blocks(sample: Sample) -> Iterator[Sample]:
    """Samples without a line and the deeper lines below it."""
    lines = sample.text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        depth = _depth(line)
        end = next((j for j in range(i + 1, len(lines)) if _depth(lines[j]) <= depth), len(lines))
        if end > i + 1:
            yield replace(sample, text="".join(lines[:i] + lines[end:]))


def _depth(line: str) -> int:
    return len(_INDENT.match(line)[0])  # type: ignore[index]  # matches anything


def _entries(sample: Sample) -> Iterator[Sample]:
    """Samples without an entry of a mapping or an item of a list, by PyYAML's nodes."""
    text = sample.text
    try:
        waiting = [*yaml.compose_all(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)]
    except yaml.YAMLError:
        return
    shift = text.startswith("\ufeff")
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, yaml.ScalarNode):
            continue
        parts = [part if isinstance(part, tuple) else (part,) for part in node.value]
        waiting += (inner for part in parts for inner in part)
        for i, part in enumerate(parts):
            begin, end = part[0].start_mark.index, part[-1].end_mark.index
            if i + 1 < len(parts):
                end = parts[i + 1][0].start_mark.index
            elif i:
                begin = parts[i - 1][-1].end_mark.index
            if begin < end:
                yield replace(sample, text=text[: begin + shift] + text[end + shift :])


def _lines(sample: Sample) -> Iterator[Sample]:
    yield from _without_each(sample.text.splitlines(keepends=True), sample)


def _settings(sample: Sample) -> Iterator[Sample]:
    if sample.spec is not None:
        yield from (replace(sample, spec=spec) for spec in _without_one(sample.spec))


def _spans(sample: Sample) -> Iterator[Sample]:
    """Samples without the text between two marks of YAML, without a word, without a character."""
    text = sample.text
    marks = [match.start() for match in re.finditer(r"[\s,{}\[\]:#]", text)]
    for width in (12, 6, 4, 3, 2, 1):
        for i in range(len(marks) - width):
            yield replace(sample, text=text[: marks[i]] + text[marks[i + width] :])
    for i in range(len(text)):
        yield replace(sample, text=text[:i] + text[i + 1 :])


def _without_each(parts: list[str], sample: Sample) -> Iterator[Sample]:
    """Samples without a half of the parts, a quarter and so on, down to one part."""
    size = len(parts) // 2
    while size:
        for i in range(0, len(parts), size):
            yield replace(sample, text="".join(parts[:i] + parts[i + size :]))
        size //= 2


def _without_one(data: Any) -> Iterator[Any]:
    """Plain data without one of its keys or items, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield {name: inner for name, inner in data.items() if name != key}
            yield from ({**data, key: inner} for inner in _without_one(value))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield data[:i] + data[i + 1 :]
            yield from ([*data[:i], inner, *data[i + 1 :]] for inner in _without_one(value))
