"""Check the four laws of krmfn from the outside.

This module does not know how krmfn finds or places a change. It compares the announced changes and edits of an
`Outcome` with the bytes: with PyYAML's own loader, by slicing, and by a second run. A broken law raises an
`AssertionError` that says which one and where.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import yaml


class EditLike(Protocol):
    """Replaces the code points from `start` to `end` of the input."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...


class ChangeLike(Protocol):
    """An announced change: `path` in document or item number `document` goes from `current` to `proposed`.

    With `removed`, the field is removed; indices in paths are those before the change.
    """

    @property
    def document(self) -> int: ...
    @property
    def path(self) -> str: ...
    @property
    def current(self) -> Any: ...
    @property
    def proposed(self) -> Any: ...
    @property
    def removed(self) -> bool: ...


class ResultLike(Protocol):
    """A result item."""

    def as_data(self) -> dict[str, Any]:
        """The wire format."""
        ...


class OutcomeLike(Protocol):
    """The outcome of a run."""

    @property
    def output(self) -> bytes: ...
    @property
    def results(self) -> Sequence[ResultLike]: ...
    @property
    def exit_code(self) -> int: ...
    @property
    def edits(self) -> Sequence[EditLike]: ...
    @property
    def changes(self) -> Sequence[ChangeLike]: ...


def check(data: bytes, outcome: OutcomeLike, rerun: Callable[[bytes], OutcomeLike]) -> None:
    """Check all four laws for an outcome of the input `data`; `rerun` runs krmfn with the same settings."""
    check_identity(data, outcome)
    check_thrift(data, outcome)
    check_truth(data, outcome)
    check_idempotence(outcome, rerun)


# --- identity --------------------------------------------------------------------------------------------------------


def check_identity(data: bytes, outcome: OutcomeLike) -> None:
    """Without changes, the output is the same object as the input. After an error, there are no changes."""
    _require(bool(outcome.changes) == bool(outcome.edits), "identity", "changes without edits, or the other way round")
    if outcome.exit_code:
        _require(not outcome.edits, "identity", "there is an error result, and yet the input was edited")
    if outcome.changes:
        _require(outcome.output != data, "identity", "changes are announced, and the output is the input")
    elif outcome.results and is_resource_list(data) and _takes_results(data, outcome):
        _require(outcome.output != data, "identity", "the results are not in the ResourceList")
    else:
        _require(outcome.output == data, "identity", f"nothing was to change\n{_diff(data, outcome.output)}")
        _require(outcome.output is data, "identity", "the output is a copy of the input, not the input")


# Errors about the place of `results`, and errors about YAML that `parse` accepts: it is less strict and has no bounds.
_NO_PLACE = re.compile(
    "cannot add `results`|^(not YAML|YAML parsers disagree|nested deeper|an alias stands inside|aliases expand|"
    "a byte order mark stands inside)|a second byte order mark"
)


def _takes_results(data: bytes, outcome: OutcomeLike) -> bool:
    """Whether results can be added to a ResourceList: it has none or a list of them, and no error says otherwise."""
    if any(_NO_PLACE.search(result.as_data()["message"]) for result in outcome.results):
        return False
    (root,) = parse(data)
    names = [key.text for key, _ in root.own if isinstance(key, Text)] if isinstance(root, Keys) else []
    if len(names) != len(set(names)):
        return outcome.output != data  # the envelope itself may have an error
    old = root.get("results") if isinstance(root, Keys) else None
    return isinstance(old, Items) or _plain(old) is None


# --- idempotence -----------------------------------------------------------------------------------------------------


def check_idempotence(outcome: OutcomeLike, rerun: Callable[[bytes], OutcomeLike]) -> None:
    """A second run changes nothing, and reports no problem that the first run did not."""
    second = rerun(outcome.output)
    announced = [(change.path, change.proposed) for change in second.changes]
    _require(not announced, "idempotence", f"the second run changes {announced}")
    _require(not second.edits, "idempotence", f"the second run edits {list(second.edits)}")
    _require(second.exit_code == outcome.exit_code, "idempotence", "the second run has another exit code")
    new = [message for message in _problems(second) if message not in _problems(outcome)]
    _require(not new, "idempotence", f"the second run complains anew: {new}")
    check_identity(outcome.output, second)


def _problems(outcome: OutcomeLike) -> list[str]:
    """The messages of errors and warnings, without lines and columns, which edits move."""
    results = (result.as_data() for result in outcome.results)
    return [
        re.sub(r"(line|column) \d+", r"\1", result["message"]) for result in results if result["severity"] != "info"
    ]


# --- thrift ----------------------------------------------------------------------------------------------------------

_NOTHING = re.compile(r"|~|null|Null|NULL|\[\s*\]|''" + '|""')
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_TRAILING_BLANKS = re.compile("[ \t](?=[\r\n\x85\u2028\u2029]|\\Z)")
_ESCAPE = re.compile(r"\\+(?:x..|u.{4}|U.{8}|.)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
_WORD = re.compile(r"[^\s\"'{}\[\],:\\]+")


def check_thrift(data: bytes, outcome: OutcomeLike) -> None:
    """The output without the inserted spans is the input, and the spans have only the new values."""
    bom, text = _decode(data) if outcome.edits or is_resource_list(data) else ("", "")
    if not outcome.edits and not text:
        return
    edits = sorted(outcome.edits, key=lambda edit: (edit.start, edit.end))
    edited = bom + _splice(text, edits)
    output = outcome.output.decode()
    if is_resource_list(data) and outcome.results:
        removed, inserted = _changed_middle(edited, output)
        # An empty list or null, without the part that the new text shares with it; or an alias of one.
        is_nothing = set(removed) <= set("[ \tnul~]") or re.fullmatch(r"\*\S+", removed)
        is_kept = is_nothing or _is_subsequence(removed, inserted)
        _require(bool(is_kept), "thrift", f"{removed!r} went away for the results")
    else:
        _require(edited == output, "thrift", f"the output is not the input with the edits\n{_diff(edited, output)}")
    _check_replaced(text, edits, outcome.changes)
    _check_words(edits, outcome.changes)
    breaks = set(_BREAK.findall(text)) or {"\n"}
    new_breaks = set(_BREAK.findall(output)) - breaks
    _require(not new_breaks, "thrift", f"line breaks {new_breaks} are new; the input has {breaks}")
    blanks = len(_TRAILING_BLANKS.findall(output)) - len(_TRAILING_BLANKS.findall(bom + text))
    _require(blanks <= 0, "thrift", f"{blanks} more lines end with blanks")


def _splice(text: str, edits: Iterable[EditLike]) -> str:
    pieces, position, last = [], 0, None
    for edit in edits:
        inside = 0 <= edit.start <= edit.end <= len(text)
        _require(inside, "thrift", f"{edit} reaches out of the input of {len(text)} code points")
        _require(edit.start >= position, "thrift", f"{edit} overlaps {last}")
        # The order of two insertions at one position would be undefined.
        _require(last is None or edit.start != last.start, "thrift", f"{edit} meets {last}")
        pieces += [text[position : edit.start], edit.text]
        position, last = edit.end, edit
    return "".join([*pieces, text[position:]])


def _check_replaced(text: str, edits: Iterable[EditLike], changes: Iterable[ChangeLike]) -> None:
    """Only a value that is announced as the current one, an alias for it, or empty text may be replaced."""
    changes = tuple(changes)
    current = {str(change.current) for change in changes if change.current is not None}
    # A replaced or removed collection goes with its keys, its comments and its separators.
    gone = {"-", "|", ">", "|-", ">-", "|+", ">+", "?", "---", "<<", "~"}
    for change in changes:
        gone |= set(_words(change.current)) | set(_words(_last_step(change.path)))
    with_comments = any(
        change.removed or isinstance(change.current, (dict, list)) or "\n" in str(change.current) for change in changes
    )
    for edit in edits:
        removed = text[edit.start : edit.end]
        if _is_of(gone, _COMMENT.sub("", removed) if with_comments else removed):
            continue
        bare = removed.replace("\\", "")  # escapes of quotes in a string inside a string
        known = _NOTHING.fullmatch(bare) or bare.strip("\"'") in current or re.fullmatch(r"\*\S+", bare)
        _require(bool(known) or _scalar(removed) in current, "thrift", f"{bare!r} went away for {edit.text!r}")


def _scalar(text: str) -> str | None:
    """The text of a scalar, as YAML has it; None for other YAML, for one with a comment, and for no YAML."""
    try:
        node = yaml.compose(text, Loader=_LOADERS[-1])
    except yaml.YAMLError:
        return None
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.end_mark.index == len(text) else None


def _is_of(gone: set[str], removed: str) -> bool:
    """Whether a removed text has only words of removed values, aliases, anchors and tags."""
    return any(
        all(word in gone or word[0] in "*&!" for word in _WORD.findall(variant))
        for variant in (removed, _ESCAPE.sub(" ", removed))
    )


def _last_step(path: str) -> str:
    steps = _steps(path.rpartition(_INTO)[2])
    return str(steps[-1]) if steps else ""


def _check_words(edits: Iterable[EditLike], changes: Iterable[ChangeLike]) -> None:
    """Every inserted word is a key or value of an announced change: no comments, anchors, tags or marks."""
    allowed = {"-"}
    for change in changes:
        # A new document has a separator.
        allowed |= set() if change.path else {"---"}
        allowed |= set(_words(_last_step(change.path))) | set(_words(change.proposed))
        allowed |= {"|", "|-"} if "\\n" in repr(change.proposed) else set()
    for edit in edits:
        strange = [word for word in _WORD.findall(_ESCAPE.sub(" ", edit.text)) if word not in allowed]
        _require(not strange, "thrift", f"{edit.text!r} inserts {strange}, which no change announces")


def _words(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from (*_words(key), *_words(value))
    elif isinstance(data, list):
        for item in data:
            yield from _words(item)
    elif data is None or isinstance(data, bool):
        yield {None: "null", True: "true", False: "false"}[data]
    elif isinstance(data, float):
        yield from (str(data), str(data).replace("e", ".0e"))
    else:
        yield from _WORD.findall(str(data))


def _is_subsequence(text: str, whole: str) -> bool:
    rest = iter(whole)
    return all(char in rest for char in text)


def _changed_middle(before: str, after: str) -> tuple[str, str]:
    """The parts of two texts between their common prefix and their common suffix."""
    limit = min(len(before), len(after))
    begin = _common(before, after, limit)
    end = _common(before[begin:][::-1], after[begin:][::-1], limit - begin)
    return before[begin : len(before) - end], after[begin : len(after) - end]


def _common(one: str, other: str, limit: int) -> int:
    """The length of the common prefix of two texts, by bisection, because ResourceLists are large."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


# --- truth -----------------------------------------------------------------------------------------------------------

# Neither loader accepts all of YAML.
_LOADERS: tuple[Any, ...] = (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"
_STEP = re.compile(r'\.?([A-Za-z0-9_-]+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]')
# The core schema of YAML 1.2, booleans of YAML 1.1 that PyYAML lacks, and numbers and dates that only Go knows.
_NO_STRING = re.compile(
    r"|~|[nN]ull|NULL|[tT]rue|TRUE|[fF]alse|FALSE|[yYnN]|0o?[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    r"|0[bB]-?[01]+|0[oO]-?[0-7]+|\d{4}-\d\d?-\d\d?"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, never converted to a Python value: `on`, `1.10` and dates stay as typed.

    Attributes:
        plain: whether it was read without quotes.
        announced: whether krmfn should have written it.
    """

    tag: str
    text: str
    plain: bool = field(default=False, compare=False)
    announced: bool = field(default=False, compare=False)


@dataclass(slots=True, eq=False)
class Inner:
    """A scalar with YAML in which something changes: compared as YAML, not by characters."""

    roots: list["Value"]
    is_json: bool


@dataclass(slots=True, eq=False)
class Items:
    """A sequence. Aliases of it are the same object."""

    items: list["Value"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Keys:
    """A mapping: its own pairs in order, merged pairs (`<<`), and pairs that announced changes add."""

    own: list[tuple["Value", "Value"]] = field(default_factory=list)
    merged: list[tuple["Value", "Value"]] = field(default_factory=list)
    added: dict[str, "Value"] = field(default_factory=dict)

    def get(self, key: str) -> "Value | None":
        """The value of a string key."""
        if key in self.added:
            return self.added[key]
        found = [value for name, value in (*self.merged, *self.own) if isinstance(name, Text) and name.text == key]
        return found[-1] if found else None

    def put(self, key: str, value: "Value") -> None:
        """Set a string key."""
        for i, (name, _) in enumerate(self.own):
            if isinstance(name, Text) and name.text == key:
                self.own[i] = (name, value)
                return
        self.merged = [(name, old) for name, old in self.merged if not (isinstance(name, Text) and name.text == key)]
        self.added[key] = value


Value = Text | Inner | Items | Keys
_INTO = " | "
"""Separates the field path of a string from the field path in its text."""


def check_truth(data: bytes, outcome: OutcomeLike) -> None:
    """The parsed output is the parsed input plus the announced changes, plus the results of a ResourceList."""
    if outcome.exit_code and outcome.output is data:
        return
    is_kept = not is_json(data) or is_json(outcome.output) or _adds_to_yaml(data, outcome)
    _require(is_kept, "truth", "the input was JSON, and the output is not")
    try:
        expected, actual = parse(data), parse(outcome.output)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        if isinstance(error, UndefinedAlias) and outcome.output is data:
            return  # krmfn checks only the syntax of documents that it does not edit
        raise AssertionError(
            f"truth: there is no error result, and what came in or went out is not YAML: {error}"
        ) from None
    if is_resource_list(data):
        envelope = expected[0]
        assert isinstance(envelope, Keys)
        items = envelope.get("items")
        _apply(outcome.changes, items.items if isinstance(items, Items) else [])
        old = envelope.get("results")
        new = [_value(result.as_data()) for result in outcome.results]
        if new:
            envelope.put("results", Items([*(old.items if isinstance(old, Items) else []), *new]))
    else:
        _apply(outcome.changes, expected)
    _require(len(expected) == len(actual), "truth", f"{len(expected)} documents became {len(actual)}")
    comparison = _Comparison()
    for i, (old_root, new_root) in enumerate(zip(expected, actual, strict=True)):
        comparison.same(old_root, new_root, f"document {i}: ")


def _adds_to_yaml(data: bytes, outcome: OutcomeLike) -> bool:
    """Whether there is a new document, and the input begins with a separator, which JSON parsers refuse."""
    return _decode(data)[1].lstrip().startswith("---") and any(not change.path for change in outcome.changes)


@lru_cache(maxsize=4)
def is_resource_list(data: bytes) -> bool:
    """Whether the input is one YAML document, a ResourceList."""
    if b"ResourceList" not in data and b"\\" not in data:
        return False
    try:
        roots = parse(data)
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return False
    root = roots[0] if len(roots) == 1 else None
    if not isinstance(root, Keys):
        return False
    kind, version = root.get("kind"), root.get("apiVersion")
    return (
        isinstance(kind, Text)
        and kind.text == "ResourceList"
        and isinstance(version, Text)
        and version.text.rpartition("/")[0] == "config.kubernetes.io"
    )


def is_json(data: bytes) -> bool:
    """Whether a stream has documents and all of them are JSON."""
    if not data.strip():
        return False
    try:
        for document in re.split("^---$", data.decode(), flags=re.MULTILINE):
            list(_json_values(document))
    except ValueError:
        return False
    return True


def _json_values(text: str) -> Iterator[str]:
    """The texts of concatenated JSON values; raise `ValueError` for anything else."""
    rest = text.strip()
    while rest:
        _, end = json.JSONDecoder().raw_decode(rest)
        yield rest[:end]
        rest = rest[end:].lstrip()


class UndefinedAlias(yaml.YAMLError):
    """An alias without an anchor, which is an error of composition, not of syntax."""


def parse(data: bytes) -> list[Value]:
    """The documents of a stream, with the first loader that accepts it.

    Built from events, because PyYAML's nodes refuse to redefine an anchor in a document, which YAML allows.

    Raises:
        yaml.YAMLError: no loader accepts it.
        UnicodeDecodeError: it is not UTF-8.
    """
    _, text = _decode(data)
    # YAML allows a byte order mark before every document; the loaders accept only the first one.
    text = re.sub("^\ufeff(?=---|#|%)", "", text, flags=re.MULTILINE)
    try:
        return _parse(text, _LOADERS[0])
    except yaml.YAMLError:
        try:
            return _parse(text, _LOADERS[1])
        except yaml.YAMLError:
            if roots := _parse_json_values(text):
                return roots
            raise


def _parse_json_values(text: str) -> list[Value]:
    """The documents of a stream with concatenated JSON values; none if it has an error.

    YAML does not allow such streams, but Kubernetes' parsers do.
    """
    roots: list[Value] = []
    for document in re.split(r"^(?=---(?:\s|\Z))", text, flags=re.MULTILINE):
        if document.startswith("%"):
            continue  # directives
        try:
            values = list(_json_values(document.removeprefix("---"))) or [document]
        except (ValueError, RecursionError):
            values = [document]
        try:
            roots += [root for value in values for root in _parse(value, _LOADERS[0])]
        except yaml.YAMLError:
            return []
    return roots


def _parse(text: str, loader: Any) -> list[Value]:
    events = iter(yaml.parse(text, Loader=loader))
    return [_read(next(events), events, {}) for event in events if isinstance(event, yaml.DocumentStartEvent)]


def _read(event: Any, events: Iterator[Any], anchors: dict[str, Value]) -> Value:
    """The value that begins with `event`."""
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise UndefinedAlias(f"undefined alias {event.anchor}")
        return anchors[event.anchor]
    value: Value
    if isinstance(event, yaml.ScalarEvent):
        tag = event.tag
        if not tag or tag == "!":
            tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        value = Text(tag.removeprefix(_TAG), event.value, event.implicit[0] and not event.style)
    else:
        value = Items() if isinstance(event, yaml.SequenceStartEvent) else Keys()
    if event.anchor:
        anchors[event.anchor] = value
    if isinstance(value, Items):
        value.items = list(_read_until_end(events, anchors))
    elif isinstance(value, Keys):
        flat = list(_read_until_end(events, anchors))
        _fill(value, list(zip(flat[::2], flat[1::2], strict=True)))
    return value


def _read_until_end(events: Iterator[Any], anchors: dict[str, Value]) -> Iterator[Value]:
    while not isinstance(event := next(events), yaml.CollectionEndEvent):
        yield _read(event, events, anchors)


def _fill(keys: Keys, pairs: Iterable[tuple[Value, Value]]) -> None:
    """Store a mapping's own pairs and its merged pairs (`<<`); the first of the merged pairs win."""
    sources: list[Keys] = []
    for key, value in pairs:
        candidates = value.items if isinstance(value, Items) else [value]
        mappings = [candidate for candidate in candidates if isinstance(candidate, Keys)]
        if isinstance(key, Text) and key.tag == "merge" and len(mappings) == len(candidates):
            sources += mappings
        else:
            keys.own.append((key, value))
    known = [key for key, _ in keys.own]
    for source in sources:
        for key, value in (*source.own, *source.merged):
            if key not in known:
                known.append(key)
                keys.merged.append((key, value))


def _apply(changes: Iterable[ChangeLike], roots: list[Value]) -> None:
    # A change in an aliased mapping may be announced at both of its paths.
    done: dict[tuple[int, str | int], Any] = {}
    removed: dict[int, tuple[Value | None, list[str | int]]] = {}
    dropped: list[int] = []
    for change in changes:
        if change.removed and not change.path:
            dropped.append(change.document)
            continue
        if not change.path and change.document == len(roots) and change.current is None:
            roots.append(_value(change.proposed))
            continue
        _require(0 <= change.document < len(roots), "truth", f"{change} is of a document that is not there")
        parts = change.path.split(_INTO)
        value: Value | None = roots[change.document]
        for i in range(len(parts) - 1):
            value, parts[i + 1] = _inner_root(value, parts[i], parts[i + 1])
        steps = _steps(parts[-1])
        _require(bool(steps), "truth", f"{change.path!r} is no field path")
        for step in steps[:-1]:
            value = _child(value, step)
        _require(value is not None, "truth", f"{change.path} leads nowhere")
        assert value is not None
        place = (id(value), steps[-1])
        if place in done:
            _require(done[place] == change.proposed, "truth", f"{change.path} is announced with two values")
            continue
        done[place] = change.proposed
        if change.removed:
            current = _plain(_child(value, steps[-1]))
            _require(current == change.current, "truth", f"{change.path} was {current!r}, and not {change.current!r}")
            removed.setdefault(id(value), (value, []))[1].append(steps[-1])
        else:
            _put(value, steps[-1], change)
    for owner, gone in removed.values():
        _remove(owner, gone)
    for number in sorted(dropped, reverse=True):
        del roots[number]


def _remove(owner: "Value | None", gone: "list[str | int]") -> None:
    if isinstance(owner, Keys):
        owner.own = [pair for pair in owner.own if _name(pair[0]) not in gone]
    elif isinstance(owner, Items):
        owner.items = [item for i, item in enumerate(owner.items) if i not in gone]


def _inner_root(value: Value | None, path: str, further: str) -> tuple[Value | None, str]:
    """The root of the text at a field path, and the path in it, whose first step is the number of the root."""
    steps = _steps(path)
    for step in steps[:-1]:
        value = _child(value, step)
    _require(bool(steps) and isinstance(value, Keys), "truth", f"{path!r} leads to no text")
    assert isinstance(value, Keys)
    name = str(steps[-1])
    inner = value.get(name)
    if isinstance(inner, Text):
        inner = Inner(parse(inner.text.encode()), is_json(inner.text.encode()))
        value.put(name, inner)
    _require(isinstance(inner, Inner), "truth", f"{path!r} is no text")
    assert isinstance(inner, Inner)
    number, _, rest = further.partition(".") if len(inner.roots) > 1 else ("[0]", "", further)
    return inner.roots[int(number.strip("[]"))], rest


def _put(parent: Value, step: str | int, change: ChangeLike) -> None:
    current = _plain(_child(parent, step))
    same = current == change.current or (change.current is None and current in ("", []))
    _require(same, "truth", f"{change.path} was {current!r}, and not {change.current!r}")
    if isinstance(parent, Keys) and isinstance(step, str):
        parent.put(step, _value(change.proposed))
    elif isinstance(parent, Items) and isinstance(step, int) and step < len(parent.items):
        parent.items[step] = _value(change.proposed)
    elif isinstance(parent, Items) and isinstance(step, int):
        _require(step == len(parent.items), "truth", f"{change.path} is not the end of a list of {len(parent.items)}")
        parent.items.append(_value(change.proposed))
    else:
        raise AssertionError(f"truth: {change.path} does not fit what is there")


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 0
    while match := _STEP.match(path, position):
        name, quoted, index = match.groups()
        steps.append(int(index) if index is not None else name or json.loads(quoted))
        position = match.end()
    return steps if position == len(path) else []


def _child(value: Value | None, step: str | int) -> Value | None:
    if isinstance(value, Keys) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, Items) and isinstance(step, int) and step < len(value.items):
        return value.items[step]
    return None


def _plain(value: Value | None) -> Any:
    if isinstance(value, Text):
        return None if value.tag == "null" else value.text
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    if isinstance(value, Keys):
        return {_plain(key): _plain(item) for key, item in (*value.merged, *value.own)}
    return None


def _value(data: Any) -> Value:
    """The value that a parser must read for plain data."""
    if isinstance(data, dict):
        return Keys([(_value(key), _value(item)) for key, item in data.items()])
    if isinstance(data, list):
        return Items([_value(item) for item in data])
    if isinstance(data, bool):
        return Text("bool", str(data).lower())
    if isinstance(data, int):
        return Text("int", str(data))
    if data is None:
        return Text("null", "null")
    if isinstance(data, float):
        mantissa, exponent, power = repr(data).partition("e")
        return Text("float", mantissa if not exponent else f"{mantissa}{'' if '.' in mantissa else '.0'}e{power}")
    _require(isinstance(data, str), "truth", f"{data!r} is no plain data")
    return Text("str", data, announced=True)


class _Comparison:
    """Compares two trees; exactly the collections that were shared (aliases) must be shared."""

    def __init__(self) -> None:
        self._new_of: dict[int, Value] = {}
        self._old_of: dict[int, Value] = {}

    def same(self, old: Value, new: Value, at: str) -> None:
        """Raise an error if `new` differs from `old`, which has the announced changes."""
        if isinstance(old, Inner):
            self._same_text(old, new, at)
            return
        if isinstance(old, Text) or isinstance(new, Text):
            _require(old == new, "truth", f"{at} should be {old}, and is {new}")
            assert isinstance(old, Text)
            assert isinstance(new, Text)
            ambiguous = old.announced and new.plain and _NO_STRING.fullmatch(new.text)
            _require(not ambiguous, "truth", f"{at}: a plain {new.text} is no string for every parser")
            return
        if id(old) in self._new_of or id(new) in self._old_of:
            shared = self._new_of.get(id(old)) is new and self._old_of.get(id(new)) is old
            _require(shared, "truth", f"{at} is shared with other places than before")
            return
        self._new_of[id(old)], self._old_of[id(new)] = new, old
        if isinstance(old, Items) and isinstance(new, Items):
            count = f"{len(old.items)} items, and has {len(new.items)}"
            _require(len(old.items) == len(new.items), "truth", f"{at} should have {count}")
            for i, (old_item, new_item) in enumerate(zip(old.items, new.items, strict=True)):
                self.same(old_item, new_item, f"{at}[{i}]")
        elif isinstance(old, Keys) and isinstance(new, Keys):
            self._same_keys(old, new, at)
        else:
            raise AssertionError(f"truth: {at} is of another type than before")

    def _same_text(self, old: Inner, new: Value, at: str) -> None:
        _require(isinstance(new, Text) and new.tag == "str", "truth", f"{at} is no text any more")
        assert isinstance(new, Text)
        _require(is_json(new.text.encode()) or not old.is_json, "truth", f"{at} was JSON, and is none")
        roots = parse(new.text.encode())
        _require(len(roots) == len(old.roots), "truth", f"{at} has {len(roots)} documents, and had {len(old.roots)}")
        comparison = _Comparison()
        for i, (old_root, new_root) in enumerate(zip(old.roots, roots, strict=True)):
            comparison.same(old_root, new_root, f"{at} | {i}: ")

    def _same_keys(self, old: Keys, new: Keys, at: str) -> None:
        added = dict(old.added)
        rest = []
        for key, value in new.own:
            if isinstance(key, Text) and key.text in added:
                self.same(added.pop(key.text), value, f"{at}.{key.text}")
            else:
                rest.append((key, value))
        merged = []
        for key, value in new.merged:
            if isinstance(key, Text) and key.text in added:  # the new key comes from a merged mapping
                _require(_plain(added.pop(key.text)) == _plain(value), "truth", f"{at}.{key.text} is another value")
            else:
                merged.append((key, value))
        _require(not added, "truth", f"{at} lacks {sorted(added)}")
        for old_pairs, new_pairs in ((old.own, rest), (old.merged, merged)):
            names = [_name(key) for key, _ in old_pairs], [_name(key) for key, _ in new_pairs]
            _require(
                len(old_pairs) == len(new_pairs), "truth", f"{at} should have the keys {names[0]}, and has {names[1]}"
            )
            for (old_key, old_value), (new_key, new_value) in zip(old_pairs, new_pairs, strict=True):
                self.same(old_key, new_key, f"{at} key")
                self.same(old_value, new_value, f"{at}.{_name(old_key)}")


def _name(key: Value) -> str:
    return key.text if isinstance(key, Text) else "?"


# --- all -------------------------------------------------------------------------------------------------------------


def _decode(data: bytes) -> tuple[str, str]:
    """The byte order mark, if there is one, and the text."""
    text = data.decode()
    return ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)


def _diff(before: str | bytes, after: str | bytes) -> str:
    diff = difflib.unified_diff(_lines(before), _lines(after), "expected", "output", n=1, lineterm="")
    return "\n".join(list(diff)[:30])


def _lines(text: str | bytes) -> list[str]:
    readable = text.decode(errors="backslashreplace") if isinstance(text, bytes) else text
    return [repr(line)[1:-1] for line in readable.split("\n")]


def _require(condition: bool, law: str, message: str) -> None:
    if not condition:
        raise AssertionError(f"{law}: {message}")
