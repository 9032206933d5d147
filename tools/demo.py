"""Run the installed `krmfn` on an example: print its changes, its explanation, and the next steps for own files."""

import difflib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KRMFN = Path(sys.executable).with_name("krmfn")
ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/demo/shop.yaml"
SECRET = ("--secret", "regcred")

BOLD, RED, GREEN, CYAN = "1", "31", "32", "36"


def main() -> int:
    """Print the diff and the explanation; return the exit code of `krmfn` if it fails."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # whatever the terminal says it is
    before = (ROOT / EXAMPLE).read_bytes()
    steps = ("What krmfn changes", *SECRET), ("Each image, and why", "explain", *SECRET)
    for title, *arguments in steps:
        done = subprocess.run([KRMFN, *arguments, *overview(arguments)], input=before, capture_output=True, check=False)
        if done.returncode:
            sys.stderr.buffer.write(done.stderr)
            return done.returncode
        print(paint(f"\n{title}: krmfn {' '.join(arguments)} < {EXAMPLE}\n", BOLD))
        text = done.stdout.decode()
        for line in text.splitlines() if "explain" in arguments else difference(before.decode(), text):
            print(paint(line, colour_of(line)))
    print(paint("\nOn your own manifests, in their folder:\n", BOLD))
    print(f"  {KRMFN} diff .    # prints what it would change, and writes nothing")
    print(f"  {KRMFN} fix .     # writes it; --secret NAME adds a pull secret")
    return 0


def overview(arguments: list[str]) -> tuple[str, ...]:
    """Options with which `krmfn explain` prints the overview of a terminal to a pipe."""
    return ("--format", "overview") if "explain" in arguments else ()


def difference(before: str, after: str) -> Iterator[str]:
    """A unified diff."""
    return difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="")


def colour_of(line: str) -> str:
    """The colour of a line of a unified diff."""
    if line.startswith(("---", "+++")):
        return BOLD
    return {"-": RED, "+": GREEN, "@": CYAN}.get(line[:1], "")


def paint(text: str, colour: str) -> str:
    """The text in a colour, if colours are enabled."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and wants_colour() else text


def wants_colour() -> bool:
    """Whether to use colours: on a terminal or if requested, but never with NO_COLOR (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


if __name__ == "__main__":
    sys.exit(main())
