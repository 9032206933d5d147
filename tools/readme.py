"""Write what of README.md and docs is made: help, tables and the reference from the code, speed from `make bench`.

`python tools/readme.py` rewrites them, and the plot of these numbers; tests compare.
"""

import re
import subprocess
import sys
from pathlib import Path

import sdk_reference
from bench import measured, plot, prose

from krmfn.imagepull.kinds import Origin, rows
from krmfn.imagepull.settings import CONFIG_MAP_KEYS, describe

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def made() -> dict[str, str]:
    """The text between each pair of markers, by the marker's name."""
    return {
        "help": f"```\n{help_text()}```",
        "settings": settings_table(),
        "configmap": config_map_table(),
        "kinds": kinds_line(),
        "speed": prose.part(measured.kept()),
    }


def help_text() -> str:
    """What `krmfn --help` prints to a terminal of 100 columns."""
    command = [sys.executable, "-m", "krmfn", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={"COLUMNS": "100"}).stdout


def settings_table() -> str:
    """The keys of `spec`."""
    lines = [f"| `{key}` | {code(default)} | {description} |" for key, default, description, _ in describe()]
    return "\n".join(["| `spec.` | default | |", "|---|---|---|", *lines])


def config_map_table() -> str:
    """The keys of a ConfigMap's `data`."""
    lines = [f"| `{key}` | {description} |" for key, description in CONFIG_MAP_KEYS.items()]
    return "\n".join(["| `data.` | |", "|---|---|", *lines])


def kinds_line() -> str:
    """How many kinds of others there are."""
    others = {
        (row["group"], row["kind"]) for row in rows() if row["source"] == Origin.CATALOGUE and "ignore" not in row
    }
    groups = len({group for group, _ in others})
    return (
        f"Custom resources of others: {len(others)} kinds of {groups} API groups. `krmfn kinds` lists them, and\n"
        "`krmfn kinds minio.min.io` those of a group."
    )


def code(default: str) -> str:
    """A default as code; a word that is none as it is."""
    return f"`{default}`" if default not in ("", "required") else default


def filled(text: str) -> str:
    """The README with all made parts in place."""
    for name, part in made().items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no part <!-- {name} -->")
        text = pattern.sub(lambda match, part=part: match[1] + part + match[2], text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
    (ROOT / prose.PLOT).write_text(plot.svg(measured.kept()))
    sdk_reference.FILE.write_text(sdk_reference.text())
