"""Make the files of a new function from the templates beside this module."""

import sys
from importlib.metadata import version
from importlib.resources import files as resources

KINDS = {
    "transformer": ("mutators", "Note who owns each object, in an annotation."),
    "generator": ("mutators", "Add a ResourceQuota to each namespace of the input."),
    "validator": ("validators", "Find images that come from other registries than ours."),
}
"""The kinds of functions, each with kpt's name for it and what the new function does."""

_COMMON = {
    "pyproject.toml": "pyproject.toml",
    "Dockerfile": "Dockerfile",
    "Kptfile": "Kptfile",
    "README.md": "README.md",
    "fn-config.yaml": "fn-config.yaml",
    "test.py": "test_@module@.py",
    "checks.yaml": ".github/workflows/checks.yaml",
    "gitignore": ".gitignore",
    "krmignore": ".krmignore",
}
_OWN = {
    "function.py": "@module@.py",
    "definition.yaml": "definition.yaml",
    "app.yaml": "packages/first/app.yaml",
    "diff.patch": "packages/first/.expected/diff.patch",
    "results.yaml": "packages/first/.expected/results.yaml",
}
_IMPORTED = {"any", "config", "field", "iterator", "mapping", "path"}
"""Names that the templates import from other modules than `krmfn.sdk`."""
_OTHERS = {"function", "krmfn", "main", "pydantic", "pydantic_core", "pytest", "yaml"}
"""Modules that the function needs, and names in the function's own module."""


def is_taken(name: str) -> bool:
    """Return whether a module or class of this name would hide one that a new function needs."""
    from krmfn.sdk import __all__

    module = name.replace("-", "_")
    return module in sys.stdlib_module_names | _OTHERS or name in _IMPORTED | {one.lower() for one in __all__}


def files(name: str, kind: str) -> dict[str, str]:
    """The texts of all files of a new function, by their paths in its folder."""
    templates = resources("krmfn.commands.new") / "templates"

    def read(folder: str, template: str) -> str:
        return (templates / folder / f"{template}.txt").read_text(encoding="utf-8")

    role, what = KINDS[kind]
    marks = {
        "@test@": read(kind, "test"),
        "@spec@": read(kind, "spec").rstrip("\n"),
        "@table@": read(kind, "table.md"),
        "@name@": name,
        "@module@": name.replace("-", "_"),
        "@kind@": "".join(part.capitalize() for part in name.split("-")),
        "@what@": what,
        "@role@": role,
        "@krmfn@": _requirement(version("krmfn")),
    }

    def filled(text: str) -> str:
        for mark, value in marks.items():
            text = text.replace(mark, value)
        return text

    made = {path: read("common", template) for template, path in _COMMON.items()}
    made |= {path: read(kind, template) for template, path in _OWN.items()}
    made["packages/first/fn-config.yaml"] = made["fn-config.yaml"]
    return {filled(path): filled(text) for path, text in made.items()}


def _requirement(own: str) -> str:
    """The requirement on krmfn: the next major version may change the SDK; before 1.0, the next minor version."""
    major, minor, *_ = own.split(".")
    following = f"0.{int(minor) + 1}" if major == "0" else f"{int(major) + 1}"
    return f">={major}.{minor},<{following}"
