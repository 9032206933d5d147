"""The generated parts of README.md and the pages in docs: from the code, from examples, from measurements.

A part is between `<!-- NAME ARGUMENT -->`, mostly without argument, and `<!-- /NAME -->`.
`tools/readme.py` writes them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from pathlib import Path

import yaml
from bench import measured, plot, prose

from krmfn.commands import COMMANDS
from krmfn.imagepull.causes import CAUSES
from krmfn.imagepull.kinds import Origin, rows
from krmfn.imagepull.rules import all_rules
from krmfn.imagepull.settings import CONFIG_MAP_KEYS, describe

ROOT = Path(__file__).parents[1]
LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".patch": "diff", ".sh": "sh"}
"""The languages of code blocks by file suffix; other files are YAML."""


def pages() -> list[Path]:
    """Every file that can have generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def filled(page: Path) -> str:
    """The text of a page with all generated parts."""

    def part(match: re.Match[str]) -> str:
        return f"{match[1]}{made(match[2], match[3] or '', page)}\n{match[4]}"

    return PART.sub(part, page.read_text(encoding="utf-8"))


def made(name: str, argument: str = "", page: Path = ROOT / "README.md") -> str:
    """The text of a part; links in it are relative to `page`."""
    return MAKERS[name](argument, page)


def in_page(text: str) -> list[str]:
    """The names of the parts in a page."""
    return [match[2] for match in PART.finditer(text)]


@cache
def help_text(*command: str) -> str:
    """The output of `krmfn … --help` on a terminal of 100 columns."""
    line = [sys.executable, "-m", "krmfn", *command, "--help"]
    return subprocess.run(line, capture_output=True, text=True, check=True, env={"COLUMNS": "100"}).stdout


def commands() -> str:
    """A section for each command, in the order of `krmfn --help`."""
    return "\n\n".join(f"## krmfn {name}\n\n{_fenced(help_text(name), '')}" for name in COMMANDS)


def rules() -> str:
    """A section for each rule and cause: its id, what is wrong, why that matters, and the fix."""
    own = [(rule.NAME, rule.DESCRIPTION, rule.WHY, rule.FIX) for rule in all_rules()]
    sections = (f"### {name}\n\n{what}\n\n**Why.** {why}\n\n**Fix.** {fix}" for name, what, why, fix in [*own, *CAUSES])
    return "\n\n".join(sections)


def settings_table() -> str:
    """The keys of `spec`."""
    lines = [f"| `{key}` | {code(default)} | {description} |" for key, default, description, _ in describe()]
    return "\n".join(["| `spec.` | default | |", "|---|---|---|", *lines])


def config_map_table() -> str:
    """The keys of a ConfigMap's `data`."""
    lines = [f"| `{key}` | {description} |" for key, description in CONFIG_MAP_KEYS.items()]
    return "\n".join(["| `data.` | |", "|---|---|", *lines])


def kinds_line() -> str:
    """The number of custom kinds."""
    others = {
        (row["group"], row["kind"]) for row in rows() if row["source"] == Origin.CATALOGUE and "ignore" not in row
    }
    groups = len({group for group, _ in others})
    return (
        f"Custom resources of others: {len(others)} kinds of {groups} API groups. `krmfn kinds` lists them, and\n"
        "`krmfn kinds minio.min.io` those of a group."
    )


def proof() -> str:
    """What judges krmfn, with the numbers that are counted here."""
    tests = ROOT / "tests"
    cases = sum(1 for path in (tests / "__snapshots__" / "test_cases").rglob("*.txt"))
    suite = len((tests / "yaml_test_suite.jsonl").read_text(encoding="utf-8").splitlines())
    examples = sum(1 for path in (ROOT / "examples").rglob(".expected"))
    return (
        f"- Over {cases // 100 * 100} cases have a reviewed output each, under both of PyYAML's parsers.\n"
        f"- All {suite} inputs of the YAML test suite come out unchanged, rightly edited, or refused with a place.\n"
        "- Kubernetes' own code judges policies, names and objects, and a real API server shows that applying krmfn's\n"
        "  output causes no drift. Argo's own code judges generated Workflows, with the settings of their controller.\n"
        "- kustomize, kubectl, kpt, Helm 3 and 4, and the servers of Argo CD and Porch run krmfn in tests.\n"
        f"  {examples} examples show how."
    )


def speed(page: Path) -> str:
    """The measurements, with the plot by its path relative to the page."""
    link = os.path.relpath(ROOT / prose.PLOT, page.parent)
    return prose.part(measured.kept()).replace(f"]({prose.PLOT})", f"]({link})")


def write_plot() -> None:
    """Draw the plot of the measurements."""
    (ROOT / prose.PLOT).write_text(plot.svg(measured.kept()), encoding="utf-8")


def file(path: str) -> str:
    """A file of the repository as a code block."""
    return _fenced((ROOT / path).read_text(encoding="utf-8"), LANGUAGES.get(Path(path).suffix, "yaml"))


def command(example: str) -> str:
    """The command to type in the folder of an example, which `tests/test_examples.py` runs there."""
    return _fenced(command_of(ROOT / "examples" / example / ".expected"), "sh")


def command_of(expected: Path) -> str:
    """The command of an example with the folder `expected`: its script, or else `kpt fn render` with flags."""
    if (script := expected / "exec.sh").exists():
        return script.read_text(encoding="utf-8")
    config = yaml.safe_load((expected / "config.yaml").read_text(encoding="utf-8")) or {}
    flags = " --allow-exec" if config.get("allowExec") else ""
    if policy := config.get("imagePullPolicy"):
        flags += f" --image-pull-policy {policy}"
    return f"kpt fn render{flags}\n"


def code(default: str) -> str:
    """A default value as code; a description of a default unchanged."""
    return f"`{default}`" if default not in ("", "required") else default


def kinds_table() -> str:
    """All kinds with their fields, as HTML; only the site has it, because of its length."""
    return "\n".join(
        [
            '<table class="kinds">',
            "<thead><tr><th>kind</th><th>what</th><th>fields</th></tr></thead>",
            "<tbody>",
            *_kind_rows(),
            "</tbody>",
            "</table>",
        ]
    )


def _kind_rows() -> Iterator[str]:
    for row in sorted(rows(), key=lambda row: (row["group"], row["kind"])):
        name = f"<b>{escape(row['kind'])}</b><br>{escape(row['group'] or 'core')}"
        lines = [("left alone", escape(row["ignore"]))] if "ignore" in row else []
        for key, what in _FIELDS.items():
            if found := row.get(key):
                lines.append((what, "<br>".join(f"<code>{escape(_path(entry))}</code>" for entry in found)))
        for number, (what, fields) in enumerate(lines):
            head = f'<th rowspan="{len(lines)}">{name}</th>' if number == 0 else ""
            yield f"<tr>{head}<td>{what}</td><td>{fields}</td></tr>"


def _path(entry: object) -> str:
    return str(entry.get("path", entry)) if isinstance(entry, dict) else str(entry)


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


_FIELDS = {
    "podSpecs": "pod specs",
    "containers": "containers",
    "images": "images that a controller reads",
    "pullSecrets": "pull secrets",
    "create": "mappings that are created",
    "objects": "objects inside",
}
MAKERS: dict[str, Callable[[str, Path], str]] = {
    "help": lambda _, __: _fenced(help_text(), ""),
    "commands": lambda _, __: commands(),
    "settings": lambda _, __: settings_table(),
    "configmap": lambda _, __: config_map_table(),
    "kinds": lambda _, __: kinds_line(),
    "proof": lambda _, __: proof(),
    "rules": lambda _, __: rules(),
    "speed": lambda _, page: speed(page),
    "file": lambda argument, _: file(argument),
    "command": lambda argument, _: command(argument),
}
"""The function for each part, from its argument and its page."""
PART = re.compile(rf"^(<!-- ({'|'.join(MAKERS)})(?: (\S+))? -->\n).*?^(<!-- /\2 -->)$", re.DOTALL | re.MULTILINE)
