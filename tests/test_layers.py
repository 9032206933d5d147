"""Who may import whom, read from the sources: imports go downward, and heavy libraries stay where they belong."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import krmfn
from krmfn.commands import COMMANDS

PACKAGE = Path(krmfn.__file__).parent

# From the bottom up; the modules of one row do not import each other. A package is one module to those outside it.
LAYERS = [
    {"errors", "globs"},
    {"source", "images", "results", "typemeta", "lines", "suggestions", "names", "nodes"},
    {"opening", "edits", "parsing", "rendering", "changes", "image_patterns", "uses", "docker_config"},
    {"documents", "outcome", "verify", "placement", "findings", "paths"},
    {"resources", "kinds"},
    {"accounts", "podspecs", "settings", "reporting", "given_secrets"},
    {"attachment", "immutability", "secret_references", "pieces", "presence", "decisions"},
    {"rules", "envelope", "definitions", "explained"},
    {"demands"},
    {"explanation"},
    {"treatment", "surroundings"},
    {"creation"},
    {"function"},
    {"__init__", "flags", "streams"},
    {"files"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}

# Library -> the only modules that import it when they are imported.
AT_HOME = {
    "yaml": {"parsing", "nodes"},
    "pydantic_core": {"commands", "settings"},
    "pydantic": {"commands"},
    "shtab": {"commands"},
    "tqdm": set[str](),
    "argparse": {"cli", "commands", "files", "flags"},
    "sys": {"cli", "commands", "flags", "streams", "__main__"},
    "os": {"cli", "commands", "files", "opening", "streams"},
    "gc": {"cli", "files"},
    "signal": {"commands", "files"},
    "pathlib": {"commands", "files", "opening"},
    "subprocess": {"commands"},
    "socket": set[str](),
    "time": {"commands"},
    "datetime": set[str](),
    "random": set[str](),
}


def top(path: Path) -> str:
    """The module or package directly under krmfn that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The full names a file imports at its top level."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "krmfn":
            yield from (f"krmfn.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


SOURCES = sorted(PACKAGE.rglob("*.py"))


def test_the_map_for_contributors_names_every_module() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    assert [name for name in RANK if name != "__init__" and not re.search(rf"`{name}/?`", text)] == []


def test_every_module_has_its_layer() -> None:
    assert {top(path) for path in SOURCES} == set(RANK)


def test_imports_go_downward() -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in SOURCES
        for name in imported(path)
        if name.startswith("krmfn.")
        if (module := name.split(".")[1]) != top(path)
        if module in RANK and RANK[module] >= RANK[top(path)]
    ]
    assert upward == []


def test_rules_do_not_import_each_other() -> None:
    rules = [path for path in (PACKAGE / "rules").glob("*.py") if path.stem not in ("__init__", "context")]
    assert len(rules) >= 2
    for path in rules:
        assert [name for name in imported(path) if name.startswith("krmfn.rules.")] == ["krmfn.rules.context"]


def test_commands_do_not_import_each_other() -> None:
    folder = PACKAGE / "commands"
    owners = {path: path.relative_to(folder).parts[0].removesuffix(".py") for path in folder.rglob("*.py")}
    del owners[folder / "__init__.py"]
    assert set(owners.values()) == set(COMMANDS)
    for path, owner in owners.items():
        others = [name for name in imported(path) if name.startswith("krmfn.commands.") and name.split(".")[2] != owner]
        assert others == []


def test_libraries_stay_at_home() -> None:
    astray = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in SOURCES
        for name in imported(path)
        if (library := name.split(".")[0]) in AT_HOME and top(path) not in AT_HOME[library]
    ]
    assert astray == []
