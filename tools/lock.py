"""Write `locks/`: the versions and hashes of all packages that krmfn is built, run, tested and checked with.

`python tools/lock.py [--upgrade]`

The locks are for all Python versions and platforms. A version stays while `pyproject.toml` allows it; with `--upgrade`
each is the newest allowed version. uv resolves them, and comes from PATH or from the package index.
"""

import argparse
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

import lowest
from building import LOCKS, ROOT, pip

PROJECT = ROOT / "pyproject.toml"
HEAD = "# Made by tools/lock.py from pyproject.toml; pip checks the hashes.\n"
EDITABLE = "editables"
"""A package that hatchling also needs to install krmfn as editable."""
NAMES = ("dev", "test", "docs", "build", "run")
"""The locks, the largest first: the others use its versions."""
LOWEST = "lowest"
"""The lock that is like `test`, but with the lowest versions of krmfn's own dependencies."""
_OWN = "krmfn["
_ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+).*\n(?:    --hash=sha256:[0-9a-f]{64}.*\n)+", re.MULTILINE)


def main() -> None:
    """Write all locks."""
    parser = argparse.ArgumentParser(description="Lock the packages that krmfn needs.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    arguments = parser.parse_args()
    LOCKS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv") or installed_uv(Path(folder))
        for name in NAMES:
            upgrade = ["--upgrade"] if arguments.upgrade and name == NAMES[0] else []
            constraints = [] if name == NAMES[0] else [LOCKS / f"{NAMES[0]}.txt"]
            compile_lock(uv, name, requirements(name), constraints, upgrade)
        others = Path(folder, "others.txt")
        run = entries(LOCKS / "run.txt")
        others.write_text("".join(text for name, (_, text) in entries(LOCKS / "test.txt").items() if name not in run))
        lows = [f"{name}=={low}" for name, low, _ in lowest.bounds()]
        compile_lock(uv, LOWEST, [*requirements("test"), *lows], [others], [])


def installed_uv(folder: Path) -> str:
    """Install uv into a folder; return its path."""
    pip("install", "--target", folder / "uv", "uv")
    return str(folder / "uv" / "bin" / "uv")


def requirements(name: str) -> list[str]:
    """The requirements of a lock in `pyproject.toml`."""
    file = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    project, build = file["project"], [*file["build-system"]["requires"], EDITABLE]
    extras = project["optional-dependencies"]
    match name:
        case "build":
            return build
        case "run":
            return [*project["dependencies"]]
        case _:
            own = [text for text in extras[name] if not text.startswith(_OWN)]
            others = [text.removeprefix(_OWN).rstrip("]") for text in extras[name] if text.startswith(_OWN)]
            inner = [wanted for other in others for wanted in requirements(other)]
            return [*dict.fromkeys(inner or [*build, *project["dependencies"]]), *own]


def compile_lock(
    uv: str, name: str, wanted: Sequence[str], constraints: Sequence[Path], options: Sequence[str]
) -> None:
    """Write a lock of the requirements and their dependencies."""
    lock = LOCKS / f"{name}.txt"
    command: list[str | Path] = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--output-file", lock, *options]
    for path in constraints:
        command += ["--constraint", path]
    subprocess.run([*command, "-"], input="\n".join(wanted), text=True, stdout=subprocess.DEVNULL, check=True)
    lock.write_text(HEAD + lock.read_text(encoding="utf-8").removeprefix(HEAD), encoding="utf-8")


def entries(lock: Path) -> dict[str, tuple[str, str]]:
    """The packages in a lock, by name: the version, and the lines with marker and hashes."""
    return {match[1]: (match[2], match[0]) for match in _ENTRY.finditer(lock.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    main()
