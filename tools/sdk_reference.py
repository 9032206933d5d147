"""The reference of `krmfn.sdk` and `krmfn.testing` for docs/functions-reference.md, from their docstrings."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krmfn import sdk, testing

FILE = Path(__file__).parents[1] / "docs" / "functions-reference.md"
_HEAD = """\
# Reference: krmfn.sdk and krmfn.testing

Made from the docstrings by `tools/readme.py`. [The guide](functions.md) has the examples.
All of it is provisional until krmfn 1.0.
"""
_FORWARD = re.compile(r"'([^']+)'")
_SHARED = ("Container", "PodSpec")
"""Parts of objects; the methods of all parts are documented once, with `Object`."""


def text() -> str:
    """The whole page."""
    parts = [_HEAD]
    for module in (sdk, testing):
        parts.append(f"## `{module.__name__}`\n")
        parts += [_of_name(name, getattr(module, name)) for name in module.__all__]
    return "\n".join(parts)


def names() -> Iterator[str]:
    """All names on the page; methods and properties as `Object.get`."""
    for module in (sdk, testing):
        for name in module.__all__:
            yield name
            found = getattr(module, name)
            yield from (f"{name}.{member}" for member, _ in _members(name, found))


def _of_name(name: str, found: Any) -> str:
    lines = [f"### `{name}{_signature(found) if inspect.isfunction(found) else ''}`\n", _prose(found.__doc__)]
    if name == "Function":
        lines.append(_prose(inspect.getdoc(found.__init__) or ""))
    if name in _SHARED:
        lines.append("A part of an object: it has what `Object` has from `append` to `warning`; paths begin at it.\n")
    for member, value in _members(name, found):
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        shown = "" if isinstance(value, property) else _signature(function)
        lines.append(f"- **`{name}.{member}{shown}`**: {_one_paragraph(function.__doc__)}")
    return "\n".join(lines) + "\n"


def _members(name: str, found: Any) -> Iterator[tuple[str, Any]]:
    if not inspect.isclass(found) or name in ("Change", "Severity", "Result"):
        return
    owners = [found] if name in _SHARED else [one for one in found.__mro__ if one.__module__.startswith("krmfn")]
    members = {key: value for one in reversed(owners) for key, value in vars(one).items()}
    for key, value in sorted(members.items()):
        is_code = isinstance(value, (property, classmethod)) or inspect.isfunction(value)
        if is_code and not key.startswith(("_", "model_")) and key not in ("says", "in_document", "thing"):
            yield key, value


def _signature(function: Any) -> str:
    """The signature as in the source, because Python prints types differently in each version."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    arguments = re.sub(r"^(self|cls)(, |$)", "", ast.unparse(node.args))
    shown = f"({arguments}) -> {ast.unparse(node.returns) if node.returns else 'None'}"
    return _FORWARD.sub(r"\1", shown)


def _one_paragraph(doc: str | None) -> str:
    text = re.split(r"\n(?:Args|Returns|Raises):\n", inspect.cleandoc(doc or ""))[0]
    return " ".join(text.split())


def _prose(doc: str | None) -> str:
    """A docstring as Markdown: lists of attributes and arguments become lists."""
    lines: list[str] = []
    in_list = False
    for line in inspect.cleandoc(doc or "").split("\n"):
        if re.fullmatch(r"(Attributes|Args|Returns|Raises):", line):
            lines += [line, ""]
            in_list = True
        elif in_list and line.startswith("    ") and not line.startswith("     "):
            name, colon, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}" if colon else f"- {line.strip()}")
        elif in_list and line.startswith("     "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines).rstrip() + "\n"
