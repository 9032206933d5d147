"""Compare the outputs of all sides: a wrong output stops the benchmark."""

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.processes import ENVIRONMENT
from bench.sides import PEERS


def same(expected: Path, actual: Path, who: str, *, only_pulls: bool = False) -> None:
    """Exit unless two YAML files have the same data, or with `only_pulls` the same policies and pull secrets."""
    command = [sys.executable, str(PEERS / "same.py"), str(expected), str(actual), *["pulls"] * only_pulls]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{who} is wrong: {done.stderr.strip()}")


def silent(output: Path, who: str) -> None:
    """Exit if a side has printed anything."""
    if output.stat().st_size:
        sys.exit(f"{who} is wrong: it should print nothing")


def same_files(expected: Path, actual: Path, who: str) -> None:
    """Exit unless two folders have files of the same names and data; writes two files beside them."""
    names = [sorted(str(file.relative_to(root)) for file in root.rglob("*.yaml")) for root in (expected, actual)]
    if names[0] != names[1]:
        sys.exit(f"{who} is wrong: other files")
    same(_joined(expected), _joined(actual), who)


def state(folder: Path) -> str:
    """A digest of the names and modification times of all files in a folder."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _joined(folder: Path) -> Path:
    """A file beside a folder with all its files as one stream."""
    stream = folder.with_name(f"{folder.name}.joined")
    with stream.open("wb") as out:
        for file in sorted(folder.rglob("*.yaml")):
            out.write(b"---\n" + file.read_bytes())
    return stream
