"""The sides that are compared, and their programs on this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.processes import ENVIRONMENT, KRMFN

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"
GO_MODULE = Path(__file__).parent / "go"

OURS = "krmfn"
USUAL = "load and dump"
UNCOLLECTED = "load and dump, no collector"
GO = "Go on kyaml"
GO_PRINTS = "Go on kyaml, no edit"
SCAN = "libyaml's scan"
RUAMEL = "ruamel.yaml"
IMPORTS = "import yaml"
KUSTOMIZE = "kustomize build"
KPT = "kpt fn render"
HOSTS = (KUSTOMIZE, KPT)

_SEARCH_PATH = os.pathsep.join([str(ROOT / ".hosts" / "bin"), os.environ.get("PATH", os.defpath)])


class Programs:
    """The command of each available side, and the reason for each missing one."""

    def __init__(self, folder: Path, krmfn: str = KRMFN, *, go: bool = True) -> None:
        """Find all programs; programs that must be built go into the folder. `go=False` builds nothing."""
        python = sys.executable
        peer = str(PEERS / "load_and_dump.py")
        self.commands: dict[str, tuple[str, ...]] = {
            OURS: (krmfn,),
            USUAL: (python, peer),
            UNCOLLECTED: (python, peer, "uncollected"),
            SCAN: (python, str(PEERS / "scan.py")),
            IMPORTS: (python, "-c", "import yaml"),
        }
        self.absent: dict[str, str] = {}
        if not succeeds(python, "-c", "import yaml.cyaml"):
            sys.exit("PyYAML was built without libyaml: there is nothing to compare with")
        if succeeds(python, "-c", "import ruamel.yaml"):
            self.commands[RUAMEL] = (python, peer, "ruamel")
        else:
            self.absent[RUAMEL] = "not installed; `make bench` does that"
        for host in HOSTS:
            program, *words = host.split()
            if path := find(program):
                self.commands[host] = (path, *words)
            else:
                self.absent[host] = f"{program} is not on PATH"
        reason = build_go(folder / "go-peer") if go else "left out"
        if reason:
            self.absent |= {GO: reason, GO_PRINTS: reason}
        else:
            self.commands |= {GO: (str(folder / "go-peer"),), GO_PRINTS: (str(folder / "go-peer"), "print")}


def find(program: str) -> str | None:
    """The full path of a program on PATH or in `.hosts`, or None."""
    return shutil.which(program, path=_SEARCH_PATH)


def succeeds(*command: str) -> bool:
    """Whether a command exits with 0."""
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False).returncode == 0


def build_go(target: Path) -> str | None:
    """Build the function in Go; return None, or the reason why it is not possible."""
    go = find("go")
    if not go:
        return "go is not on PATH"
    command = [go, "build", "-C", str(GO_MODULE), "-o", str(target), "."]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    return f"go build failed: {done.stderr.strip().splitlines()[-1:]}" if done.returncode else None
