"""Hold every output against the others: a side that is fast and wrong stops the benchmark."""

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.processes import ENVIRONMENT
from bench.sides import PEERS


def same(expected: Path, actual: Path, who: str, *, only_pulls: bool = False) -> None:
    """End unless two files of YAML mean the same, or have the same policies and pull secrets at least."""
    command = [sys.executable, str(PEERS / "same.py"), str(expected), str(actual), *["pulls"] * only_pulls]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{who} is wrong: {done.stderr.strip()}")


def silent(output: Path, who: str) -> None:
    """End unless a side has printed nothing."""
    if output.stat().st_size:
        sys.exit(f"{who} is wrong: it should print nothing")


def same_files(expected: Path, actual: Path, who: str) -> None:
    """End unless two folders have files of the same names that mean the same; two files are made beside them for it."""
    names = [sorted(str(file.relative_to(root)) for file in root.rglob("*.yaml")) for root in (expected, actual)]
    if names[0] != names[1]:
        sys.exit(f"{who} is wrong: other files")
    same(_joined(expected), _joined(actual), who)


def state(folder: Path) -> str:
    """A digest of the names of all files in a folder and of the time when each was written last."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _joined(folder: Path) -> Path:
    """All files of a folder as one stream beside it."""
    stream = folder.with_name(f"{folder.name}.joined")
    with stream.open("wb") as out:
        for file in sorted(folder.rglob("*.yaml")):
            out.write(b"---\n" + file.read_bytes())
    return stream
