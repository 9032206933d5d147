"""Field paths: the notation of the catalogue, and walking it over nodes.

    spec.template.spec          a key below a key
    templates[].script          the same below every item of a list
    steps[][].inline            below every item of the lists in a list
    replicaSpecs.*.template     below every key of a mapping

Concrete field paths, as in results, have indices and names instead: `spec.templates[2].script`.
"""

import json
import re
from collections.abc import Iterator
from functools import cache

from krmfn.errors import DoubledKey, InputError
from krmfn.splice import nodes
from krmfn.splice.nodes import MappingNode, Node, SequenceNode

_EACH = "[]"
_EVERY = "*"
_STEP = re.compile(r"\[\]|\*|[A-Za-z0-9_-]+", re.ASCII)
SIMPLE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
"""A key that needs no quotes in a path."""
_KEY = SIMPLE_KEY.pattern
_PART = rf"(?:\*|{_KEY})(?:\[\])*"
_PATH = re.compile(rf"{_PART}(?:\.{_PART})*", re.ASCII)
FROM_KEY = rf"{_KEY}(?:\[\])*(?:\.{_PART})*"
"""The pattern of a path that begins with a key."""
KEY_TO_KEY = rf"(?:{_KEY}(?:\[\])*\.(?:{_PART}\.)*)?{_KEY}"
"""The pattern of a path that begins and ends with a key."""
Step = str | int
"""A key of a mapping, or an index of a list."""
_IN_BRACKETS = r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]'
_CONCRETE = re.compile(rf"{_IN_BRACKETS}|\.?({_KEY})", re.ASCII)
_ONLY_CONCRETE = re.compile(rf"(?:{_KEY}|{_IN_BRACKETS})(?:\.{_KEY}|{_IN_BRACKETS})*", re.ASCII)


@cache
def parse(path: str) -> tuple[str, ...]:
    """The steps of a path in the notation above, none for the empty path; raise `ValueError` for other texts."""
    if path and not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path such as `spec.templates[].script` or `spec.replicaSpecs.*.template`")
    return tuple(_STEP.findall(path))


def walk(node: Node, path: str, at: str) -> Iterator[tuple[Node, str]]:
    """The nodes that match `path` below `node`, which is at field path `at`, each with its field path.

    Skips absent and null fields. A list instead of a mapping, or a mapping instead of a list, raises `InputError`.
    """
    way = parse(path)
    if isinstance(node, MappingNode) and way and way[0] not in (_EACH, _EVERY):
        # Most paths of a shape are absent: no walk begins for them.
        found = child(node, way[0], at)
        return iter(()) if found is None else _walk(found, way, f"{at}.{way[0]}" if at else way[0], 1)
    return _walk(node, way, at)


def is_within(at: str, path: str) -> bool:
    """Whether the concrete field path `at` matches `path`, or is below a match."""
    return _within(path).match("." + at) is not None


@cache
def _within(path: str) -> re.Pattern[str]:
    patterns = {_EACH: r"\[\d+\]", _EVERY: r"(?:\.[^.\[]+|\[\"(?:[^\"\\]|\\.)*\"\])"}
    joined = "".join(patterns.get(step) or r"\." + re.escape(step) for step in parse(path))
    return re.compile(joined + r"(?:[.\[]|\Z)")


def is_concrete(path: str) -> bool:
    """Whether a text is a concrete field path within the object itself, not into a text in it."""
    return _ONLY_CONCRETE.fullmatch(path) is not None


def steps(at: str) -> tuple[Step, ...]:
    """The steps of a concrete field path, such as `spec.templates[2]["a/b"]`."""
    return tuple(_step(match) for match in _CONCRETE.finditer(at))


def _step(match: re.Match[str]) -> Step:
    index, quoted, key = match.groups()
    if index is not None:
        return int(index)
    return str(json.loads(quoted)) if quoted is not None else key


def join(at: str, key: str) -> str:
    """The field path of `key` in the mapping at field path `at`."""
    if not SIMPLE_KEY.fullmatch(key):
        return f"{at}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{at}.{key}" if at else key


def behind(first: str, second: str) -> str:
    """Two field paths joined: `a.b`, or `a | b` if the first one leads into a text."""
    between = " " if first.endswith("|") else "."
    return f"{first}{between}{second}" if first and second else first or second


def child(mapping: Node, key: str, at: str) -> Node | None:
    """The value of `key` in the mapping at field path `at`, or None; raise `DoubledKey` for a duplicate key."""
    try:
        return nodes.child(mapping, key)
    except DoubledKey as error:
        error.path = error.path or join(at, key)
        raise


def require_mapping(node: Node, at: str) -> MappingNode:
    """The node itself; raise `InputError` if it is not a mapping."""
    if isinstance(node, MappingNode):
        return node
    raise InputError(f"must be a mapping, not {nodes.describe(node)}", nodes.start(node), at)


def require_sequence(node: Node, at: str) -> SequenceNode:
    """The node itself; raise `InputError` if it is not a list."""
    if isinstance(node, SequenceNode):
        return node
    raise InputError(f"must be a list, not {nodes.describe(node)}", nodes.start(node), at)


def _walk(node: Node, way: tuple[str, ...], at: str, done: int = 0) -> Iterator[tuple[Node, str]]:
    for number in range(done, len(way)):
        if nodes.is_null(node):
            return
        step = way[number]
        if step == _EACH:
            items = require_sequence(node, at).value
            if number + 1 == len(way):
                yield from ((item, f"{at}[{i}]") for i, item in enumerate(items))
            else:
                for i, item in enumerate(items):
                    yield from _walk(item, way, f"{at}[{i}]", number + 1)
            return
        if step == _EVERY:
            mapping = require_mapping(node, at)
            nodes.check_keys(mapping)
            nodes.check_merges(mapping)
            for key, value in nodes.all_entries(mapping):
                yield from _walk(value, way, join(at, key), number + 1)
            return
        found = child(require_mapping(node, at), step, at)
        if found is None:
            return
        node, at = found, f"{at}.{step}" if at else step  # a step needs no quotes
    yield node, at
