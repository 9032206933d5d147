"""YAML text to nodes, and questions to nodes. The only user of PyYAML.

Nodes are PyYAML's own: they say what stands where (marks count code points), and that is all krmfn wants of them. Tags
are not resolved while composing, which costs a third of the time; the few scalars whose type matters are asked one by
one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from krmfn.errors import InputError, NotYAML

__all__ = ["MAX_DEPTH", "MAX_NODES", "MappingNode", "Node", "ScalarNode", "SequenceNode", "TypeMeta"]

MAX_DEPTH = 256
"""How deep collections may nest. The C parser recurses while composing, and far deeper input crashes it."""

MAX_NODES = 1_000_000
"""How many nodes a document may have once its aliases are written out: the bound against alias bombs."""

_SHALLOW_BRACKETS = MAX_DEPTH // 2
_DEEP_INDENT = re.compile(rf"\n[ \-?:]{{{MAX_DEPTH // 4}}}")
# Without objects nothing recurses, but libyaml's time grows with the square of the depth.
_TOLERABLE_BRACKETS = 2_000
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*[^\s,\[\]{}]", re.MULTILINE)
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STRING = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_RESOLVER = Resolver()
# What YAML 1.2's core schema reads as null, bool, int or float (https://yaml.org/spec/1.2.2/#103-core-schema).
_CORE_1_2 = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?[0-9]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
# Booleans of YAML 1.1 that PyYAML does not know but others do.
_BOOL_1_1 = frozenset({"y", "Y", "n", "N"})
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*", re.ASCII)


class NodeParser(Protocol):
    """What krmfn uses of a PyYAML loader."""

    def __init__(self, text: str) -> None: ...
    def check_event(self) -> bool: ...
    def get_event(self) -> Any: ...
    def check_node(self) -> bool: ...
    def get_node(self) -> Node | None: ...
    def raw_parse(self) -> object: ...


class _Unresolved:
    """Leaves the tag of every node without an explicit one None."""

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> None:
        return None

    def descend_resolver(self, current_node: Node | None, current_index: Any) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None


class PureParser(_Unresolved, Reader, Scanner, Parser, Composer):
    """PyYAML without libyaml: slower, and always there."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def raw_parse(self) -> None:
        """Parse what is left for its errors only."""
        while self.check_event():
            self.get_event()


CParser: type[NodeParser] | None
if yaml.__with_libyaml__:
    from yaml.cyaml import CParser as _LibYAMLParser

    class _CParser(_Unresolved, _LibYAMLParser):
        """PyYAML over libyaml."""

        def __init__(self, text: str) -> None:
            _LibYAMLParser.__init__(self, text)

    CParser = _CParser
else:  # pragma: no cover - depends on how PyYAML was built
    CParser = None

parser_class: type[NodeParser] = CParser or PureParser


@dataclass(frozen=True, slots=True)
class TypeMeta:
    """The apiVersion and kind of an object."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """`apps` of `apps/v1`; empty for the core group."""
        return self.api_version.rpartition("/")[0]


# --- text to nodes -----------------------------------------------------------------------------------------------------


def compose(text: str) -> list[Node]:
    """The root node of each document in `text`; raise `NotYAML` with a position in it."""
    _check_depth(text, _SHALLOW_BRACKETS)
    nodes = []
    try:
        parser = parser_class(text)
        while parser.check_node():
            node = parser.get_node()
            if node is not None:
                nodes.append(node)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None
    if "*" in text and _ALIAS.search(text):
        for node in nodes:
            _check_expansion(node)
    return nodes


def peek(text: str, nested: bool = False) -> TypeMeta | None:
    """Read only as far as the apiVersion and kind of the object at the root (`nested`: of the list item there).

    None when they are not both plain scalars of its own, or when the text has errors before them.
    """
    found: dict[str, str] = {}
    events = _node_events(text)
    try:
        if nested and not isinstance(next(events), yaml.SequenceStartEvent):
            return None
        if not isinstance(next(events), yaml.MappingStartEvent):
            return None
        for key in events:
            if isinstance(key, yaml.CollectionEndEvent):
                return None
            _skip_rest(key, events)
            value = next(events)
            _skip_rest(value, events)
            if isinstance(key, yaml.ScalarEvent) and isinstance(value, yaml.ScalarEvent):
                found[key.value] = value.value
                if "apiVersion" in found and "kind" in found:
                    return TypeMeta(found["apiVersion"], found["kind"])
    except (StopIteration, yaml.YAMLError):
        pass
    return None


def check_syntax(text: str) -> None:
    """Raise `NotYAML` when `text` does not parse. Builds no objects: ten times as fast as `compose`."""
    _check_depth(text, _TOLERABLE_BRACKETS)
    try:
        parser_class(text).raw_parse()
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None


def _node_events(text: str) -> Iterator[Any]:
    """The events of the first document's nodes."""
    for event in _events(text):
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.StreamEndEvent)):
            yield event


def _skip_rest(event: Any, events: Iterator[Any]) -> None:
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)


def _check_depth(text: str, harmless_brackets: int) -> None:
    """Bound the nesting by parsing events, which does not recurse, unless the text is too flat to need it."""
    if text.count("[") + text.count("{") <= harmless_brackets and not _DEEP_INDENT.search("\n" + text):
        return
    depth = 0
    try:
        for event in _events(text):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise NotYAML(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.index)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None


def _events(text: str) -> Iterator[Any]:
    parser = parser_class(text)
    while parser.check_event():
        yield parser.get_event()


def _check_expansion(root: Node) -> None:
    """Count the nodes as if every alias were written out, looking at each node once."""
    unfinished = -1
    sizes: dict[int, int] = {}

    def size(node: Node) -> int:
        if isinstance(node, ScalarNode):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = unfinished
            sizes[id(node)] = 1 + sum(map(size, children(node)))
        if sizes[id(node)] == unfinished:
            raise NotYAML("an alias stands inside the collection that it refers to", start(node))
        return sizes[id(node)]

    if size(root) > MAX_NODES:
        raise NotYAML(f"aliases expand to more than {MAX_NODES:,} nodes", root.start_mark.index)


def _not_yaml(error: yaml.YAMLError, text: str) -> NotYAML:
    if unprintable := _NOT_PRINTABLE.search(text):
        return NotYAML(f"character U+{ord(unprintable[0]):04X} is not allowed in YAML", unprintable.start())
    problem = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return NotYAML(f"not YAML: {problem}" + (f" ({context})" if context else ""), mark.index if mark else None)


# --- questions to nodes ------------------------------------------------------------------------------------------------


def children(node: Node) -> Iterator[Node]:
    """The nodes directly in a collection: items, or keys and values."""
    for child in node.value:
        if isinstance(child, tuple):
            yield from child
        else:
            yield child


def start(node: Node) -> int:
    """Where the node starts, its anchor and tag included. For an alias: where the anchored node does."""
    index: int = node.start_mark.index
    return index


def end(node: Node) -> int:
    """Where a scalar or flow collection ends; meaningless for block scalars and block collections."""
    index: int = node.end_mark.index
    return index


def is_flow(node: Node) -> bool:
    """Whether the node is written in flow style (`{}`, `[]`, plain or quoted scalar), so that its end is exact."""
    if isinstance(node, ScalarNode):
        return node.style not in ("|", ">")
    return bool(node.flow_style)


def entry(mapping: MappingNode, key: str) -> tuple[Node, Node] | None:
    """The key and value nodes that `mapping` itself has for `key`; raise `InputError` when it has several."""
    found: tuple[Node, Node] | None = None
    for key_node, value in mapping.value:
        if key_node.value == key and isinstance(key_node, ScalarNode):
            if found:
                raise InputError(f"key `{key}` stands twice in one mapping", start(key_node))
            found = (key_node, value)
    return found


def child(node: Node, key: str) -> Node | None:
    """The value of `key` in a mapping, its own or one that arrives by `<<`."""
    if not isinstance(node, MappingNode):
        return None
    if own := entry(node, key):
        return own[1]
    return next((value for source in merged(node) if (value := child(source, key)) is not None), None)


def merged(mapping: MappingNode) -> list[MappingNode]:
    """The mappings that `<<` merges into this one, those that win first."""
    sources: list[MappingNode] = []
    for key_node, value in mapping.value:
        if key_node.value == "<<" and not key_node.style and key_node.tag in (None, _MERGE):
            candidates = value.value if isinstance(value, SequenceNode) else [value]
            sources += [source for source in candidates if isinstance(source, MappingNode) and source is not mapping]
    return sources


def check_keys(mapping: MappingNode) -> None:
    """Raise `InputError` when a key stands twice: parsers disagree on which one counts."""
    seen: set[str] = set()
    for key_node, _ in mapping.value:
        if isinstance(key_node, ScalarNode) and key_node.value != "<<":
            if key_node.value in seen:
                raise InputError(f"key `{key_node.value}` stands twice in one mapping", start(key_node))
            seen.add(key_node.value)


def is_null(node: Node | None) -> bool:
    """Whether the node is absent, empty or some spelling of null."""
    return node is None or (isinstance(node, ScalarNode) and _tag(node) == _NULL)


def is_string(node: Node) -> bool:
    """Whether the node is a scalar that hosts read as a string (dates and the like count: hosts know no others)."""
    return isinstance(node, ScalarNode) and _tag(node).rpartition(":")[2] not in {"null", "bool", "int", "float"}


def describe(node: Node) -> str:
    """What the node is, for an error message."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    return f"the {'string' if is_string(node) else 'value'} {node.value!r}"


def plain(node: Node) -> Any:
    """The node as plain data with every scalar as its text: `on`, `1` and `true` stay what the user typed."""
    if isinstance(node, MappingNode):
        data: dict[str, Any] = {}
        for source in reversed(merged(node)):
            data |= plain(source)
        return data | {str(key.value): plain(value) for key, value in node.value if key.value != "<<"}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    return None if is_null(node) else node.value


@lru_cache(maxsize=4096)
def needs_quotes(text: str) -> bool:
    """Whether YAML 1.1 or 1.2 would read the plain scalar `text` as anything but that string."""
    return (
        not _PLAIN.fullmatch(text)
        or text in _BOOL_1_1
        or _CORE_1_2.fullmatch(text) is not None
        or _implicit_tag(text) != _STRING
    )


def _tag(node: ScalarNode) -> str:
    if node.tag is not None and node.tag != "!":
        return str(node.tag)
    if node.style or node.tag == "!":
        return _STRING
    return _implicit_tag(node.value)


@lru_cache(maxsize=4096)
def _implicit_tag(text: str) -> str:
    """What PyYAML, that is YAML 1.1, takes a plain scalar for."""
    return str(_RESOLVER.resolve(ScalarNode, text, (True, False)))
