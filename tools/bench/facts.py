"""The facts on which a measurement depends besides krmfn: the machine and the versions of all programs."""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from bench.processes import ENVIRONMENT
from bench.sides import GO, GO_MODULE, HOSTS, ROOT, Programs

_LIBRARIES = """\
import json
from importlib.metadata import PackageNotFoundError, version
from yaml import _yaml
found = {"libyaml": _yaml.get_version_string()}
for name in ("krmfn", "PyYAML", "pydantic-core", "ruamel.yaml"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def machine() -> dict[str, str]:
    """Processor, cores, system, and the load at the start of the benchmark."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def processor() -> str:
    """The name of the processor, if the system has it."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text() if cpuinfo.exists() else "", re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def versions(programs: Programs) -> dict[str, str]:
    """The versions of all programs and libraries, and the commit of krmfn."""
    found: dict[str, str] = {"Python": platform.python_version()}
    found |= json.loads(said(sys.executable, "-c", _LIBRARIES))
    found["commit"] = said("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "unknown"
    if GO in programs.commands:
        found["Go"] = said("go", "env", "GOVERSION").removeprefix("go")
        required = re.search(r"kyaml v(\S+)", (GO_MODULE / "go.mod").read_text())
        found["kyaml"] = required[1] if required else "unknown"
    for host in HOSTS:
        if host in programs.commands:
            found[host.split()[0]] = host_version(programs.commands[host][0])
    return found


def host_version(program: str) -> str:
    """The version of a Go program: as it prints it, or from Go's build information."""
    number = r"\bv?(\d+\.\d+\.\d+\S*)"
    version = re.search(number, said(program, "version")) or re.search(
        rf"\tmod\t\S+\t{number}", said("go", "version", "-m", program)
    )
    return version[1] if version else "unknown"


def said(*command: str) -> str:
    """The output of a command; empty if it fails or does not exist."""
    try:
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()
