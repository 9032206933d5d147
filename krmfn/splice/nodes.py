"""Query YAML nodes: the value of a key, the position of a node, the type of a scalar.

`krmfn.splice.parsing` makes the nodes. These two modules are the only users of PyYAML.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import repeat
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from krmfn.errors import DoubledKey, InputError, OverriddenKey

__all__ = ["MappingNode", "Node", "ScalarNode", "SequenceNode"]

_STRING = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_NO_STRINGS = frozenset(("null", "bool", "int", "float"))
_RESOLVER = Resolver()
# The plain scalars that are null, bool, int or float in YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).
_CORE_1_2 = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?[0-9]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
# Further numbers and dates of Kubernetes' parsers (`resolve` in go.yaml.in/yaml/v2 and v3).
_GO = re.compile(r"[-+]?0(?:[bB][-+]?[01]+|[oO][-+]?[0-7]+|[xX][0-9a-fA-F]+)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", re.ASCII)
# Booleans of YAML 1.1 that other parsers know, but PyYAML does not.
_BOOL_1_1 = frozenset({"y", "Y", "n", "N"})
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*", re.ASCII)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly in a collection: items, or keys and values."""
    for child in node.value:
        if isinstance(child, tuple):
            yield from child
        else:
            yield child


def descendants(roots: Iterable[Node], without: Iterable[int] = ()) -> Iterator[Node]:
    """The nodes and their descendants, each collection once, without descending into ids in `without`."""
    seen: set[int] = set(without)
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (MappingNode, SequenceNode)) and id(node) not in seen:
            seen.add(id(node))
            waiting += children(node)


def keys(node: Node) -> list[Node]:
    """The keys of a mapping, in text order."""
    return [key for key, _ in node.value] if isinstance(node, MappingNode) else []


def start(node: Node) -> int:
    """The start of the node, including anchor and tag. For an alias: the start of the anchored node."""
    index: int = node.start_mark.index
    return index


def end(node: Node) -> int:
    """The end of a scalar or flow collection; meaningless for block scalars and block collections."""
    index: int = node.end_mark.index
    return index


def column(node: Node) -> int:
    """The column of the node's start, from 0."""
    in_line: int = node.start_mark.column
    return in_line


def is_flow(node: Node) -> bool:
    """Whether the node is written in flow style (`{}`, `[]`, plain or quoted scalar), so that its end is exact."""
    if isinstance(node, ScalarNode):
        return node.style not in ("|", ">")
    return bool(getattr(node, "flow_style", False))


def entry(mapping: MappingNode, key: str) -> tuple[Node, Node] | None:
    """The key and value nodes that `mapping` itself has for `key`.

    Raises:
        DoubledKey: parsers may use other nodes.
        InputError: a `<<` has something other than mappings.
    """
    found: tuple[Node, Node] | None = None
    merge: Node | None = None
    for key_node, value in mapping.value:
        if key_node.value == key and isinstance(key_node, ScalarNode):
            if found:
                raise DoubledKey(key, start(key_node))
            found = (key_node, value)
        elif key_node.value == "<<" and isinstance(key_node, ScalarNode) and _is_merge(key_node):
            if merge:
                raise DoubledKey("<<", start(key_node))
            merge = key_node
            _check_merged(value)
            if found and any(name.value == key for source in _with_merged(*_sources(value)) for name in keys(source)):
                raise OverriddenKey(key, start(found[0]))
    return found


def merged_behind(mapping: MappingNode, position: int) -> Iterator[MappingNode]:
    """The mappings that a `<<` at or after a position merges into this one, and those merged into them."""
    for key, value in mapping.value:
        if isinstance(key, ScalarNode) and _is_merge(key) and start(key) >= position:
            yield from _with_merged(*_sources(value))


def child(node: Node, key: str) -> Node | None:
    """The value of `key` in a mapping, its own or a merged one (`<<`), or None."""
    if not isinstance(node, MappingNode):
        return None
    found: Node | None = None
    merges = False
    for key_node, value in node.value:  # the hottest loop of krmfn
        if key_node.value == key and isinstance(key_node, ScalarNode):
            if found:
                raise DoubledKey(key, start(key_node))
            found = value
        elif key_node.value == "<<":
            merges = True
    if not merges:
        return found
    entries = (entry(mapping, key) for mapping in _with_merged(node))
    return next((own[1] for own in entries if own), None)


def last(node: Node | None, key: str) -> Node | None:
    """As `child`, but with the last value of a duplicate key, as most parsers do. For reading only."""
    if not isinstance(node, MappingNode):
        return None
    found: Node | None = None
    merges = False
    for name, value in node.value:
        if name.value == key and isinstance(name, ScalarNode):
            found = value
        elif name.value == "<<":
            merges = True
    for source in _with_merged(*merged(node)) if merges and found is None else ():
        own: list[Node] = [value for name, value in source.value if name.value == key and isinstance(name, ScalarNode)]
        if own:
            return own[-1]
    return found


def merged(mapping: MappingNode) -> list[MappingNode]:
    """The mappings that `<<` merges into this one, by descending precedence."""
    sources: list[MappingNode] = []
    for key_node, value in mapping.value:
        if key_node.value == "<<" and isinstance(key_node, ScalarNode) and _is_merge(key_node):
            sources += [source for source in _sources(value) if source is not mapping]
    return sources


def disputed(mapping: MappingNode) -> Iterator[tuple[str, Node]]:
    """Merged values that count for some parsers, though the mapping has the key itself, or by another `<<`, before.

    Those of mappings that stand in a `<<` are included; an aliased one has its disputed values at its own place.
    Source: the readings of PyYAML and of Kubernetes' parsers, which tests compare.
    """
    waiting: list[tuple[MappingNode, frozenset[str]]] = [(mapping, frozenset())]
    while waiting:
        one, above = waiting.pop()
        before = set(above)
        has_merge = False
        for key_node, value in one.value:
            if not isinstance(key_node, ScalarNode):
                continue
            if not _is_merge(key_node):
                before.add(key_node.value)
                continue
            sources = _sources(value)
            if has_merge:
                before |= {key for source in _with_merged(*sources) for key, _ in _own_entries(source)}
            has_merge = True
            inside = [source for source in sources if start(source) > start(key_node)]
            aliased = [source for source in sources if start(source) < start(key_node)]
            for source in (*inside, *_with_merged(*aliased)):
                yield from ((key, own) for key, own in _own_entries(source) if key in before)
            waiting += zip(inside, repeat(frozenset(before)))


def _sources(value: Node) -> list[MappingNode]:
    """The mappings that a value of `<<` merges."""
    candidates = value.value if isinstance(value, SequenceNode) else [value]
    return [source for source in candidates if isinstance(source, MappingNode)]


def all_entries(mapping: MappingNode) -> Iterator[tuple[str, Node]]:
    """Every scalar key with its value: the mapping's own keys, then merged ones (`<<`)."""
    seen: set[str] = set()
    for source in _with_merged(mapping):
        own = _own_entries(source)
        yield from ((key, value) for key, value in own if key not in seen)
        seen |= {key for key, _ in own}


def _own_entries(mapping: MappingNode) -> list[tuple[str, Node]]:
    return [
        (key.value, value)
        for key, value in mapping.value
        if isinstance(key, ScalarNode) and not (key.value == "<<" and _is_merge(key))
    ]


def _with_merged(*given: Node | None) -> Iterator[MappingNode]:
    """Mappings and the mappings merged into them at any depth, by descending precedence.

    Each appears once, because a hostile text can merge one mapping in an enormous number of ways.
    """
    seen: set[int] = set()
    waiting = [node for node in reversed(given) if isinstance(node, MappingNode)]
    while waiting:
        mapping = waiting.pop()
        if id(mapping) not in seen:
            seen.add(id(mapping))
            yield mapping
            waiting += reversed(merged(mapping))


def _is_merge(key: ScalarNode) -> bool:
    return key.value == "<<" and not key.style and key.tag in (None, _MERGE)


def check_keys(mapping: MappingNode) -> None:
    """Raise `DoubledKey` for a duplicate key."""
    seen: set[str] = set()
    for key_node, _ in mapping.value:
        if isinstance(key_node, ScalarNode) and key_node.value != "<<":
            if key_node.value in seen:
                raise DoubledKey(key_node.value, start(key_node))
            seen.add(key_node.value)


def check_merges(mapping: MappingNode) -> None:
    """Raise `DoubledKey` for a duplicate `<<`, or one after a key that it also sets; `InputError` for wrong values."""
    own: dict[str, Node] = {}
    merge: Node | None = None
    for key_node, value in mapping.value:
        if not isinstance(key_node, ScalarNode):
            continue
        if not _is_merge(key_node):
            own[key_node.value] = key_node
            continue
        if merge:
            raise DoubledKey("<<", start(key_node))
        merge = key_node
        _check_merged(value)
        for source in _with_merged(*_sources(value)):
            for name in keys(source):
                if isinstance(name, ScalarNode) and name.value in own:
                    raise OverriddenKey(name.value, start(own[name.value]))


def _check_merged(value: Node) -> None:
    """Raise `InputError` when a value of `<<` is one that all parsers of Kubernetes refuse."""
    for source in value.value if isinstance(value, SequenceNode) else [value]:
        if not isinstance(source, MappingNode):
            message = f"`<<` must have a mapping or a list of mappings, not {describe(source)}"
            raise InputError(message, start(source))


def is_null(node: Node | None) -> bool:
    """Whether the node is absent, empty or null in any spelling."""
    return node is None or (isinstance(node, ScalarNode) and _tag(node) == _NULL)


def is_string(node: Node) -> bool:
    """Whether the node is a scalar that hosts read as a string; dates and the like count as strings."""
    return isinstance(node, ScalarNode) and _is_of_strings(_tag(node))


def is_float(node: Node) -> bool:
    """Whether every parser reads the node as a number with a fraction or an exponent."""
    return isinstance(node, ScalarNode) and _tag(node).endswith(":float") and bool(_CORE_1_2.fullmatch(node.value))


def describe(node: Node) -> str:
    """A description of the node for error messages."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    return f"the {'string' if is_string(node) else 'value'} {node.value!r}"


def plain(node: Node) -> Any:
    """The node as plain data with every scalar as text: `on`, `1` and `true` stay as the user typed them.

    Raises `DoubledKey` for a duplicate key, and `InputError` for a key that is not a scalar.
    """
    if isinstance(node, MappingNode):
        check_keys(node)
        data: dict[str, Any] = {}
        for source in reversed(merged(node)):
            data |= plain(source)
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise InputError(f"a key must be a string, not {describe(key)}", start(key))
            if key.value != "<<":
                data[str(key.value)] = plain(value)
        return data
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    return None if is_null(node) else node.value


@lru_cache(maxsize=4096)
def needs_quotes(text: str) -> bool:
    """Whether YAML 1.1, YAML 1.2 or a parser of Kubernetes does not read the plain scalar `text` as that string."""
    return not _PLAIN.fullmatch(text) or is_no_string(text)


def is_no_string(text: str) -> bool:
    """Whether a parser reads the plain scalar `text` as a number, boolean, date or null."""
    if text in _BOOL_1_1 or _implicit_tag(text) != _STRING:
        return True
    number = text.replace("_", "")  # Go ignores underscores anywhere
    return bool(_CORE_1_2.fullmatch(number) or _GO.fullmatch(number))


@lru_cache(maxsize=256)
def _is_of_strings(tag: str) -> bool:
    return tag.rpartition(":")[2] not in _NO_STRINGS


def _tag(node: ScalarNode) -> str:
    if node.tag and node.tag != "!":
        return str(node.tag)
    if node.style or node.tag == "!":
        return _STRING
    return _implicit_tag(node.value)


@lru_cache(maxsize=4096)
def _implicit_tag(text: str) -> str:
    """The tag that PyYAML (YAML 1.1) gives a plain scalar."""
    return str(_RESOLVER.resolve(ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]
