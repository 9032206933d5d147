"""Run processes and measure them: CPU seconds, wall-clock seconds, and peak memory."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

KRMFN = str(Path(sys.executable).with_name("krmfn"))
# Installed programs have bytecode, so an editable krmfn must be able to write it. PYTHONPATH is only for `bench`.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
_WEIGH = Path(__file__).with_name("weigh.py")


class Run(NamedTuple):
    """The resources that a process and the processes it waited for have used."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    """Seconds."""
    kilobytes: float
    """Peak memory of the largest process."""


@dataclass(frozen=True)
class Call:
    """A process that can be started repeatedly."""

    command: tuple[str, ...]
    """With the full path of the program."""
    stdin: Path | None = None
    exit_code: int = 0
    before: Callable[[], None] | None = None
    """A preparation before each start, which is not measured."""

    def __str__(self) -> str:
        return " ".join(self.command)


def run(call: Call, stdout: Path | None = None, stderr: Path | None = None) -> Run:
    """Run a process with its output in files or discarded; an unexpected exit code stops the benchmark."""
    if call.before:
        call.before()
    streams = [str(stream or os.devnull) for stream in (call.stdin, stdout, stderr)]
    weigh = [sys.executable, "-I", "-S", str(_WEIGH), *streams, *call.command]
    done = subprocess.run(weigh, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{call} cannot be started: {done.stderr.splitlines()[-1:]}")
    cpu, wall, peak, code = map(float, done.stdout.split())
    if code != call.exit_code:
        said = stderr.read_text(encoding="utf-8", errors="replace")[-2000:] if stderr else ""
        sys.exit(f"{call} ended with {code:.0f} and not with {call.exit_code}\n{said}".rstrip())
    return Run(cpu, wall, peak / (1024 if sys.platform == "darwin" else 1))
