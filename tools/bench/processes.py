"""Run processes and weigh them: seconds of CPU and of the clock, and peak memory."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

KRMFN = str(Path(sys.executable).with_name("krmfn"))
# Installed programs are compiled; an editable one must be allowed to keep what it compiles. PYTHONPATH finds `bench`.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
_WEIGH = Path(__file__).with_name("weigh.py")


class Run(NamedTuple):
    """What one process took, with the processes it waited for."""

    cpu: float
    """Seconds, of user and system."""
    wall: float
    """Seconds."""
    kilobytes: float
    """Peak memory of the largest of them."""


@dataclass(frozen=True)
class Call:
    """A process that can be started again and again."""

    command: tuple[str, ...]
    """With the full path of the program."""
    stdin: Path | None = None
    exit_code: int = 0
    before: Callable[[], None] | None = None
    """What has to be done before each start; it is not measured."""

    def __str__(self) -> str:
        return " ".join(self.command)


def run(call: Call, stdout: Path | None = None, stderr: Path | None = None) -> Run:
    """Run a process, with its output into files or thrown away; any other exit code stops the benchmark."""
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
