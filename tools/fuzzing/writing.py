"""Write data as YAML, in all the styles of people and programs, and in some that nobody uses."""

import json
import re

from fuzzing.data import Chance, Data, Pairs, Reference, Verbatim

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:{}$@ -]*[A-Za-z0-9]|[A-Za-z0-9]")
_BRACES = re.compile(r"[\[\]{},]")
_ODD_KEYS = (
    *(
        "[a, b]",
        "{a: b}",
        "[]",
        '""',
        "''",
        "'it''s'",
        "!!str x",
        "!x y",
        "! z",
        "&k y",
        "&k 'y'",
        "1",
        "true",
        "~",
        "null",
    ),
    *(
        "a b",
        "a:b",
        "a#b",
        "-x",
        "?x",
        ":x",
        "k" * 130,
        "k" * 1100,
        '"\\u0069mage"',
        "é",
        "&i image2",
        "<<<",
        "!!merge x",
    ),
)
_ODD_VALUES: tuple[Data, ...] = (
    None,
    "x",
    "",
    [],
    Pairs(),
    ["a", ["b"]],
    Pairs([("a", Pairs([("b", None)]))]),
    "a\nb\n",
)


class Writer:
    """Writes documents; its style is chosen once for a text."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._hit, self._of = chance.hit, chance.choice
        of = chance.choice
        self._comments = of((0, 0, 0.1, 0.2))
        self._flow = of((0, 0.05, 0.2, 0.6))
        self._anchors = of((0, 0, 0, 0.05, 0.15, 0.3))
        self._merges = of((0, 0, 0.1, 0.3)) if self._anchors else 0
        self._tags = of((0, 0, 0, 0.03))
        self._explicit = of((0, 0, 0, 0.05))
        self._quotes = of((0, 0.1, 0.5))
        self._tabs = of((0, 0, 0, 0, 0.02))
        self._blanks = of((0, 0.05))
        self._odd_keys = of((0, 0, 0, 0.02, 0.05))
        self._marked_keys = of((0, 0, 0, 0.02))
        self._doubled = of((0, 0, 0, 0, 0.01))
        self._next_line = of((0, 0, 0.05))
        self._blocks = of((0, 0.3))
        self._trailing = of((0, 0, 0.03))
        self._step = of((2, 2, 2, 4, 1, 3))
        self._dash = of((0, 0, 2, None))
        self._names: dict[tuple[str, type], list[str]] = {}
        self._count = 0

    def document(self, data: Data) -> str:
        """A document without separator, ending with a line break."""
        self._names, self._count = {}, 0
        if self._hit(0.08):
            return json_text(data, self._chance) + "\n"
        if not isinstance(data, Pairs) or not data or self._hit(0.05):
            return self._in_flow(data, 0, "") + self._tail()
        return self._mapping(data, self._of((0,) * 12 + (2,)), "")

    # --- block style -------------------------------------------------------------------------------------------------

    def _mapping(self, data: Pairs, column: int, of: str) -> str:
        """The lines of a mapping at the key `of`."""
        parts: list[str] = []
        for i, (key, value) in enumerate(self._entries(data, of)):
            if i:
                parts.append(self._between(column))
            lead = " " * column
            if self._hit(self._explicit):
                gap = " " if self._hit(0.8) else "\n" + " " * (column + 2)
                parts.append(f"{lead}?{gap}{self._key(key)}{self._tail()}{lead}:{self._value(value, column, key)}")
            else:
                blank = " " if self._hit(0.01) else ""
                parts.append(f"{lead}{self._key(key)}{blank}:{self._value(value, column, key)}")
        return "".join(parts)

    def _sequence(self, data: list[Data], column: int, key: str) -> str:
        parts: list[str] = []
        for i, item in enumerate(data):
            if i:
                parts.append(self._between(column))
            parts.append(" " * column + "-" + self._value(item, column, key + "[]", behind_dash=True))
        return "".join(parts)

    def _value(self, data: Data, column: int, key: str, *, behind_dash: bool = False) -> str:
        """The text after a colon or dash, with line break; `column` is the column of the key or dash."""
        if alias := self._alias(data, key):
            return f" *{alias}{self._tail()}"
        gap = " " if not self._hit(self._tabs) else self._of(("\t", " \t", "  "))
        anchor, properties = self._properties(data)
        if not isinstance(data, (Pairs, list)):
            text = self._scalar_value(data, column, gap, properties)
        elif not data or self._hit(self._flow):
            text = gap + properties + self._in_flow(data, column, key) + self._tail()
        elif isinstance(data, Pairs):
            text = self._mapping_value(data, column, key, gap, properties, behind_dash=behind_dash)
        else:
            text = self._sequence_value(data, column, key, gap, properties, behind_dash=behind_dash)
        self._name(anchor, data, key)
        return text

    def _mapping_value(
        self, data: Pairs, column: int, key: str, gap: str, properties: str, *, behind_dash: bool
    ) -> str:
        if behind_dash and not properties and not self._hit(0.15):
            width = self._of((1,) * 10 + (2, 3))
            inner = column + 1 + width
            body = self._mapping(data, inner, key)
            return " " * width + body[inner:]
        head = gap + properties.rstrip() if properties else ""
        return head + self._tail() + self._mapping(data, column + self._step, key)

    def _sequence_value(
        self, data: list[Data], column: int, key: str, gap: str, properties: str, *, behind_dash: bool
    ) -> str:
        if behind_dash and not properties and self._hit(0.3):
            body = self._sequence(data, column + 2, key)
            return " " + body[column + 2 :]
        deeper = self._of((2, 4)) if behind_dash else self._dash if self._dash is not None else self._of((0, 2, 1, 4))
        head = gap + properties.rstrip() if properties else ""
        return head + self._tail() + self._sequence(data, column + deeper, key)

    def _scalar_value(self, data: Data, column: int, gap: str, properties: str) -> str:
        if isinstance(data, str) and not isinstance(data, Verbatim) and ("\n" in data or self._hit(self._blocks)):
            block = self._block_scalar(data, column) if self._hit(0.7) else None
            if block:
                return gap + properties + block
        text = "" if data is None and not properties and self._hit(0.4) else self._scalar(data)
        if not text:
            return (gap + properties.rstrip() if properties else "") + self._tail()
        deeper = "\n" + " " * (column + self._step)
        if self._hit(self._next_line):
            return self._tail()[:-1] + deeper + properties + text + self._tail()
        if len(text) > 30 and " " in text and text[0] not in "'\"" and self._hit(0.3):
            text = text.replace(" ", deeper, 1)
        return gap + properties + text + self._tail()

    def _block_scalar(self, text: str, column: int) -> str | None:
        """A literal or folded scalar; None if the text cannot be one."""
        if not text.strip(" \n") or any(ord(char) < 32 and char != "\n" for char in text) or "\ufeff" in text:
            return None
        step = self._of((1, 2, 4))
        indicator = str(step) if text[0] in " \n" else ""
        keep = "" if text.endswith("\n") and not text.endswith("\n\n") else "+" if text.endswith("\n") else "-"
        if self._hit(0.1):
            keep = self._of(("", "+", "-"))
        lines = text.removesuffix("\n").split("\n")
        body = "".join((" " * (column + step) + line if line else "") + "\n" for line in lines)
        return self._of(("|", ">")) + self._of((indicator + keep, keep + indicator)) + self._tail() + body

    # --- flow style --------------------------------------------------------------------------------------------------

    def _in_flow(self, data: Data, column: int, key: str) -> str:
        return self._nested(data, column + 1, key, is_long=self._hit(0.3))

    def _nested(self, data: Data, column: int, key: str, *, is_long: bool) -> str:
        if isinstance(data, Pairs):
            parts = [self._pair(name, value, column, is_long=is_long) for name, value in self._entries(data, key)]
            return self._joined("{", parts, "}", column, is_long=is_long)
        if isinstance(data, list):
            items = [self._item(item, column, key, is_long=is_long) for item in data]
            return self._joined("[", items, "]", column, is_long=is_long)
        text = self._scalar(data)
        if isinstance(data, Reference):
            return text + " "
        if text[:1] not in ("'", '"') and (_BRACES.search(text) or text[:1] in "#&*!|>%@`"):
            return json.dumps(text)
        return text

    def _pair(self, key: str, value: Data, column: int, *, is_long: bool) -> str:
        name = self._key(key)
        if value is None and self._hit(0.2):
            return name + self._of(("", ": ", ":"))
        text = self._node(value, column + 2, key, is_long=is_long)
        colon = ":" if name[0] in "'\"" and self._hit(0.5) else ": "
        question = "? " if self._hit(self._explicit) else ""
        return question + name + (" " if self._hit(0.02) else "") + colon + text

    def _item(self, item: Data, column: int, key: str, *, is_long: bool) -> str:
        if isinstance(item, Pairs) and len(item) == 1 and self._hit(0.05):
            name, value = item[0]
            return f"{self._key(name)}: {self._node(value, column + 2, name, is_long=is_long)}"
        return self._node(item, column + 2, key + "[]", is_long=is_long) or "null"

    def _node(self, data: Data, column: int, key: str, *, is_long: bool) -> str:
        """A value with its anchor and tag, or an alias instead."""
        if alias := self._alias(data, key):
            return f"*{alias} "
        anchor, properties = self._properties(data)
        text = properties + self._nested(data, column, key, is_long=is_long)
        self._name(anchor, data, key)
        return text

    def _joined(self, begin: str, parts: list[str], end: str, column: int, *, is_long: bool) -> str:
        if not parts:
            return begin + self._of(("", "", " ")) + end
        gap = "\n" + " " * (column + 2) if is_long else self._of(("", " "))
        text = begin + gap
        for part in parts[:-1]:
            comment = " # c" if is_long and self._hit(self._comments) else ""
            blank = " " if self._hit(0.03) else ""
            text += f"{part}{blank},{comment}{gap or ' '}"
        text += parts[-1] + ("," if self._hit(0.08) else "")
        return text + ("\n" + " " * column if is_long else gap) + end

    # --- scalars, keys, properties -----------------------------------------------------------------------------------

    def _key(self, key: str) -> str:
        if key == "<<":
            return key
        mark = self._of(("!!str ", "! ", f"&k{self._count} ", "!!str &k ")) if self._hit(self._marked_keys) else ""
        return mark + self._scalar(key)

    def _scalar(self, data: Data) -> str:
        if isinstance(data, Verbatim):
            return str(data)
        if data is None:
            return self._of(("null", "~"))
        if not isinstance(data, str):
            return json.dumps(data)
        if _PLAIN.fullmatch(data) and ": " not in data and not self._hit(self._quotes):
            return data
        if self._hit(0.5) and all(char.isprintable() for char in data):
            return "'" + data.replace("'", "''") + "'"
        text = json.dumps(data, ensure_ascii=False) if self._hit(0.3) else escaped(data)
        if data[:1].isalpha() and data[0].isascii() and self._hit(0.03):
            text = f'"\\x{ord(data[0]):02x}' + text[2:]
        return text

    def _entries(self, data: Pairs, key: str) -> Pairs:
        """The pairs, sometimes with a duplicate key or a `<<`."""
        found = data
        if data and self._hit(self._doubled):
            found = Pairs(data)
            found.insert(self._chance.below(len(found) + 1), self._of(data))
        if self._hit(self._odd_keys):
            found = Pairs(found)
            found.insert(self._chance.below(len(found) + 1), (Verbatim(self._of(_ODD_KEYS)), self._of(_ODD_VALUES)))
        if self._hit(self._merges):
            known = self._names.get((key, Pairs), [])
            if not known or self._hit(0.3):
                known = [name for (_, kind), names in self._names.items() if kind is Pairs for name in names]
            if known:
                found = Pairs(found)
                source = Reference("*" + self._of(known))
                given: Data = source if self._hit(0.7) else [source, Reference("*" + self._of(known))]
                found.insert(self._chance.below(len(found) + 1), ("<<", given))
        return found

    def _properties(self, data: Data) -> tuple[str, str]:
        """An anchor's name, and the text of anchor and tag followed by a blank."""
        if isinstance(data, Verbatim):
            return "", ""
        anchor = tag = ""
        if self._hit(self._anchors):
            anchor = f"a{self._count}"
            self._count += not self._hit(0.02)
        if self._hit(self._tags):
            kind = "!!map" if isinstance(data, Pairs) else "!!seq" if isinstance(data, list) else "!!str"
            tag = kind if self._hit(0.7) else self._of(("!", "!x", "!<tag:yaml.org,2002:str>"))
        parts = [f"&{anchor}"] if anchor else []
        parts += [tag] if tag else []
        if self._hit(0.3):
            parts.reverse()
        return anchor, "".join(part + " " for part in parts)

    def _name(self, anchor: str, data: Data, key: str) -> None:
        """Allow later aliases of the anchor at the same key with the same type."""
        if anchor:
            self._names.setdefault((key, type(data)), []).append(anchor)

    def _alias(self, data: Data, key: str) -> str | None:
        if not self._names or isinstance(data, Verbatim) or not self._hit(self._anchors * 2):
            return None
        known = self._names.get((key, type(data)))
        return self._of(known) if known else None

    # --- between entries ---------------------------------------------------------------------------------------------

    def _tail(self) -> str:
        """The end of a line: blanks, maybe a comment, and the break."""
        if self._hit(self._comments * 0.7):
            gap = self._of((" ",) * 12 + ("  ",) * 4 + ("\t",))
            return f"{gap}# t{self._of(('', ' image: x', ' }', ' ]', ': x', ' q', ' &a *a'))}\n"
        return self._of((" ", "   ", "\t", " ")) + "\n" if self._hit(self._trailing) else "\n"

    def _between(self, column: int) -> str:
        """Comments and blank lines between entries."""
        text = ""
        if self._hit(self._comments):
            indent = self._of((0, column, column, column + 2, max(0, column - 2), 1))
            comment = self._of((" c", "", " image: x", "--- no", " - name: z", "\ttab", " é", " &a *a", " {["))
            text = f"{' ' * indent}#{comment}\n" * self._of((1, 1, 2))
        if self._hit(self._blanks):
            text += self._of(("", "  ", "      ")) + "\n"
        return text


def json_text(data: Data, chance: Chance) -> str:
    """The data as JSON in a common layout. Scalars that only YAML has become strings."""
    indent = chance.choice((None, None, 2, 4, "\t"))
    separators = chance.choice(((",", ":"), (", ", ": "), (",", ": ")))
    return json.dumps(_plain(data), indent=indent, separators=separators, ensure_ascii=False)


def escaped(text: str) -> str:
    """The text in double quotes, with characters outside of ASCII as YAML's escapes: no surrogate pairs."""
    return re.sub(r"[^\x00-\x7e]", _escape, json.dumps(text, ensure_ascii=False))


def _escape(match: "re.Match[str]") -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _plain(data: Data) -> object:
    if isinstance(data, Pairs):
        return {key: _plain(value) for key, value in data}
    if isinstance(data, list):
        return [_plain(item) for item in data]
    return str(data) if isinstance(data, str) else data
