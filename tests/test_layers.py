"""Who may import whom, read from the sources: imports go downward, and heavy libraries stay where they belong."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import krmfn
from krmfn.commands import COMMANDS

PACKAGE = Path(krmfn.__file__).parent

ROWS = ("errors", "splice", "krm", "imagepull", "sdk", "testing", "flags", "files", "installation", "commands", "cli")
"""The folders and modules of the house from the bottom up: each imports from those before it and from itself."""
DOORS = ("__init__", "__main__")
"""What users import and run: they open on everything."""

# Library -> the only parts of the house that import it when they are imported.
AT_HOME = {
    "yaml": {"splice", "testing"},
    "pydantic_core": {"commands"},
    "pydantic": {"commands", "sdk"},
    "shtab": {"commands"},
    "tqdm": set[str](),
    "argparse": {"cli", "commands", "files", "flags", "sdk"},
    "sys": {"cli", "commands", "flags", "installation", "krm", "sdk", "__main__"},
    "os": {"cli", "commands", "files", "krm", "flags", "testing"},
    "gc": {"__main__", "cli", "files", "sdk"},
    "signal": {"commands", "files"},
    "pathlib": {"commands", "files", "installation", "krm", "sdk", "testing"},
    "subprocess": {"commands", "files"},
    "socket": set[str](),
    "time": {"commands", "files"},
    "datetime": set[str](),
    "random": set[str](),
}
# Of these libraries the only modules inside of a part, where it is not for all of them.
ONLY_IN = {
    "yaml": {"splice/nodes.py", "splice/parsing.py"},
    "sys": {"krm/streams.py"},
    "os": {"krm/opening.py", "krm/streams.py"},
    "pathlib": {"krm/opening.py"},
    "pydantic_core": {"krm/config/validation.py"},
}
# What a part does not speak of, in code or comment.
UNSPOKEN = {
    "splice": re.compile(r"apiVersion|kustomize|\bkpt\b|[iI]mage(?!s? of)|[cC]ontainer|\bPod\b|[sS]ecret"),
    "krm": re.compile(r"\b[iI]mages?\b|\b[cC]ontainers?\b|\b[pP]ods?\b|pullPolicy|imagePull|pull [sS]ecret"),
}


def part(path: Path) -> str:
    """The module or folder directly under krmfn that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, *, everywhere: bool = False) -> Iterator[str]:
    """The full names a file imports at its top level; `everywhere`: inside of functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "krmfn":
            yield from (f"krmfn.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


SOURCES = sorted(PACKAGE.rglob("*.py"))


def test_nothing_else_stands_at_the_top() -> None:
    assert {part(path) for path in SOURCES} == {*ROWS, *DOORS}


def test_the_map_for_contributors_names_every_part() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in ROWS if not re.search(rf"`{name}/?`", text)] == []


@pytest.mark.parametrize("folder", ["splice", "krm", "imagepull", "sdk", "testing", "files"])
def test_the_map_for_contributors_names_every_room_and_no_other(folder: str) -> None:
    lines = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith(f"| `{folder}/` |")]
    named = set(re.findall(r"`([a-z_]+)/?`", row))
    rooms = {
        path.stem
        for path in (PACKAGE / folder).iterdir()
        if path.stem not in ("__init__", "__pycache__") and (path.is_dir() or path.suffix == ".py")
    }
    assert named - {folder} == rooms


def test_imports_go_downward_late_ones_too() -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} imports {name}: {part(path)} stands below {target} and may not know it"
        for path in SOURCES
        for name in imported(path, everywhere=True)
        if name.startswith("krmfn.") and part(path) not in DOORS
        if (target := name.split(".")[1]) in ROWS and ROWS.index(target) > ROWS.index(part(path))
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {".".join(("krmfn", *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in SOURCES}
    arrows = {
        name.removesuffix(".__init__"): {target for target in names_of_modules(path, modules) if target != name}
        for name, path in modules.items()
    }
    while leaves := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in leaves:
            del arrows[name]
    assert arrows == {}, "each of these imports one of the others"


def names_of_modules(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """The modules that a file imports at its top level, as `krmfn.splice.nodes`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("krmfn"):
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name for name in below if name in modules or f"{name}.__init__" in modules]
            yield from found or [node.module]


def test_rules_do_not_import_each_other() -> None:
    rules = [path for path in (PACKAGE / "imagepull/rules").glob("*.py") if path.stem not in ("__init__", "context")]
    assert len(rules) >= 2
    for path in rules:
        own = [name for name in imported(path, everywhere=True) if name.startswith("krmfn.imagepull.rules.")]
        assert own == ["krmfn.imagepull.rules.context"]


def test_commands_do_not_import_each_other() -> None:
    folder = PACKAGE / "commands"
    owners = {path: path.relative_to(folder).parts[0].removesuffix(".py") for path in folder.rglob("*.py")}
    del owners[folder / "__init__.py"]
    assert set(owners.values()) == set(COMMANDS)
    for path, owner in owners.items():
        names = imported(path, everywhere=True)
        assert [name for name in names if name.startswith("krmfn.commands.") and name.split(".")[2] != owner] == []


def test_libraries_stay_at_home() -> None:
    astray = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in SOURCES
        for name in imported(path)
        if (library := name.split(".")[0]) in AT_HOME
        if part(path) not in AT_HOME[library]
        or (
            (rooms := {room for room in ONLY_IN.get(library, ()) if room.startswith(f"{part(path)}/")})
            and str(path.relative_to(PACKAGE)) not in rooms
        )
    ]
    assert astray == []


@pytest.mark.parametrize("folder", UNSPOKEN)
def test_lower_parts_do_not_speak_of_what_upper_ones_are_for(folder: str) -> None:
    spoken = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNSPOKEN[folder].search(line)
    ]
    assert spoken == []
