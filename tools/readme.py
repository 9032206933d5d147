"""Write the parts of README.md that are made from the code: the help text and the table of settings.

`python tools/readme.py` rewrites them; a test compares.
"""

import re
import subprocess
import sys
from pathlib import Path

from krmfn.imagepull.settings import CONFIG_MAP_KEYS, describe

README = Path(__file__).parents[1] / "README.md"


def made() -> dict[str, str]:
    """The text between each pair of markers, by the marker's name."""
    return {"help": f"```\n{help_text()}```", "settings": settings_table(), "configmap": config_map_table()}


def help_text() -> str:
    """What `krmfn --help` prints to a terminal of 100 columns."""
    command = [sys.executable, "-m", "krmfn", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={"COLUMNS": "100"}).stdout


def settings_table() -> str:
    """The keys of `spec`."""
    rows = [f"| `{key}` | {code(default)} | {description} |" for key, default, description, _ in describe()]
    return "\n".join(["| `spec.` | default | |", "|---|---|---|", *rows])


def config_map_table() -> str:
    """The keys of a ConfigMap's `data`."""
    rows = [f"| `{key}` | {description} |" for key, description in CONFIG_MAP_KEYS.items()]
    return "\n".join(["| `data.` | |", "|---|---|", *rows])


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
