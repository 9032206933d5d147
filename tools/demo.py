"""Run the installed `krmfn` on an example and show what it changed and what it said."""

import difflib
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

KRMFN = Path(sys.executable).with_name("krmfn")
ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/demo/resourcelist.yaml"

BOLD, RED, GREEN, YELLOW, CYAN = "1", "31", "32", "33", "36"
SEVERITIES = {"error": RED, "warning": YELLOW, "info": CYAN}


def main() -> int:
    """Show the difference and the results; return the exit code of `krmfn`."""
    before = (ROOT / EXAMPLE).read_bytes()
    done = subprocess.run([KRMFN], input=before, capture_output=True, check=False)
    results = results_in(done.stdout)
    if results is None:
        # No ResourceList came back: krmfn itself knows best why.
        sys.stderr.buffer.write(done.stderr)
        return done.returncode or 1
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # whatever the terminal says it is
    print(paint(f"krmfn < {EXAMPLE}", BOLD), end="\n\n")
    for line in difference(before.decode(), done.stdout.decode()):
        print(paint(line, colour_of(line)))
    print()
    for result in results:
        print(paint(result["severity"], SEVERITIES[result["severity"]]) + f": {resource(result)}{result['message']}")
    return done.returncode


def results_in(output: bytes) -> list[dict[str, Any]] | None:
    """The results of a ResourceList; None when the output is none."""
    try:
        resource_list = yaml.safe_load(output)
    except yaml.YAMLError:
        return None
    return resource_list.get("results", []) if isinstance(resource_list, dict) else None


def difference(before: str, after: str) -> Iterator[str]:
    """A unified diff of all but the results, which are shown on their own."""
    items = takewhile(lambda line: line != "results:", after.splitlines())
    return difflib.unified_diff(before.splitlines(), list(items), "before", "after", lineterm="")


def resource(result: dict[str, Any]) -> str:
    """`Deployment demo/shop: containers[0].image: `, as far as the result says so."""
    ref, field = result.get("resourceRef"), result.get("field")
    name = "/".join(filter(None, (ref.get("namespace"), ref.get("name")))) if ref else ""
    return "".join(f"{part}: " for part in (ref and f"{ref['kind']} {name}".rstrip(), field and field["path"]) if part)


def colour_of(line: str) -> str:
    """The colour of a line of a unified diff."""
    if line.startswith(("---", "+++")):
        return BOLD
    return {"-": RED, "+": GREEN, "@": CYAN}.get(line[:1], "")


def paint(text: str, colour: str) -> str:
    """The text in a colour, where colours are wanted."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and wants_colour() else text


def wants_colour() -> bool:
    """On a terminal, or when asked for; never with NO_COLOR (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


if __name__ == "__main__":
    sys.exit(main())
