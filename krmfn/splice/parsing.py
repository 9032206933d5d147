"""Parse YAML text to nodes, with bounds that keep hostile text from crashing or stalling the parsers.

Nodes are PyYAML's own: krmfn needs their values and positions (marks count code points). Tags are not resolved while
composing, which would cost a third of the time; `nodes` resolves the few scalars whose type matters.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from krmfn.errors import NotYAML
from krmfn.splice.nodes import Node, ScalarNode, children, descendants, end, start

MAX_DEPTH = 256
"""The maximum depth of collections. The C parser recurses while composing, and far deeper input crashes it."""

# In `{a:, b: c}` the parsers of Kubernetes read the key `a:`, YAML 1.2 reads `a`. libyaml and `PureParser` refuse it.
_GLUED_COLON = "found unexpected ':'"

# Since PyYAML 6.0.4 libyaml has a limit of 1,000 too; it reads that many brackets before it emits the first event.
_DEPTH_OF_LIBYAML = "maximum nesting depth"
MAX_NODES = 1_000_000
"""The maximum number of nodes in a document with expanded aliases: the bound against alias bombs."""

_SHALLOW_BRACKETS = MAX_DEPTH // 2
_DEEP_INDENT = re.compile(rf"\n[ \-?:]{{{MAX_DEPTH // 4}}}")
# Without objects nothing recurses, but libyaml's time grows with the square of the depth of brackets.
_TOLERABLE_BRACKETS = 2_000
# The literal comes first, then a lookbehind, so that the search can skip ahead to the literal. The parsers refuse names
# that begin with another character, such as the one in `a && b`.
ANCHOR = re.compile(r"&(?<=[\s\[{,:-]&)([\w-][^\s,\[\]{}]*)")
"""Text that looks like an anchor, with its name; it may be inside a string."""
ALIAS = re.compile(r"\*(?<=[\s\[{,:-]\*)([\w-][^\s,\[\]{}]*)")
"""Text that looks like an alias, with its name; it may be inside a string."""
# YAML allows the mark before a document.
_INNER_MARK = re.compile("(?<=[\r\n\x85\u2028\u2029])\ufeff(?!---|%)")
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Unresolved:
    """Leaves the tag of every node without an explicit one None."""

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> None:
        return None

    def descend_resolver(self, current_node: Node | None, current_index: Any) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None


class PureParser(_Unresolved, Reader, Scanner, Parser, Composer):
    """PyYAML without libyaml: slower, but always available."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def scan_plain(self) -> Any:
        """As in PyYAML, except that a colon glued to the following text is an error, as in libyaml."""
        token = super().scan_plain()
        if self.flow_level and self.peek() == ":" and self.peek(1) in ",?[]{}":
            context = "while scanning a plain scalar"
            raise ScannerError(context, token.start_mark, _GLUED_COLON, self.get_mark())
        return token

    def raw_parse(self) -> None:
        """Parse the rest of the text, only to raise its errors."""
        while self.check_event():
            self.get_event()  # type: ignore[no-untyped-call]


CParser: type[Any] | None
if yaml.__with_libyaml__:
    from yaml.cyaml import CParser as _LibYAMLParser  # type: ignore[attr-defined]

    class _CParser(_Unresolved, _LibYAMLParser):
        """PyYAML with libyaml."""

        def __init__(self, text: str) -> None:
            _LibYAMLParser.__init__(self, text)

    CParser = _CParser
else:  # pragma: no cover - depends on how PyYAML was built
    CParser = None

parser_class: type[Any] = CParser or PureParser
"""The parser in use."""


class _Redefining(_Unresolved, Composer):
    """Composes the events of the parser in use by YAML 1.2, which allows to redefine an anchor in a document.

    PyYAML's own composers refuse that. This one is slower than libyaml's, so it is used only after that one fails.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        parser = parser_class(text)
        self.check_event, self.peek_event, self.get_event = parser.check_event, parser.peek_event, parser.get_event

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if not self.check_event(yaml.AliasEvent):
            self.anchors.pop(self.peek_event().anchor, None)
        return super().compose_node(parent, index)


def compose(text: str) -> list[Node]:
    """The root node of each document in `text`; raise `NotYAML`, with a position in `text`."""
    if _brackets(text) > _SHALLOW_BRACKETS or _DEEP_INDENT.search("\n" + text):
        _check_depth(text)
    try:
        try:
            nodes = _composed(parser_class(text))
        except ComposerError:
            nodes = _composed(_Redefining(text))
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None
    if "\ufeff" in text:
        _check_marks(nodes, text)
    if has_aliases(text):
        for node in nodes:
            _check_expansion(node)
    return nodes


def _check_marks(roots: list[Node], text: str) -> None:
    """Raise `NotYAML` for a byte order mark at the start of a line in a document, outside of scalars.

    libyaml skips it there. Kubernetes' parsers, which derive from libyaml, read it as the first character of a word.
    """
    marks = [match.start() for match in _INNER_MARK.finditer(text)]
    spans = sorted(
        (start(node), end(node)) for node in descendants(roots if marks else ()) if isinstance(node, ScalarNode)
    )
    for mark in marks:
        before = bisect_left(spans, (mark,)) - 1
        if before < 0 or spans[before][1] <= mark:
            raise NotYAML("a byte order mark stands inside a document: remove it", mark)


def _composed(parser: Any) -> list[Node]:
    nodes = []
    while parser.check_node():
        node = parser.get_node()
        if node is not None:
            nodes.append(node)
    return nodes


def redefined_anchor(text: str) -> tuple[str, int, int] | None:
    """The first anchor that a document of `text` redefines, with the positions of its first two definitions, or None.

    The text must have been composed before.
    """
    names = ANCHOR.findall(text) if text.count("&") > 1 else []
    if len(names) == len(set(names)):
        return None
    defined: dict[str, int] = {}
    for event in _events(text):
        if isinstance(event, yaml.DocumentStartEvent):
            defined = {}
        elif (anchor := getattr(event, "anchor", None)) and not isinstance(event, yaml.AliasEvent):
            if anchor in defined:
                return anchor, defined[anchor], event.start_mark.index
            defined[anchor] = event.start_mark.index
    return None


def has_aliases(text: str) -> bool:
    """Whether a text may have aliases; a textual search, which may return True for a text without any."""
    return "*" in text and ALIAS.search(text) is not None


def scalar_pairs(text: str, nested: bool = False) -> Iterator[tuple[str, str]]:
    """The keys with scalar values of the mapping at the root (`nested`: of the list item there), parsed lazily.

    They end early at an error, at any other structure, and below the maximum depth.
    """
    events = _node_events(text)
    try:
        if nested and not isinstance(next(events), yaml.SequenceStartEvent):
            return
        if not isinstance(next(events), yaml.MappingStartEvent):
            return
        for key in events:
            if isinstance(key, yaml.CollectionEndEvent):
                return
            _skip_rest(key, events)
            value = next(events)
            _skip_rest(value, events)
            if isinstance(key, yaml.ScalarEvent) and isinstance(value, yaml.ScalarEvent):
                yield key.value, value.value
    except (StopIteration, yaml.YAMLError):
        return


def check_syntax(text: str) -> None:
    """Raise `NotYAML` if `text` does not parse. Builds no objects, so it is several times as fast as `compose`.

    A text with aliases is composed, because an undefined alias is not a syntax error.
    """
    if has_aliases(text):
        compose(text)
        return
    if _brackets(text) > _TOLERABLE_BRACKETS:
        _check_depth(text)
    try:
        parser_class(text).raw_parse()
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None


def is_one_scalar(text: str) -> bool:
    """Whether the first document of a valid text is a non-empty scalar, such as prose."""
    first = next(_node_events(text), None)
    return isinstance(first, yaml.ScalarEvent) and first.value != ""


def _node_events(text: str) -> Iterator[Any]:
    """The events of the first document's nodes."""
    for event in _events(text):
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.StreamEndEvent)):
            yield event


def _skip_rest(event: Any, events: Iterator[Any]) -> None:
    """Skip the rest of a collection; below the maximum depth stop as if the text ended there."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise StopIteration


def _brackets(text: str) -> int:
    return text.count("[") + text.count("{")


def _check_depth(text: str) -> None:
    """Raise `NotYAML` for too deep nesting, by reading events without recursion; slow, so only for suspicious text."""
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
    """Raise `NotYAML` for too many or too deep nodes with expanded aliases; visits each node once."""
    unfinished = (0, 0)
    measured: dict[int, tuple[int, int]] = {}

    def measure(node: Node, level: int) -> tuple[int, int]:
        if isinstance(node, ScalarNode):
            return 1, 0
        if id(node) not in measured:
            measured[id(node)] = unfinished
            inner = [measure(child, level + 1) for child in children(node)]
            measured[id(node)] = 1 + sum(size for size, _ in inner), 1 + max((depth for _, depth in inner), default=0)
        if measured[id(node)] == unfinished:
            raise NotYAML("an alias stands inside the collection that it refers to", start(node))
        if level + measured[id(node)][1] > MAX_DEPTH:
            raise NotYAML(f"nested deeper than {MAX_DEPTH} levels where aliases are written out", start(node))
        return measured[id(node)]

    if measure(root, 0)[0] > MAX_NODES:
        raise NotYAML(f"aliases expand to more than {MAX_NODES:,} nodes", start(root))


def _not_yaml(error: yaml.YAMLError, text: str) -> NotYAML:
    if unprintable := _NOT_PRINTABLE.search(text):
        return NotYAML(f"character U+{ord(unprintable[0]):04X} is not allowed in YAML", unprintable.start())
    problem = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if _DEPTH_OF_LIBYAML in f"{problem} {context}":
        return NotYAML(f"nested deeper than {MAX_DEPTH} levels", mark.index if mark else None)
    if problem == _GLUED_COLON:
        message = "YAML parsers disagree whether this colon belongs to the word before it: "
        message += "write a blank behind the colon, or put quotes around the word"
        return NotYAML(message, mark.index if mark else None)
    return NotYAML(f"not YAML: {problem}" + (f" ({context})" if context else ""), mark.index if mark else None)
