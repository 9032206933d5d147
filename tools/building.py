"""Build krmfn's wheel and sdist with the locked build tools: the same sources and Python give the same bytes.

`python tools/building.py wheel sdist`
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "locks"
KINDS = ("wheel", "sdist")


def main() -> None:
    """Build the distributions that the command line names."""
    parser = argparse.ArgumentParser(description="Build the wheel and the sdist of krmfn.")
    parser.add_argument("kinds", metavar="KIND", nargs="+", choices=KINDS, help=", ".join(KINDS))
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist")
    arguments = parser.parse_args()
    build(arguments.kinds, arguments.output)


def build(kinds: Sequence[str], folder: Path) -> None:
    """Build these kinds of distributions into a folder."""
    with tempfile.TemporaryDirectory() as tools:
        pip("install", "--target", tools, *locked(LOCKS / "build.txt"))
        # Without SOURCE_DATE_EPOCH, hatchling gives all files the same fixed date.
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        environment["PYTHONPATH"] = tools
        for kind in kinds:
            command = [
                sys.executable,
                "-m",
                "hatchling",
                "build",
                "--target",
                kind,
                "--directory",
                str(folder.resolve()),
            ]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{done.stdout}{done.stderr}\nhatchling cannot build the {kind}")


def locked(lock: Path) -> list[str | Path]:
    """Options with which pip installs only the packages in a lock, and checks their hashes."""
    return ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement", lock]


def pip(*arguments: str | Path) -> None:
    """Run pip; print its output only if it fails."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


if __name__ == "__main__":
    main()
